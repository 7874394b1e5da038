"""What pages tell of a running job, and how an administrator cancels it."""

from datetime import timedelta

import pytest

from models.domain.errors import InvalidRequestError, JobCancelledError
from models.domain.jobs import JobName, JobProgress, JobState
from models.domain.users import Role
from services.commands.access import Actor, NotAllowedError, act_as
from services.commands.jobs import JobCommands
from services.jobs import heartbeat
from services.queries.activity import RunningJobs
from tests.integration.jobs.conftest import INGEST, SCORE
from tests.integration.processes.support import ask
from tests.patience import wait_until

SECOND = timedelta(seconds=1)
AUDIT = "SELECT actor, action, subject, address FROM audit_log"


@pytest.fixture
def running(engine, clock):
    return RunningJobs(engine, clock)


@pytest.fixture
def commands(engine, clock):
    return JobCommands(engine, clock)


@pytest.fixture
def acting():
    """Act as somebody until the test ends."""
    yield lambda role: act_as(None if role is None else Actor("ada", role))
    act_as(None)


def begin(queue, clock, job=INGEST):
    queue.add(job)
    run, token = queue.claim("worker:test:1")
    return run, token


def beat(queue, clock, run, token, progress):
    with queue.work() as work:
        work.jobs.beat(run.id, token, clock.now(), progress)
        work.commit()


def test_rows_rate_and_remaining_time(queue, clock, running):
    assert running.shown() is None
    run, token = begin(queue, clock)
    begun = clock.now()
    clock.time += 10 * SECOND
    beat(queue, clock, run, token, JobProgress(50_000, 200_000, "storing 200,000 bars", begun))
    shown = running.shown()
    assert (shown.run_id, shown.title, shown.share, shown.age_s) == (run.id, "Ingesting prices", 0.25, 10.0)
    # 50,000 in 10 s are 5,000 a second; the other 150,000 take 30 s.
    assert shown.step == "storing 200,000 bars: 50,000 of 200,000, 5,000 a second, 30 s left"
    assert not shown.is_stopping


def test_what_only_waits_is_not_shown_and_others_are_counted(queue, clock, running):
    queue.add(SCORE)
    assert running.shown() is None
    begin(queue, clock, SCORE)
    begin(queue, clock, INGEST)
    assert running.shown().title == "Scoring indicators and 1 more"


def test_a_silent_process_is_named_as_such(queue, clock, running):
    begin(queue, clock)
    clock.time += 6 * SECOND
    assert running.shown().step == "nothing heard of its process for 6 s; another takes over when it is gone"


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
def test_a_bad_end_is_told_for_some_seconds(queue, clock, running, state):
    run, token = begin(queue, clock)
    with queue.work() as work:
        work.jobs.finish(run.id, token, state, finished_at=clock.now(), message="why")
        work.commit()
    assert (running.shown().state, running.shown().step) == (state, f"{state.value}: why")
    clock.time += 8 * SECOND
    assert running.shown() is None


def test_success_needs_no_words(queue, clock, running):
    run, token = begin(queue, clock)
    with queue.work() as work:
        work.jobs.finish(run.id, token, JobState.SUCCEEDED, finished_at=clock.now(), message="done")
        work.commit()
    assert running.shown() is None


def test_an_administrator_stops_a_run_in_its_middle(
    queue, make_runner, clock, commands, running, acting, database_url, monkeypatch
):
    monkeypatch.setattr(heartbeat, "_SECONDS", 0.05)
    acting(Role.ADMIN)
    seen = []

    def slow(open_work, progress, parameters):
        progress(1, 2, "half")
        commands.cancel_run(running.shown().run_id, "192.0.2.1")
        seen.append(running.shown())
        wait_until(lambda: progress(1, 2, "half"), 5, "word of it")

    run_id = queue.add()
    with pytest.raises(JobCancelledError):
        make_runner(slow).run_next()
    assert seen[0].is_stopping
    assert seen[0].step.startswith("stops at its next step")
    assert queue.states() == [(INGEST, 1, JobState.CANCELLED), (SCORE, 1, JobState.SKIPPED)]
    assert ask(database_url, AUDIT) == [("ada", "job_cancel", str(run_id), "192.0.2.1")]
    assert running.shown().step == "cancelled: stopped on request; nothing half-done was kept"


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.TRADER])
def test_nobody_else_may(queue, commands, acting, database_url, role):
    run_id = queue.add()
    acting(role)
    with pytest.raises(NotAllowedError, match="needs the role admin"):
        commands.cancel_run(run_id)
    assert queue.states() == [(INGEST, 1, JobState.QUEUED)]
    assert ask(database_url, AUDIT) == []
    assert ask(database_url, "SELECT count(*) FROM revisions") == [(0,)]


def test_what_is_over_or_unknown_is_refused_and_not_written_down(
    queue, clock, commands, acting, database_url
):
    acting(Role.ADMIN)
    run, token = begin(queue, clock)
    with queue.work() as work:
        work.jobs.finish(run.id, token, JobState.SUCCEEDED, finished_at=clock.now())
        work.commit()
    for run_id in (run.id, 4711):
        with pytest.raises(InvalidRequestError, match=f"Run {run_id} is neither queued nor running"):
            commands.cancel_run(run_id)
    assert ask(database_url, AUDIT) == []


def test_every_job_has_words_for_the_line(queue, clock, running):
    for job in JobName:
        run, token = begin(queue, clock, job)
        assert running.shown().title
        with queue.work() as work:
            work.jobs.finish(run.id, token, JobState.SUCCEEDED, finished_at=clock.now())
            work.commit()
        clock.time += 60 * SECOND
