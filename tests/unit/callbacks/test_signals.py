from dataclasses import replace
from datetime import date

import pytest
from dash import no_update

from callbacks.frame import present_banners
from callbacks.past_session import day_of
from callbacks.shell import present_page
from callbacks.signals import READY, WAITING, present_feed
from components.ids import Shell
from models.domain.errors import DatabaseUnavailableError, InvalidRequestError, NotYetComputedError
from models.domain.feed import Activity
from tests.fakes_feed import FakeFeedQueries, running
from tests.feed_panels import SAMPLE


def test_a_feed_fills_the_page():
    view = present_feed(FakeFeedQueries(), has_rows=False)
    assert [row["symbol"] for row in view.rows] == ["IBM", "AAPL", "GOOG", "MSFT", "FB"]
    assert view.page_class == READY
    assert view.is_activity_poll_off
    assert view.error is None
    assert [line.children for line in view.past] == [
        "Scores are technical alone: no model has scored this session."
    ]
    assert view.loaded == {
        "as_of": "2013-03-01",
        "n_symbols": 5,
        "first": "2000-03-01",
        "last": "2013-03-01",
    }
    assert len(view.outputs()) == 9


def test_an_earlier_session_says_so_and_leads_back():
    view = present_feed(FakeFeedQueries(), has_rows=True, as_of=date(2008, 10, 10))
    assert "Session of 10 Oct 2008: nothing later than its close" in str(view.past)
    assert "There was no session" not in str(view.past)
    assert "data-filter='date'" in str(view.past)
    assert view.loaded["as_of"] == "2008-10-10"
    assert view.loaded["last"] == "2013-03-01"
    assert "10 Oct 2008" in str(view.frame[Shell.AS_OF]["children"])


def test_a_day_without_a_session_names_the_one_before():
    class Closed(FakeFeedQueries):
        def feed(self, as_of=None):
            return super().feed(date(2008, 10, 10))

    view = present_feed(Closed(), has_rows=True, as_of=date(2008, 10, 11))
    assert "Session of 10 Oct 2008" in str(view.past)
    assert "There was no session on 11 Oct 2008." in str(view.past)


@pytest.mark.parametrize("has_rows", [True, False])
def test_a_day_before_the_first_bar_is_refused_with_a_way_back(has_rows):
    queries = FakeFeedQueries(fault=InvalidRequestError("There is no bar on or before 1990-01-02"))
    view = present_feed(queries, has_rows=has_rows, as_of=date(1990, 1, 2))
    said = str(view.error if has_rows else view.state)
    assert "no bar on or before 1990-01-02" in said
    assert "data-filter='date'" in said
    assert view.rows is no_update


@pytest.mark.parametrize(
    ("text", "day"),
    [(None, None), ("", None), ("2008-10-10", date(2008, 10, 10)), ("2008-13-40", None), ("<b>", None)],
)
def test_what_the_address_says_of_the_day(text, day):
    assert day_of(text) == day


def test_sectors_are_counted():
    chips = str(present_feed(FakeFeedQueries(), has_rows=False).sectors)
    assert "All sectors" in chips
    assert chips.index("Information Technology") < chips.index("Communication Services")


def test_the_frame_tells_universe_session_provider_and_banner():
    frame = present_feed(FakeFeedQueries(), has_rows=False).frame
    assert frame[Shell.STATUS]["data"] == {"last_session": "2013-03-01", "historical": True}
    assert "1 Mar 2013" in str(frame[Shell.AS_OF]["children"])
    assert "'5'" in str(frame[Shell.UNIVERSE]["children"])
    assert frame[Shell.PROVIDER_NAME]["children"] == "sample"
    assert "read 21:57 UTC on 20 Nov 2026" in frame[Shell.PROVIDER]["data-tip"]
    assert "Sample data" in str(frame[Shell.BANNERS]["children"])
    assert "hindsight" in str(frame[Shell.BANNERS]["children"])


def test_data_that_need_no_word_have_no_banner():
    assert present_banners(replace(SAMPLE, banner="", survivorship_note=""), "") == []
    [banner] = present_banners(replace(SAMPLE, banner="Sample."), "Two sessions behind the exchange.")
    assert "Two sessions behind the exchange. Sample." in str(banner)


def test_before_the_first_data_the_worker_is_quoted_and_asked_again():
    queries = FakeFeedQueries(fault=NotYetComputedError("Scoring"), doing=running(2, 5))
    view = present_feed(queries, has_rows=False)
    assert view.page_class == WAITING
    assert not view.is_activity_poll_off
    assert view.rows is no_update
    assert "Scoring indicators: 2 of 5 symbols" in str(view.state)
    assert "value=40.0" in str(view.state)


def test_a_silent_worker_is_no_progress():
    queries = FakeFeedQueries(
        fault=NotYetComputedError("x"), doing=Activity("No worker is running.", (), (), False)
    )
    state = str(present_feed(queries, has_rows=False).state)
    assert "No signals yet" in state
    assert "No worker is running." in state
    assert "is-idle" in state


def test_the_last_failure_is_told():
    failed = replace(running().running[0], message="the disk is full")
    queries = FakeFeedQueries(
        fault=NotYetComputedError("x"), doing=Activity("Waiting.", (), (failed,), worker_alive=True)
    )
    assert "score_indicators failed: the disk is full" in str(present_feed(queries, has_rows=False).state)


@pytest.mark.parametrize("fault", [DatabaseUnavailableError("gone"), NotYetComputedError("Being computed.")])
def test_rows_on_the_screen_are_never_taken_away(fault):
    view = present_feed(FakeFeedQueries(fault=fault), has_rows=True)
    assert view.rows is no_update
    assert view.state is no_update
    assert view.page_class is no_update
    assert view.frame == {}


def test_without_database_and_rows_the_page_says_what_is_kept():
    view = present_feed(FakeFeedQueries(fault=DatabaseUnavailableError("gone")), has_rows=False)
    assert "out of reach" in str(view.state)
    assert "Nothing is lost" in str(view.state)
    assert not view.is_activity_poll_off


def test_an_unknown_page_says_so():
    pages = {"signals": ("Signal feed", lambda: "feed"), "": ("Not found", lambda: "nothing")}
    assert present_page("signals", pages) == ("Signal feed", "feed")
    assert present_page("../etc", pages) == ("Not found", "nothing")
    assert present_page(None, pages) == ("Not found", "nothing")
