from dataclasses import replace

import pytest
from dash import no_update

from callbacks.shell import present_page
from callbacks.signals import READY, WAITING, present_banners, present_feed
from components.ids import Shell
from models.domain.errors import DatabaseUnavailableError, NotYetComputedError
from models.domain.feed import Activity
from tests.fakes_feed import FakeFeedQueries, running
from tests.feed_panels import SAMPLE


def test_a_feed_fills_the_page():
    view = present_feed(FakeFeedQueries(), has_rows=False)
    assert [row["symbol"] for row in view.rows] == ["IBM", "AAPL", "GOOG", "MSFT", "FB"]
    assert view.page_class == READY
    assert view.is_activity_poll_off
    assert view.error is None
    assert len(view.outputs()) == 8


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
    assert present_banners(replace(SAMPLE, banner="", survivorship_note="")) == []


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
