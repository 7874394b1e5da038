"""Exported indicators: those stored, and a part of the market gets the values that it has in the whole."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from services.quant.gaps import fill_gaps
from services.quant.indicators.registry import METADATA, STORED, compute_indicators
from services.queries import indicator_export
from services.queries.indicator_export import indicator_parts
from tests.integration.scoring.conftest import with_close

SYMBOLS = ["MSFT", "AAPL", "IBM", "GOOG", "FB"]


@pytest.fixture
def gappy(market):
    """IBM lacks two sessions, which are filled, and eight, which end its window; alone it lacks none."""
    bars = market.bars
    gone = bars["session"].between("2012-03-05", "2012-03-06") | bars["session"].between(
        "2011-03-01", "2011-03-10"
    )
    return replace(market, bars=bars[~(gone & (bars["symbol"] == "IBM"))].reset_index(drop=True))


def _export(desk, symbols, first=None, last=None, known_by=None):
    with desk.work() as work:
        dataset_id = work.datasets.active().dataset.id
        return list(indicator_parts(work, dataset_id, symbols, (first, last), known_by))


def test_parts_lie_on_the_sessions_of_the_market(desk, gappy, monkeypatch):
    desk.ingest(gappy)
    panel = desk.panel()
    values = compute_indicators(panel, fill_gaps(panel))
    symbol = np.array(panel.symbols, dtype=object)[panel.code]
    expected = pd.DataFrame({"symbol": symbol, "session": panel.session.astype(str), **values})
    expected = expected.sort_values("symbol", kind="stable", ignore_index=True)

    monkeypatch.setattr(indicator_export, "_SYMBOLS_AT_A_TIME", 2)
    parts = _export(desk, SYMBOLS)
    assert [part["symbol"].unique().tolist() for part in parts] == [["AAPL", "FB"], ["GOOG", "IBM"], ["MSFT"]]
    whole = pd.concat(parts, ignore_index=True)
    pd.testing.assert_frame_equal(whole[expected.columns], expected, check_exact=True)
    assert whole.groupby("symbol")["filled_sessions"].max().to_dict() == dict.fromkeys(SYMBOLS, 0) | {
        "IBM": 2
    }
    alone = pd.concat(_export(desk, ["IBM"]), ignore_index=True)
    pd.testing.assert_frame_equal(alone, whole[whole["symbol"] == "IBM"].reset_index(drop=True))


def test_what_is_stored_is_what_is_exported(desk, gappy):
    desk.ingest(gappy)
    desk.score()
    stored = desk.read(
        "SELECT symbol, x.* FROM indicators x JOIN instruments i ON i.id = instrument_id "
        "ORDER BY symbol, session"
    )
    (exported,) = _export(desk, SYMBOLS)
    assert exported["symbol"].tolist() == stored["symbol"].tolist()
    assert exported["session"].tolist() == stored["session"].astype(str).tolist()
    for name in (*STORED, "window_sessions", "filled_sessions"):
        np.testing.assert_allclose(
            exported[name], stored[name].astype(float), rtol=1e-9, atol=1e-9, err_msg=name
        )


def test_sessions_before_those_wanted_lead_up_to_them(desk, market):
    desk.ingest(market)
    (whole,) = _export(desk, ["IBM", "MSFT"])
    (part,) = _export(desk, ["IBM", "MSFT"], date(2012, 6, 4), date(2012, 6, 8))
    assert part["session"].tolist() == [f"2012-06-0{day}" for day in range(4, 9)] * 2
    expected = whole[whole["session"].between("2012-06-04", "2012-06-08")].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, expected)
    assert part.notna().all(axis=None)


def test_a_later_correction_is_not_in_what_was_known_before(desk, market):
    desk.ingest(market)
    (before,) = _export(desk, ["IBM"])
    moment = desk.clock.time
    desk.clock.time += timedelta(days=1)
    desk.ingest(with_close(market, "IBM", "2012-06-01", 1.3))
    (known_then,) = _export(desk, ["IBM"], known_by=moment)
    pd.testing.assert_frame_equal(known_then, before)
    (known_now,) = _export(desk, ["IBM"])
    assert (known_now["sma_5"] != before["sma_5"]).sum() == 5 + before["sma_5"].isna().sum()


def test_without_a_symbol_there_is_a_header_alone(desk, market):
    desk.ingest(market)
    (frame,) = _export(desk, [])
    assert frame.empty
    assert list(frame.columns[:3]) == ["symbol", "session", "rsi_14"]
    assert len(frame.columns) == 2 + len(METADATA) + 2
