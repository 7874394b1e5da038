"""From the packaged prices to stored signals, once, again, and with a bar that changed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from models.domain.errors import (
    InvalidMarketDataError,
    InvalidRequestError,
    NotYetComputedError,
    UnknownSymbolError,
)
from tests.integration.scoring.conftest import with_close
from tests.unit.quant.factories import compute_scores, frames_of, make_panel

SYMBOLS = ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
CHANGED = "2011-06-01"


def test_everything_is_stored_once(scored):
    desk, market = scored.desk, scored.market
    n_bars, n_events = len(market.bars), len(market.events)
    assert (desk.count("bars"), desk.count("events")) == (n_bars, n_events) == (15_716, 95)
    assert scored.ingested.rows_written == n_bars + n_events
    assert scored.ingested.detail["symbols"] == 5
    in_universe = market.bars["symbol"].isin(SYMBOLS).sum()
    assert desk.count("indicators") == in_universe
    assert scored.scored.rows_written == in_universe + desk.count("signals")
    assert scored.scored.detail == {"symbols": 4, "quarantined": 0, "flagged": 0, "session": "2013-03-01"}
    assert scored.scored.message.startswith("4 of 5 symbols scored as of 2013-03-01")


@pytest.mark.slow
def test_a_second_run_writes_nothing_and_changes_nothing(scored):
    desk = scored.desk
    before = {
        table: desk.read(f"SELECT * FROM {table} ORDER BY 1, 2") for table in ("bars", "events", "signals")
    }
    desk.clock.time += timedelta(days=3)
    assert desk.ingest(scored.market).rows_written == 0
    assert desk.score().rows_written == 0
    for table, then in before.items():
        pd.testing.assert_frame_equal(desk.read(f"SELECT * FROM {table} ORDER BY 1, 2"), then)
    assert [desk.count(f"{name}_versions") for name in ("bar", "event", "signal")] == [0, 0, 0]


@pytest.mark.slow
def test_the_stored_panel_is_the_providers_to_the_bit(scored):
    """And so are the scores: what is stored is what the pure computation gives."""
    panel = scored.desk.panel()
    expected = make_panel(frames_of(scored.market, SYMBOLS))
    assert panel.symbols == tuple(SYMBOLS)
    for name in (
        "starts",
        "session",
        "open",
        "high",
        "low",
        "close",
        "volume",
        "dividend",
        "split",
        "gross_growth",
    ):
        np.testing.assert_array_equal(getattr(panel, name), getattr(expected, name), err_msg=name)
    indicators, signals = compute_scores(panel)
    for table, frame in (("indicators", indicators), ("signals", signals)):
        stored = scored.desk.read(f"SELECT * FROM {table} ORDER BY instrument_id, session")
        assert len(stored) == len(frame)
        for name in frame.columns.intersection(stored.columns).difference(["session", "known_at"]):
            ours, theirs = frame[name], stored[name]
            if pd.api.types.is_numeric_dtype(ours):
                ours, theirs = (s.astype("float64").to_numpy() for s in (ours, theirs))
                np.testing.assert_array_equal(ours, theirs, err_msg=name)
            else:
                assert ours.tolist() == theirs.tolist()


def test_a_bar_counts_as_known_at_its_own_close(scored):
    panel = scored.desk.panel(symbols=["IBM"])
    at = np.searchsorted(panel.session, np.datetime64("2012-11-23"))
    assert panel.known_at[at] == np.datetime64("2012-11-23T18:00")
    known = scored.desk.read(
        "SELECT DISTINCT known_at, computed_at, segment FROM signals WHERE session = DATE '2012-11-23'"
    )
    assert known["known_at"].tolist() == [pd.Timestamp("2012-11-23 18:00", tz="UTC")]
    assert known["computed_at"].tolist() == [pd.Timestamp(scored.desk.clock.time)]
    assert known["segment"].tolist() == ["backtest"]


@pytest.mark.slow
def test_a_changed_bar_keeps_its_old_version_and_its_signals_theirs(scored):
    desk, market = scored.desk, scored.market
    first_moment = desk.clock.time
    old_bar = desk.read("SELECT b.* FROM bars b JOIN instruments i ON i.id = instrument_id "
                        "WHERE symbol = 'IBM' AND session = :day", day=CHANGED)  # fmt: skip
    old_signals = desk.read("SELECT * FROM signals ORDER BY instrument_id, session")
    desk.clock.time += timedelta(days=1)
    assert desk.ingest(with_close(market, "IBM", CHANGED, 0.93)).rows_written == 1
    versions = desk.read("SELECT * FROM bar_versions")
    assert versions["believed_until"].tolist() == [pd.Timestamp(desk.clock.time)]
    pd.testing.assert_frame_equal(versions[old_bar.columns], old_bar)

    n_written = desk.score().rows_written
    replaced = desk.read("SELECT * FROM signal_versions ORDER BY instrument_id, session")
    n_indicators = n_written - len(replaced)
    assert n_indicators > 200, "the average of 200 sessions remembers it that long"
    assert len(replaced) > 20
    assert replaced["session"].min() == date.fromisoformat(CHANGED), "nothing before it changes"
    assert set(replaced["believed_until"]) == {pd.Timestamp(desk.clock.time)}
    merged = replaced.merge(old_signals, on=["instrument_id", "session"], suffixes=("", "_old"))
    for name in ("label", "confluence", "rank", "known_at", "computed_at"):
        assert merged[name].tolist() == merged[f"{name}_old"].tolist()
    now = desk.read("SELECT * FROM signals ORDER BY instrument_id, session")
    fresh = now[now["known_at"] == pd.Timestamp(desk.clock.time)]
    assert len(now) == len(old_signals)
    assert len(fresh) == len(replaced)
    assert (fresh["computed_at"] == pd.Timestamp(desk.clock.time)).all()
    untouched = now[now["known_at"] != pd.Timestamp(desk.clock.time)]
    assert set(untouched["computed_at"]) == {pd.Timestamp(first_moment)}

    # The correction taken back gives the first signals again, as a third version.
    desk.clock.time += timedelta(days=1)
    assert desk.ingest(market).rows_written == 1
    assert desk.score().rows_written == n_written
    again = desk.read("SELECT * FROM signals ORDER BY instrument_id, session")
    kept = again.columns.difference(["known_at", "computed_at"])
    pd.testing.assert_frame_equal(again[kept], old_signals[kept])


def test_a_panel_as_known_at_a_moment_holds_what_was_believed_then(scored):
    desk, market = scored.desk, scored.market
    moments = [desk.clock.time]
    for factor in (0.93, 1.05):
        desk.clock.time += timedelta(days=1)
        desk.ingest(with_close(market, "IBM", CHANGED, factor))
        moments.append(desk.clock.time)
    original = market.bars.set_index(["symbol", "session"]).loc[("IBM", pd.Timestamp(CHANGED)), "close"]

    def close(known_by):
        panel = desk.panel(symbols=["IBM"], known_by=known_by)
        return panel.close[np.searchsorted(panel.session, np.datetime64(CHANGED))]

    for moment, factor in zip(moments, (1.0, 0.93, 1.05), strict=True):
        assert close(moment) == original * factor
        if factor != 1.0:
            assert close(moment - timedelta(microseconds=1)) != original * factor
    assert close(None) == original * 1.05


@pytest.mark.parametrize(
    ("moment", "last"),
    [
        (datetime(2012, 6, 1, 19, 59, tzinfo=UTC), "2012-05-31"),
        (datetime(2012, 6, 1, 20, 0, tzinfo=UTC), "2012-06-01"),
        (datetime(2012, 6, 3, 12, 0, tzinfo=UTC), "2012-06-01"),
    ],
)
def test_the_close_of_a_session_is_the_moment_it_is_known(desk, market, moment, last):
    desk.ingest(market)
    panel = desk.panel(known_by=moment)
    whole = desk.panel()
    assert panel.session.max() == np.datetime64(last)
    keep = whole.session <= np.datetime64(last)
    np.testing.assert_array_equal(panel.close, whole.close[keep])
    np.testing.assert_array_equal(panel.gross_growth, whole.gross_growth[keep])


@pytest.mark.slow
def test_scoring_as_of_a_day_stores_what_stood_then_and_later_days_add_to_it(desk, market):
    desk.ingest(market)
    result = desk.score(as_of=date(2008, 10, 12))  # a Sunday
    assert result.detail["session"] == "2008-10-10"
    then = desk.read("SELECT * FROM signals ORDER BY instrument_id, session")
    assert then["session"].max() == date(2008, 10, 10)
    desk.clock.time += timedelta(days=1)
    desk.score()
    now = desk.read(
        "SELECT * FROM signals WHERE session <= DATE '2008-10-10' ORDER BY instrument_id, session"
    )
    pd.testing.assert_frame_equal(now, then)
    assert desk.count("signal_versions") == 0


def test_a_refused_bar_goes_to_quarantine_and_leaves_the_stored_one(scored):
    desk, market = scored.desk, scored.market
    bars = market.bars.copy()
    bars.loc[5, "close"] = -1.0
    result = desk.ingest(replace(market, bars=bars))
    assert result.detail["quarantined"] == 1
    assert desk.count("quarantine") == 1
    assert desk.count("bars") == len(market.bars)
    assert desk.count("bar_versions") == 0


def test_data_without_one_good_bar_leave_the_store_as_it_was(scored):
    desk, market = scored.desk, scored.market
    with pytest.raises(InvalidMarketDataError):
        desk.ingest(replace(market, bars=market.bars.assign(close=-1.0)))
    assert desk.count("bars") == len(market.bars)
    assert desk.count("quarantine") == 0


def test_before_anything_is_stored(desk):
    for ask in (desk.queries.feed, lambda: desk.queries.ticker("IBM"), desk.score):
        with pytest.raises(NotYetComputedError):
            ask()


def test_a_day_before_the_first_bar_or_outside_the_calendar(desk, market):
    desk.ingest(market)
    for day in (date(1999, 12, 31), date(1850, 1, 1)):
        with pytest.raises(InvalidRequestError, match=str(day.year)):
            desk.score(as_of=day)
    assert desk.count("indicators") == 0


def test_an_unknown_symbol(scored):
    with pytest.raises(UnknownSymbolError, match="NOPE"):
        scored.desk.panel(symbols=["IBM", "NOPE"])
    for symbol in ("NOPE", "^GSPC", "ibm", ""):
        with pytest.raises(UnknownSymbolError):
            scored.desk.queries.ticker(symbol)
