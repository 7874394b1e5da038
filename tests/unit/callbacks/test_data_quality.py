from dataclasses import replace

import plotly.io
import pytest
from dash import no_update

from callbacks.data_quality import READY, WAITING, present_report, present_supply
from callbacks.quality_details import present_calendar, present_symbol
from components.ids import Shell
from models.domain.errors import DatabaseUnavailableError, NotYetComputedError
from tests.fakes_feed import running
from tests.fakes_quality import FakeQualityQueries, assessed, quality_report, quarantined

GONE = FakeQualityQueries(fault=DatabaseUnavailableError("gone"))


def test_a_report_fills_the_page():
    view = present_report(FakeQualityQueries(), None)
    assert [row["symbol"] for row in view.rows] == ["BBB", "AAA", "CCC"]
    assert len(view.quarantine) == 4
    assert view.page_class == READY
    assert view.is_activity_poll_off
    assert view.error is None
    assert len(view.outputs()) == 16
    assert view.frame[Shell.STATUS]["data"] == {"last_session": "2013-03-01", "historical": True}


def test_the_sentence_counts_symbols_and_rows_that_wait():
    words = str(present_report(FakeQualityQueries(), None).summary)
    assert "1 of 3 symbols have nothing missing, late or rejected; 1 needs a look; 1 is poor." in words
    assert "2 rejected rows wait for a decision" in words
    assert "assessed 20 Nov 2026, 22:00 UTC, up to the session of 1 Mar 2013" in words


def test_the_same_report_is_not_sent_twice():
    queries = FakeQualityQueries()
    first = present_report(queries, None)
    again = present_report(queries, first.loaded)
    assert set(again.outputs()[:14]) == {no_update}
    assert again.frame == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"n_waiting": 1, "n_released": 2},
        {"n_quarantine": 5},
        {"assessed_at": assessed(1).assessed_at},
    ],
)
def test_another_decision_or_assessment_is_sent(changes):
    loaded = present_report(FakeQualityQueries(), None).loaded
    later = present_report(FakeQualityQueries(quality_report(**changes)), loaded)
    assert later.rows is not no_update
    assert later.loaded != loaded


def test_parts_that_have_nothing_to_show_take_no_room():
    bare = quality_report(runs=(assessed(0),), quarantine=(), n_quarantine=0, n_waiting=0, n_released=0)
    view = present_report(FakeQualityQueries(bare), None)
    assert view.page_class.split() == [READY, "has-no-quarantine", "has-one-run"]
    assert view.trend is no_update
    assert "No rejected row waits for a decision." in str(view.summary)


def test_a_quarantine_that_is_cut_short_says_so():
    view = present_report(FakeQualityQueries(quality_report(n_quarantine=12_345)), None)
    assert view.quarantine_note.startswith("The first 4 of 12,345 rows")
    assert present_report(FakeQualityQueries(), None).quarantine_note == ""


@pytest.mark.parametrize("fault", [DatabaseUnavailableError("gone"), NotYetComputedError("Being computed.")])
def test_data_on_the_screen_are_never_taken_away(fault):
    view = present_report(FakeQualityQueries(fault=fault), {"version": "1"})
    assert {view.rows, view.quarantine, view.summary, view.state, view.page_class} == {no_update}


def test_before_the_first_assessment_the_running_job_is_quoted():
    queries = FakeQualityQueries(fault=NotYetComputedError("x"), doing=running(2, 5))
    view = present_report(queries, None)
    assert view.page_class == WAITING
    assert not view.is_activity_poll_off
    assert "Scoring indicators: 2 of 5 symbols" in str(view.state)


def test_prices_without_assessment_say_what_to_do():
    queries = FakeQualityQueries(fault=NotYetComputedError("Prices are stored; run `python -m app ingest`."))
    state = str(present_report(queries, None).state)
    assert "No prices have been assessed yet" in state
    assert "python -m app ingest" in state


def test_without_database_and_data_the_page_says_what_is_kept():
    view = present_report(GONE, None)
    assert "Nothing is lost" in str(view.state)
    assert not view.is_activity_poll_off


def test_supply_stays_while_it_cannot_be_read():
    assert present_supply(GONE) is no_update
    assert present_supply(FakeQualityQueries(supplied=None)) is no_update
    assert "nothing newer is expected" in str(present_supply(FakeQualityQueries()))


def test_the_calendar_shows_the_year_that_was_asked_for_or_the_newest():
    for asked in (None, 2013, 1950):
        source, buttons = present_calendar(FakeQualityQueries(), asked)
        assert source["figure"]["layout"]["annotations"][0]["text"] == "2013 by day"
        assert "2013" in str(buttons)
        plotly.io.json.to_json_plotly(source)
    assert present_calendar(GONE, None) == (no_update, no_update)


def test_a_symbol_shows_its_gaps_flags_and_rejected_rows():
    view = present_symbol(FakeQualityQueries(), "AAA", None)
    assert view.shown == {"symbol": "AAA", "has_data": True}
    body = str(view.body)
    assert "15 Feb 2013 to 25 Feb 2013" in body
    assert "7 sessions without a bar since 2013-02-14" in body
    assert "AAA.csv:7 · waiting" in body
    assert "/signals?symbol=AAA" in str(view.head)


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "A" * 10_000, "'; drop table bars; --", "\x00"]
)
def test_a_hostile_symbol_never_reaches_the_queries(hostile):
    queries = FakeQualityQueries()
    view = present_symbol(queries, hostile, None)
    assert queries.n_symbols_asked == 0
    assert "is no ticker" in str(view.note)
    assert len(str(view.note)) < 600


def test_an_unknown_symbol_is_named():
    assert "No symbol ZZZZ was assessed" in str(present_symbol(FakeQualityQueries(), "ZZZZ", None).note)


def test_a_fault_keeps_the_symbol_that_is_shown_and_never_shows_another():
    kept = present_symbol(GONE, "AAA", {"symbol": "AAA", "has_data": True})
    assert kept.head is no_update
    assert kept.body is no_update
    other = present_symbol(GONE, "BBB", {"symbol": "AAA", "has_data": True})
    assert other.shown == {"symbol": "BBB", "has_data": False}
    assert other.body == []


def test_rows_hold_what_the_filters_ask():
    view = present_report(FakeQualityQueries(), None)
    late = next(row for row in view.rows if row["symbol"] == "BBB")
    assert late["problems"].split() == ["late", "long-gap", "incomplete", "flagged", "gap", "missing_field"]
    assert late["sector"] == "No sector"
    first = view.quarantine[0]
    assert (first["sector"], first["source"], first["status"]) == ("Energy", "AAA.csv:7", "quarantined")


def test_values_of_grids_are_scalars():
    report = replace(quality_report(), quarantine=(quarantined(session=None, volume=None),))
    view = present_report(FakeQualityQueries(report), None)
    for row in (*view.rows, *view.quarantine):
        assert all(value is None or isinstance(value, str | int | float) for value in row.values())
