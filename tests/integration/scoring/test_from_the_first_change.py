"""Scoring only what changed gives what scoring everything gives."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.domain.market import MarketData
from services.ml.inference import scoring_window
from services.usecases.score_indicators import score_indicators
from tests.integration.scoring.conftest import no_progress, with_close

LAST = pd.Timestamp("2013-03-01")


def without_newest(market: MarketData, n_sessions: int) -> MarketData:
    sessions = np.sort(market.bars["session"].unique())
    return replace(market, bars=market.bars[market.bars["session"] < sessions[-n_sessions]])


def stored(desk) -> tuple[pd.DataFrame, pd.DataFrame]:
    indicators = desk.read("SELECT * FROM indicators ORDER BY instrument_id, session")
    signals = desk.read("SELECT * FROM signals ORDER BY instrument_id, session")
    return indicators, signals.drop(columns=["computed_at", "known_at"])


def assert_everything_agrees(desk) -> None:
    """Score all again: nothing may differ by more than two ways of computing the same do."""
    step_by_step = stored(desk)
    again = score_indicators(desk.work, desk.clock, no_progress, everything=True)
    assert again.rows_written == 0
    for one, other in zip(step_by_step, stored(desk), strict=True):
        pd.testing.assert_frame_equal(one, other)


@pytest.mark.slow
def test_evening_by_evening_equals_everything_at_once(desk, market, monkeypatch):
    panels = []
    real = scoring_window.score_panel
    monkeypatch.setattr(
        scoring_window, "score_panel", lambda panel, **given: panels.append(panel) or real(panel, **given)
    )
    desk.ingest(without_newest(market, 3))
    desk.score()
    for n_missing in (2, 1, 0):
        desk.ingest(without_newest(market, n_missing) if n_missing else market)
        written = desk.score()
        # Five rows of indicators and four signals: nothing older was written.
        assert written.rows_written == 9
    assert panels[0].n_rows > 12_000
    assert max(panel.n_rows for panel in panels[1:]) < 5_000
    assert (
        desk.read("SELECT window_sessions FROM indicators ORDER BY session DESC, instrument_id LIMIT 1").iloc[
            0, 0
        ]
        == 3270
    )
    assert_everything_agrees(desk)


@pytest.mark.slow
@pytest.mark.parametrize("day", ["2013-02-26", "2012-11-01", "2003-05-07"])
def test_a_correction_reaches_as_far_as_it_matters(desk, market, day):
    desk.ingest(market)
    desk.score()
    corrected = with_close(market, "IBM", day, 1.003)
    desk.ingest(corrected)
    assert desk.read("SELECT changed_from FROM instruments WHERE symbol = 'IBM'").iloc[
        0, 0
    ] == date.fromisoformat(day)
    assert desk.score().rows_written > 0
    assert (
        desk.read("SELECT count(*) FROM instruments WHERE in_universe AND changed_from IS NOT NULL").iloc[
            0, 0
        ]
        == 0
    )
    assert_everything_agrees(desk)


@pytest.mark.slow
def test_a_universe_of_its_own_ranks_again(desk, market):
    desk.ingest(market)
    desk.score()
    smaller = tuple(replace(one, in_universe=one.symbol in {"AAPL", "IBM"}) for one in market.instruments)
    desk.ingest(replace(market, instruments=smaller))
    desk.score()
    newest = desk.read(
        "SELECT symbol, rank FROM signals JOIN instruments i ON i.id = instrument_id "
        "WHERE session = :day AND in_universe ORDER BY symbol",
        day=LAST.date(),
    )
    assert dict(zip(newest["symbol"], newest["rank"], strict=True)) == {"AAPL": 0.25, "IBM": 0.75}


def test_only_members_of_the_day_have_signals(desk, market):
    spells = pd.DataFrame(
        {
            "symbol": ["AAPL", "IBM", "IBM", "NOPE"],
            "start": pd.to_datetime(["2005-01-03", "2001-01-02", "2010-01-04", "2001-01-02"]),
            "end": pd.to_datetime([None, "2003-01-02", None, None]),
        }
    )
    desk.ingest(replace(market, membership=spells))
    desk.score()
    days = desk.read(
        "SELECT symbol, min(session) AS first, max(session) AS last FROM signals "
        "JOIN instruments i ON i.id = instrument_id GROUP BY symbol ORDER BY symbol"
    )
    assert days["symbol"].tolist() == ["AAPL", "IBM"]
    assert days["first"].tolist() == [date(2005, 1, 3), date(2001, 1, 2)]
    gap = desk.read(
        "SELECT count(*) FROM signals JOIN instruments i ON i.id = instrument_id "
        "WHERE symbol = 'IBM' AND session >= '2003-01-02' AND session < '2010-01-04'"
    )
    assert gap.iloc[0, 0] == 0
    assert desk.ingest(replace(market, membership=spells)).rows_written == 0
