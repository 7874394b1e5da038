"""How a run goes: recorded, followed by what waits for it, stopped on request."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from models.domain.errors import InvalidRequestError, JobAlreadyRunningError, JobCancelledError
from models.domain.jobs import JobResult, JobState
from services.jobs import heartbeat
from tests.integration.jobs.conftest import INGEST, SCORE
from tests.integration.processes.support import ask
from tests.patience import wait_until

QUEUED, RUNNING, SUCCEEDED = JobState.QUEUED, JobState.RUNNING, JobState.SUCCEEDED
FAILED, SKIPPED, CANCELLED = JobState.FAILED, JobState.SKIPPED, JobState.CANCELLED


@pytest.fixture(autouse=True)
def quick_heartbeat(monkeypatch):
    monkeypatch.setattr(heartbeat, "_SECONDS", 0.05)


def test_an_empty_queue_is_no_work(make_runner):
    assert make_runner().run_next() is False


def test_a_success_is_recorded_and_queues_what_waits_for_it(queue, make_runner, clock):
    def ingest(open_work, progress, parameters):
        progress(3, 3, "done")
        return JobResult(7, "seven rows")

    queue.add(requested_by="schedule", parameters={"full": True})
    assert make_runner(ingest).run_next()
    done, waiting = queue.all()
    assert (done.state, done.rows_written, done.message) == (SUCCEEDED, 7, "seven rows")
    assert (done.progress_done, done.progress_total, done.finished_at) == (3, 3, clock.now())
    assert (waiting.job, waiting.state) == (SCORE, QUEUED)
    assert (waiting.scheduled_for, waiting.requested_by) == (done.scheduled_for, "schedule")
    assert waiting.parameters == {}


def test_parameters_reach_the_job(queue, make_runner):
    seen = []

    def ingest(open_work, progress, parameters):
        seen.append(dict(parameters))
        return JobResult(0, "")

    queue.add(parameters={"as_of": "2024-01-02"})
    make_runner(ingest).run_next()
    assert seen == [{"as_of": "2024-01-02"}]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (InvalidRequestError("no bar before 1999"), "no bar before 1999"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
    ],
)
def test_a_failure_is_recorded_raised_and_skips_what_waits_for_it(queue, make_runner, error, message):
    def ingest(open_work, progress, parameters):
        raise error

    queue.add()
    with pytest.raises(type(error), match=str(error)):
        make_runner(ingest).run_next()
    failed, skipped = queue.all()
    assert (failed.state, failed.message) == (FAILED, message)
    assert (skipped.job, skipped.state, skipped.started_at) == (SCORE, SKIPPED, None)
    assert skipped.finished_at is not None
    assert str(INGEST) in skipped.message
    assert message in skipped.message
    assert not make_runner().run_next()


def test_one_failure_does_not_stop_the_next_run(queue, make_runner):
    outcomes = iter([ZeroDivisionError("first"), None])

    def ingest(open_work, progress, parameters):
        error = next(outcomes)
        if error:
            raise error
        return JobResult(1, "second")

    queue.add()
    queue.add(minutes=1)
    runner = make_runner(ingest)
    with pytest.raises(ZeroDivisionError):
        runner.run_next()
    assert runner.run_next()
    assert [run.state for run in queue.all()] == [FAILED, SUCCEEDED, SKIPPED, QUEUED]


def test_a_running_run_stops_where_it_next_reports(queue, make_runner):
    begun = threading.Event()

    def ingest(open_work, progress, parameters):
        with open_work() as work:
            work.touch("data")
            begun.set()
            for step in range(200):
                progress(step, 200, "counting")
                time.sleep(0.05)
            work.commit()
        return JobResult(1, "never")

    run_id = queue.add()
    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(make_runner(ingest).run_next)
        assert begun.wait(5)
        assert queue.cancel(run_id)
        with pytest.raises(JobCancelledError):
            outcome.result(5)
    cancelled, skipped = queue.all()
    assert cancelled.state is CANCELLED
    assert "nothing half-done" in cancelled.message
    assert skipped.state is SKIPPED
    assert ask(queue.engine.url, "SELECT count(*) FROM revisions WHERE subject = 'data'") == [(0,)]


def test_run_now_leaves_what_waits_to_the_schedule(queue, make_runner):
    runner = make_runner(lambda *_: JobResult(3, "three"), owner="cli:here:1")
    assert runner.run_now(INGEST, {}).rows_written == 3
    assert queue.states() == [(INGEST, 1, SUCCEEDED)]


def test_run_now_waits_for_who_runs_the_same(queue, make_runner):
    queue.add(minutes=-1)
    other, token = queue.claim("worker:there:1")
    told = []
    with ThreadPoolExecutor(1) as pool:
        mine = pool.submit(make_runner(owner="cli:here:1").run_now, INGEST, {"a": 1}, on_wait=told.append)
        wait_until(lambda: told, 5, "word of the other run")
        assert not mine.done()
        with queue.work() as work:
            work.jobs.finish(other.id, token, SUCCEEDED)
            work.commit()
        assert mine.result(5).message == "nothing to do"
    assert [run.id for run in told] == [other.id]


def test_run_now_gives_up_and_leaves_nothing_queued(queue, make_runner):
    queue.add(minutes=-1)
    queue.claim("worker:there:1")
    with pytest.raises(JobAlreadyRunningError):
        make_runner(owner="cli:here:1").run_now(INGEST, {}, wait_seconds=0.1)
    assert [run.state for run in queue.all()] == [RUNNING, CANCELLED]


def test_run_now_interrupted_while_it_waits_leaves_nothing_queued(queue, make_runner):
    """Ctrl-C: a run that nobody will ever claim must not stand in the queue."""
    queue.add(minutes=-1)
    queue.claim("worker:there:1")

    def interrupt(other):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_runner(owner="cli:here:1").run_now(INGEST, {}, on_wait=interrupt)
    assert [run.state for run in queue.all()] == [RUNNING, CANCELLED]


def test_run_now_cancelled_while_it_waits_says_so(queue, make_runner):
    queue.add(minutes=-1)
    queue.claim("worker:there:1")
    with pytest.raises(JobCancelledError):
        make_runner(owner="cli:here:1").run_now(
            INGEST, {}, wait_seconds=3, on_wait=lambda _: queue.cancel(queue.all()[-1].id)
        )


def test_a_machine_with_a_long_name_can_run_a_job(make_runner, queue):
    owner = f"cli:{'h' * 63}:1234567"
    make_runner(owner=owner).run_now(INGEST, {})
    (run,) = queue.all()
    assert run.owner == owner


def test_ctrl_c_in_mid_run_cancels_it_for_good(make_runner, queue):
    def interrupted(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_runner(interrupted, owner="cli:here:1").run_now(INGEST, {})
    (run,) = queue.all()
    assert (run.state, run.finished_at is not None) == (JobState.CANCELLED, True)
    assert "Ctrl-C" in run.message


def test_a_runner_takes_only_the_jobs_that_it_is_to_take(queue, make_runner):
    queue.add()
    queue.add(SCORE)
    runner = make_runner()
    assert runner.run_next(jobs=(SCORE,))
    assert not runner.run_next(jobs=(SCORE,))
    assert runner.run_next()
    assert [run.state for run in queue.all()][:2] == [SUCCEEDED, SUCCEEDED]


def test_what_a_job_asks_for_is_queued_by_a_worker_alone(queue, make_runner):
    def score(open_work, progress, parameters):
        return JobResult(0, "prices are missing", follow_up=(INGEST,))

    make_runner(score=score, owner="cli:here:1").run_now(SCORE, {})
    assert [run.job for run in queue.all()] == [SCORE]
    queue.add(SCORE, minutes=1)
    make_runner(score=score).run_next()
    asked = queue.all()[-1]
    assert (asked.job, asked.state, asked.requested_by) == (INGEST, QUEUED, SCORE)
