"""The line of the running job: what it shows, when it asks again, and what becomes of a click."""

from dataclasses import dataclass, field, replace

from dash import no_update

from callbacks.job_line import LineView, cancel_run, present_line
from models.domain.activity import ShownRun
from models.domain.errors import DatabaseUnavailableError, InvalidRequestError
from models.domain.jobs import JobState
from services.commands.access import NotAllowedError

RUN = ShownRun(7, "Ingesting prices", "storing: 50 of 200", 0.25, 3.0, JobState.RUNNING)
KNOWN = {"id": 7, "title": "Ingesting prices"}


@dataclass
class Runs:
    run: ShownRun | None = None
    fault: Exception | None = None
    cancelled: list = field(default_factory=list)

    def shown(self):
        if self.fault:
            raise self.fault
        return self.run

    def cancel_run(self, run_id, address=""):
        if self.fault:
            raise self.fault
        self.cancelled.append((run_id, address))


def test_nothing_runs_and_nothing_is_asked_any_more():
    assert present_line(Runs(), KNOWN) == LineView(is_hidden=True, is_poll_off=True, run=None, note=None)


def test_a_run_is_told_of_and_asked_for_again():
    view = present_line(Runs(RUN), None)
    assert (view.is_hidden, view.is_poll_off) == (False, False)
    assert (view.title, view.step, view.line_class) == ("Ingesting prices", "storing: 50 of 200", "job")
    assert view.bar == {"width": "25.0%"}
    assert view.run == KNOWN
    assert view.note is None


def test_a_look_at_the_same_run_keeps_what_was_said_of_it():
    view = present_line(Runs(replace(RUN, step="storing: 90 of 200")), KNOWN)
    assert view.run is no_update
    assert view.note is no_update
    assert view.step == "storing: 90 of 200"
    assert present_line(Runs(replace(RUN, run_id=8)), KNOWN).note is None


def test_what_has_just_begun_is_waited_for_and_not_shown_yet():
    view = present_line(Runs(replace(RUN, age_s=0.9)), None)
    assert (view.is_hidden, view.is_poll_off) == (True, False)


def test_what_stops_or_has_ended_cannot_be_cancelled_again():
    assert present_line(Runs(replace(RUN, is_stopping=True)), KNOWN).line_class == "job is-stopping"
    over = present_line(Runs(replace(RUN, state=JobState.CANCELLED, share=None)), KNOWN)
    assert over.line_class == "job is-over"
    assert over.bar == {"width": "0.0%"}
    assert not over.is_poll_off


def test_without_a_database_the_line_goes_and_the_asking_goes_on():
    view = present_line(Runs(RUN, DatabaseUnavailableError("gone")), KNOWN)
    assert view.is_hidden
    assert view.is_poll_off is no_update
    assert view.run is no_update


def test_the_run_that_was_asked_about_is_cancelled():
    desk = Runs(RUN)
    assert cancel_run(desk, KNOWN) == "Asked to stop."
    assert desk.cancelled == [(7, "unknown")]


def test_refusals_are_said_in_words():
    for fault, words in (
        (NotAllowedError("This needs the role admin: sign in."), "Not cancelled. This needs the role admin"),
        (InvalidRequestError("Run 7 is neither queued nor running"), "Not cancelled. Run 7 is neither"),
        (DatabaseUnavailableError("gone"), "Not cancelled: the database is out of reach."),
    ):
        assert cancel_run(Runs(RUN, fault), KNOWN).startswith(words)


def test_a_page_may_send_anything():
    for sent in (None, {}, {"id": "7"}, {"id": True}, [7], {"id": None}):
        desk = Runs(RUN)
        assert cancel_run(desk, sent) == "No run was chosen: nothing was cancelled."
        assert desk.cancelled == []
