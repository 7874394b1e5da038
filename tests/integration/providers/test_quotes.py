"""Quotes in market hours: their own table, shown, never a bar."""

from datetime import UTC, datetime, timedelta

import pytest

from models.domain.errors import ProviderUnavailableError
from models.domain.jobs import JobName
from models.domain.settings import Settings
from services.jobs.due import DueChecks
from services.queries.signal_feed import SignalFeedQueries
from services.storage.revisions import read_revisions
from services.usecases.refresh_quotes import refresh_quotes
from tests.integration.providers.conftest import SESSIONS, no_progress
from tests.integration.providers.vendor_market import closed

pytestmark = pytest.mark.slow


@pytest.fixture
def trading(desk, time):
    """Session 199 is stored; it is the next one's afternoon."""
    desk.ingest()
    time.time = closed(SESSIONS[200], minutes_later=-120)
    return desk


def refresh(desk):
    return refresh_quotes(desk.work, desk.make(), desk.time, no_progress)


def newest(desk):
    with desk.work() as work:
        return work.quotes.newest(desk.status().dataset.id).set_index("symbol")


def revisions(desk):
    with desk.engine.connect() as connection:
        return {found.subject: found.number for found in read_revisions(connection)}


def test_one_request_brings_a_quote_of_every_symbol(trading, vendor, time):
    vendor.asked.clear()
    result = refresh(trading)
    assert [what for what, _ in vendor.asked] == ["quote"]
    assert (result.rows_written, result.is_partial) == (11, False)
    quotes = newest(trading)
    assert "^VIX" not in quotes.index
    told = vendor.listings["BB"].told(200)["close"][-1]
    assert quotes.loc["BB", "price"] == told
    assert quotes.loc["BB", "quoted_at"] == time.now()
    assert quotes.loc["BB", ["previous_close", "volume"]].tolist() == [100.0, 5000.0]


def test_the_panel_shows_a_quote_until_its_session_is_stored(trading, time):
    feed = SignalFeedQueries(trading.engine, time)
    assert feed.quote("BB") is None
    refresh(trading)
    shown, stored = feed.quote("BB"), newest(trading).loc["BB"]
    assert (shown.price, shown.quoted_at) == (stored["price"], time.now())
    assert shown.change == pytest.approx(stored["price"] / 100.0 - 1.0)
    assert feed.quote("NONE") is None
    time.time = closed(SESSIONS[200], minutes_later=120)
    trading.ingest()
    assert feed.quote("BB") is None


def test_quotes_are_no_bars_and_no_news_of_the_data(trading):
    bars, before = trading.count("bars"), revisions(trading)
    refresh(trading)
    assert trading.count("bars") == bars
    after = revisions(trading)
    assert after["quotes"] == 1
    assert {name: number for name, number in after.items() if name != "quotes"} == before


def test_the_same_quote_again_is_nothing_new(trading):
    refresh(trading)
    assert refresh(trading).rows_written == 0
    assert revisions(trading)["quotes"] == 1


def test_quotes_of_earlier_weeks_go(trading, time):
    refresh(trading)
    time.time = closed(SESSIONS[206], minutes_later=-120)
    refresh(trading)
    assert trading.read("SELECT DISTINCT quoted_at FROM quotes")["quoted_at"].tolist() == [time.now()]


def test_a_symbol_without_a_quote_is_named(trading, vendor):
    del vendor.listings["CC"]
    result = refresh(trading)
    assert (result.is_partial, result.rows_written) == (True, 10)
    assert "none of CC" in result.message


def test_other_data_have_no_quotes(trading, make_desk):
    trading.engine.connect()
    trading.read("SELECT 1")
    with trading.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE datasets SET provider = 'sample'")
    assert refresh(trading).rows_written == 0


def test_quotes_that_fail_are_tried_again_and_then_said(trading, vendor, time):
    vendor.faults["quotes"].append("html")
    assert refresh(trading).rows_written == 11
    vendor.broken["quotes"] = "500"
    with pytest.raises(ProviderUnavailableError, match="no quotes: refused with status 500"):
        refresh(trading)
    assert trading.circuit().n_failures == 1


@pytest.mark.parametrize(
    ("moment", "is_due"),
    [
        (datetime(2024, 10, 17, 13, 29, tzinfo=UTC), False),
        (datetime(2024, 10, 17, 13, 30, tzinfo=UTC), True),
        (datetime(2024, 10, 17, 20, 0, tzinfo=UTC), True),
        (datetime(2024, 10, 17, 20, 10, tzinfo=UTC), True),  # once more, with the close
        (datetime(2024, 10, 17, 20, 11, tzinfo=UTC), False),
        (datetime(2024, 11, 18, 14, 29, tzinfo=UTC), False),  # winter time
        (datetime(2024, 11, 18, 20, 59, tzinfo=UTC), True),
        (datetime(2024, 11, 28, 16, 0, tzinfo=UTC), False),  # Thanksgiving
        (datetime(2024, 11, 29, 17, 59, tzinfo=UTC), True),  # closes at 18:00 the day after
        (datetime(2024, 11, 29, 18, 30, tzinfo=UTC), False),
        (datetime(2024, 10, 19, 16, 0, tzinfo=UTC), False),  # a Saturday
    ],
)
def test_they_are_due_when_the_exchange_trades(trading, time, moment, is_due):
    time.time = moment
    checks = DueChecks(Settings(data_provider="yfinance"), time, lambda *_: trading.make())
    assert checks(JobName.REFRESH_QUOTES, trading.work) is is_due


def test_they_are_not_due_for_other_data_nor_while_the_circuit_is_open(trading, vendor, time):
    checks = DueChecks(Settings(data_provider="yfinance"), time, lambda *_: trading.make())
    assert checks(JobName.REFRESH_QUOTES, trading.work)
    assert not DueChecks(Settings(data_provider="sample"), time)(JobName.REFRESH_QUOTES, trading.work)
    vendor.broken["quotes"] = "500"
    for _ in range(5):
        time.time += timedelta(minutes=5)
        with pytest.raises(ProviderUnavailableError):
            refresh(trading)
    assert not checks(JobName.REFRESH_QUOTES, trading.work)
    assert trading.count("job_runs") == 0, "looking leaves no trace"
