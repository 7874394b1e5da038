"""What the feed and the ticker panel show is what is stored."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.domain.errors import NotYetComputedError
from models.domain.signals import Label
from services.quant.indicators.registry import STORED

SCORES = ("confluence", "technical", "rsi_score", "macd_score", "ma_score", "bb_score", "rank")


@pytest.fixture
def stored(scored):
    """By symbol: its newest stored signal."""
    frame = scored.desk.read(
        "SELECT DISTINCT ON (symbol) symbol, s.* FROM signals s JOIN instruments i ON i.id = instrument_id "
        "ORDER BY symbol, session DESC"
    )
    return {row["symbol"]: row for row in frame.to_dict("records")}


def test_the_feed_shows_the_newest_signal_of_every_symbol(scored, stored):
    feed = scored.desk.queries.feed()
    assert feed.as_of == date(2013, 3, 1)
    assert feed.computed_at == scored.desk.clock.time
    assert [row.symbol for row in feed.rows] == ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
    for row in feed.rows:
        if row.symbol == "FB":
            continue
        signal = stored[row.symbol]
        assert row.session == signal["session"] == feed.as_of
        assert row.label == Label(signal["label"])
        assert row.technical_label == Label(signal["technical_label"])
        for name in SCORES:
            assert getattr(row, name) == signal[name]
        assert row.sentiment is row.model is None
        assert row.made_of == (("technical", 1.0),)
        assert row.reason == ""
        assert row.window_sessions == (2148 if row.symbol == "GOOG" else 3270)
        if row.label is Label.HOLD:
            assert row.confidence is row.confidence_base_rate is row.confidence_n is None
        else:
            assert row.confidence == signal["confidence"]
            assert row.confidence_n == signal["confidence_n"]


def test_facebook_says_why_it_has_no_score(scored):
    (row,) = (row for row in scored.desk.queries.feed().rows if row.symbol == "FB")
    assert row.reason == "No score yet: 196 of 200 sessions"
    assert row.window_sessions == 196
    for name in (*SCORES, "label", "technical_label", "confidence", "confidence_n"):
        assert getattr(row, name) is None
    assert row.made_of == ()
    assert row.close == pytest.approx(27.78)


def test_prices_of_the_feed_are_those_of_the_source(scored):
    """The day's change is a total return: the ratio of the source's adjusted closes."""
    bars = scored.market.bars
    for row in scored.desk.queries.feed().rows:
        own = bars[bars["symbol"] == row.symbol]
        assert row.close == own["close"].iloc[-1]
        adjusted = own["adj_close"].to_numpy()
        assert row.day_change == pytest.approx(adjusted[-1] / adjusted[-2] - 1.0, abs=1e-9)
        expected = adjusted[-60:] * own["close"].iloc[-1] / adjusted[-1]
        np.testing.assert_allclose(row.history, expected, rtol=1e-9)


@pytest.mark.parametrize("symbol", ["AAPL", "FB", "IBM", "MSFT"])
def test_the_ticker_panel_agrees_with_the_feed_and_with_the_bars(scored, symbol):
    queries = scored.desk.queries
    (row,) = (row for row in queries.feed().rows if row.symbol == symbol)
    detail = queries.ticker(symbol, n_sessions=250)
    np.testing.assert_allclose(detail.row.history, row.history, rtol=1e-14)  # growth begins elsewhere
    assert replace(detail.row, history=row.history) == row
    panel = scored.desk.panel(symbols=[symbol])
    n = min(250, panel.n_rows)
    np.testing.assert_array_equal(detail.session, panel.session[-n:])
    scale = panel.gross_growth[-n:] / panel.gross_growth[-1]
    for name in ("open", "high", "low", "close"):
        np.testing.assert_array_equal(getattr(detail, name), getattr(panel, name)[-n:] * scale)
    assert detail.close[-1] == panel.close[-1]
    stored = scored.desk.read(
        "SELECT x.* FROM indicators x JOIN instruments i ON i.id = instrument_id WHERE symbol = :symbol "
        "ORDER BY session DESC LIMIT 250",
        symbol=symbol,
    ).iloc[::-1]
    for name in ("sma_50", "sma_200", "bb_upper", "bb_middle", "bb_lower"):
        np.testing.assert_array_equal(getattr(detail, name), stored[name].astype(float) * scale)
    np.testing.assert_array_equal(detail.rsi_14, stored["rsi_14"].astype(float))
    newest = {value.metadata.name: value.value for value in detail.indicators}
    assert set(newest) == set(STORED)
    for name, value in newest.items():
        assert value == (None if pd.isna(stored[name].iloc[-1]) else stored[name].iloc[-1])


def test_confluence_history_of_the_panel(scored):
    detail = scored.desk.queries.ticker("IBM", n_sessions=10_000)
    stored = scored.desk.read(
        "SELECT s.session, confluence FROM signals s JOIN instruments i ON i.id = instrument_id "
        "WHERE symbol = 'IBM' ORDER BY 1"
    )
    assert np.isnan(detail.confluence_history[:199]).all()
    np.testing.assert_array_equal(detail.confluence_history[199:], stored["confluence"])
    assert detail.confluence_history.size == 3270
    assert date(2001, 9, 11) in detail.missing_sessions
    assert date(2001, 9, 17) not in detail.missing_sessions


def test_averages_of_the_panel_are_continuous_over_a_split(scored):
    """Stored in the units of their session, drawn in those of the last one."""
    detail = scored.desk.queries.ticker("AAPL", n_sessions=10_000)
    at = int(np.searchsorted(detail.session, np.datetime64("2005-02-28")))
    around = slice(at - 20, at + 20)
    assert np.abs(np.diff(np.log(detail.sma_200[around]))).max() < 0.02
    expected = pd.Series(detail.close).rolling(200).mean().to_numpy()
    np.testing.assert_allclose(detail.sma_200, expected, rtol=1e-9)


def test_prices_without_scores_are_not_yet_a_feed(desk, market):
    desk.ingest(market)
    with pytest.raises(NotYetComputedError):
        desk.queries.feed()
    detail = desk.queries.ticker("IBM")
    assert detail.row.reason == "No score yet: its prices have not been scored"
    assert detail.row.label is None
    assert np.isnan(detail.sma_50).all()
    assert detail.close[-1] == detail.row.close


def test_an_older_signal_is_not_shown_as_todays(desk, market):
    """A symbol whose newest bar has no score yet shows the reason, not the signal of another day."""
    bars = market.bars
    gap = (bars["symbol"] == "IBM") & bars["session"].between("2012-12-01", "2013-01-31")
    desk.ingest(replace(market, bars=bars[~gap].reset_index(drop=True)))
    desk.score()
    (row,) = (row for row in desk.queries.feed().rows if row.symbol == "IBM")
    assert row.label is None
    assert row.confluence is None
    assert row.session == date(2013, 3, 1)
    assert row.reason == f"No score yet: {row.window_sessions} of 200 sessions"
    assert (
        row.window_sessions
        == (bars["session"].between("2013-02-01", "2013-03-01") & (bars["symbol"] == "IBM")).sum()
    )
