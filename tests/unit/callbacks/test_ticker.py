import json
from datetime import UTC, date, datetime

import plotly.io
import pytest
from dash import no_update

from callbacks.ticker import present_ticker
from models.domain.errors import DatabaseUnavailableError, InvalidRequestError, NotYetComputedError
from models.domain.feed import Quote
from tests.fakes_feed import FakeFeedQueries


def test_a_symbol_fills_the_panel():
    view = present_ticker(FakeFeedQueries(), "AAPL", None)
    assert view.shown == {"symbol": "AAPL", "has_data": True}
    assert view.note is None
    assert view.chart["symbol"] == "AAPL"
    assert set(view.chart["ranges"]) == {"3m", "6m", "1y"}
    json.loads(plotly.io.json.to_json_plotly(view.chart))


def test_the_panel_is_of_the_day_that_is_asked_for():
    class Asked(FakeFeedQueries):
        def ticker(self, symbol, n_sessions=250, as_of=None):
            if as_of != date(2008, 10, 10):
                raise AssertionError(as_of)
            return super().ticker(symbol, n_sessions, as_of)

    assert present_ticker(Asked(), "AAPL", None, date(2008, 10, 10)).shown["has_data"]
    early = FakeFeedQueries(fault=InvalidRequestError("There is no bar on or before 1990-01-02"))
    view = present_ticker(early, "AAPL", None, date(1990, 1, 2))
    assert "no bar on or before" in str(view.note)


def test_a_quote_since_the_close_is_shown_and_never_for_a_past_day():
    quote = Quote(431.5, datetime(2013, 3, 4, 15, 5, tzinfo=UTC), 0.0024)
    queries = FakeFeedQueries(quoted=quote)
    head = str(present_ticker(queries, "AAPL", None).head)
    assert "Quoted 431.50 +0.24" in head
    assert "15:05 UTC on 4 Mar 2013; shown only, not in the score" in head
    assert "Quoted" not in str(present_ticker(queries, "AAPL", None, date(2013, 3, 1)).head)
    assert "Quoted" not in str(present_ticker(FakeFeedQueries(), "AAPL", None).head)


def test_without_a_score_the_chart_still_shows():
    view = present_ticker(FakeFeedQueries(), "FB", None)
    assert view.shown["has_data"]
    assert view.chart["figure"]["data"]
    assert "196 of 200" in str(view.why)


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", "A" * 10_000, "'; drop table bars; --", "A B", "\x00", "%00", "../.."],
    ids=range(7),
)
def test_a_hostile_symbol_never_reaches_the_queries(hostile):
    queries = FakeFeedQueries()
    view = present_ticker(queries, hostile, None)
    assert queries.n_tickers == 0
    assert view.shown == {"symbol": hostile, "has_data": False}
    assert "is no ticker" in str(view.note)
    assert len(str(view.note)) < 600


def test_an_unknown_symbol_is_named():
    view = present_ticker(FakeFeedQueries(), "ZZZZ", None)
    assert "No symbol ZZZZ" in str(view.note)
    assert not view.shown["has_data"]


def test_a_symbol_without_bars_yet_says_so():
    view = present_ticker(
        FakeFeedQueries(fault=NotYetComputedError("No bars of AAPL are stored yet")), "AAPL", None
    )
    assert "No bars of AAPL" in str(view.note)


def test_a_fault_keeps_the_symbol_that_is_shown():
    gone = FakeFeedQueries(fault=DatabaseUnavailableError("gone"))
    kept = present_ticker(gone, "AAPL", {"symbol": "AAPL", "has_data": True})
    assert kept.shown is no_update
    assert kept.head is no_update
    assert kept.chart is no_update
    assert "what was read last" in str(kept.note)


def test_a_fault_never_shows_another_symbols_data():
    gone = FakeFeedQueries(fault=DatabaseUnavailableError("gone"))
    other = present_ticker(gone, "IBM", {"symbol": "AAPL", "has_data": True})
    assert other.shown == {"symbol": "IBM", "has_data": False}
    assert other.head == []
