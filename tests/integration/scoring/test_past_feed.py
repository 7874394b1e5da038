"""The feed and the panel of an earlier session are what they were that evening."""

from dataclasses import fields, replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.domain.errors import InvalidRequestError, NotYetComputedError
from models.domain.market import MarketData
from services.queries.signal_feed import SignalFeedQueries

DAY = date(2008, 10, 10)
ARRAYS = ("session", "open", "high", "low", "close", "volume", "sma_50", "sma_200", "bb_upper", "rsi_14")


def until(market: MarketData, day: date) -> MarketData:
    bars, events = market.bars, market.events
    return replace(
        market,
        bars=bars[bars["session"] <= pd.Timestamp(day)].reset_index(drop=True),
        events=events[events["session"] <= pd.Timestamp(day)].reset_index(drop=True),
    )


def assert_same_row(one, other) -> None:
    np.testing.assert_allclose(one.history, other.history, rtol=1e-12)
    for field in fields(one):
        if field.name == "history":
            continue
        ours, theirs = getattr(one, field.name), getattr(other, field.name)
        if isinstance(ours, float):
            assert ours == pytest.approx(theirs, abs=1e-9), field.name
        else:
            assert ours == theirs, field.name


@pytest.fixture
def that_evening(desk, market):
    """The feed and IBM's panel as they were on the day, then the rest of the bars."""
    desk.ingest(until(market, DAY))
    desk.score()
    then = desk.queries.feed(), desk.queries.ticker("IBM")
    desk.ingest(market)
    desk.score()
    return then


def test_nothing_later_is_in_a_past_feed(desk, that_evening):
    then, panel = that_evening
    assert then.is_newest
    now = desk.queries.feed(DAY)
    assert (now.as_of, now.is_newest) == (DAY, False)
    # FB came later: it is not listed then, in the new feed as in the old.
    assert [row.symbol for row in now.rows] == ["AAPL", "GOOG", "IBM", "MSFT"]
    by_symbol = {row.symbol: row for row in then.rows}
    for row in now.rows:
        assert row.label is not None
        assert row.quantile_label is not None
        assert_same_row(row, by_symbol[row.symbol])
    detail = desk.queries.ticker("IBM", as_of=DAY)
    assert_same_row(detail.row, panel.row)
    for name in ARRAYS:
        np.testing.assert_allclose(
            getattr(detail, name).astype(float), getattr(panel, name).astype(float), rtol=1e-9
        )


def test_a_day_without_a_session_shows_the_one_before(scored):
    saturday = scored.desk.queries.feed(date(2008, 10, 11))
    assert saturday.as_of == DAY
    assert saturday.rows == scored.desk.queries.feed(DAY).rows


def test_the_newest_day_and_later_ones_are_the_newest_feed(scored):
    newest = scored.desk.queries.feed()
    assert newest.is_newest
    for day in (date(2013, 3, 1), date(2013, 3, 2), date(2030, 1, 1)):
        assert scored.desk.queries.feed(day) == newest


def test_days_before_the_first_bar_are_refused(scored):
    for ask in (scored.desk.queries.feed, lambda day: scored.desk.queries.ticker("IBM", as_of=day)):
        with pytest.raises(InvalidRequestError, match="the prices begin on 2000-03-01"):
            ask(date(2000, 2, 29))
    first = scored.desk.queries.feed(date(2000, 3, 1))
    assert {row.reason for row in first.rows} == {"No score yet: 1 of 200 sessions"}


def test_a_symbol_that_came_later_has_no_panel_then(scored):
    with pytest.raises(NotYetComputedError, match="No bars of FB up to 2008-10-10"):
        scored.desk.queries.ticker("FB", as_of=DAY)


def test_only_members_of_that_day_are_listed(desk, market):
    spells = pd.DataFrame(
        {"symbol": ["AAPL", "IBM"], "start": pd.to_datetime(["2005-01-03", "2001-01-02"]),
         "end": pd.to_datetime([None, "2008-10-10"])}
    )  # fmt: skip
    desk.ingest(replace(market, membership=spells))
    desk.score()
    queries = SignalFeedQueries(desk.engine, desk.clock)
    assert [row.symbol for row in queries.feed(date(2008, 10, 9)).rows] == ["AAPL", "IBM"]
    assert [row.symbol for row in queries.feed(DAY).rows] == ["AAPL"]  # the end is the first day out
    assert [row.symbol for row in queries.feed(date(2004, 3, 1)).rows] == ["IBM"]
