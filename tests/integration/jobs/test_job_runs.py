"""The queue itself: one row a run, one owner a row, one run of a job at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from models.domain.errors import FencedError
from models.domain.jobs import JobProgress, JobState
from tests.integration.jobs.conftest import INGEST, SCORE
from tests.integration.processes.support import ask


def test_a_job_time_and_attempt_stands_once(queue):
    first = queue.add()
    assert queue.add() is None
    assert queue.add(attempt=2) not in {None, first}
    assert queue.add(SCORE) is not None
    assert len(queue.all()) == 3


def test_what_was_queued_first_is_claimed_first(queue, clock):
    first, second, other = queue.add(minutes=5), queue.add(), queue.add(SCORE)
    run, token = queue.claim()
    assert (run.id, run.state, run.owner, run.started_at) == (first, JobState.RUNNING, "one", clock.now())
    # The job's second run waits; another job's does not.
    next_run, next_token = queue.claim()
    assert next_run.id == other
    assert next_token > token
    assert queue.claim() is None
    with queue.work() as work:
        work.jobs.finish(first, token, JobState.SUCCEEDED)
        work.commit()
    assert queue.claim()[0].id == second


def test_eight_threads_claim_each_run_once(queue):
    for minute in range(12):
        queue.add(INGEST if minute % 2 else SCORE, minutes=minute)
    together = threading.Barrier(8)
    overlapping, now_running = [], set()
    guard = threading.Lock()

    def work_off(name):
        taken = []
        together.wait()
        for _ in range(400):
            try:
                claim = queue.claim(name)
            except IntegrityError:
                continue  # the index on running jobs let nobody in twice
            if claim is None:
                if all(run.state is JobState.SUCCEEDED for run in queue.all()):
                    break
                continue
            run, token = claim
            with guard:
                overlapping.extend([run.job] if run.job in now_running else [])
                now_running.add(run.job)
            taken.append((run.id, token))
            with guard:
                now_running.discard(run.job)
            with queue.work() as work:
                work.jobs.finish(run.id, token, JobState.SUCCEEDED)
                work.commit()
        return taken

    with ThreadPoolExecutor(8) as pool:
        taken = [pair for pairs in pool.map(work_off, map(str, range(8))) for pair in pairs]
    assert sorted(run_id for run_id, _ in taken) == [run.id for run in queue.all()]
    assert len({token for _, token in taken}) == 12
    assert overlapping == []


def test_the_database_itself_refuses_two_running_runs_of_a_job(queue, database_url):
    queue.add()
    queue.add(minutes=1)
    with pytest.raises(IntegrityError):
        ask(database_url, "UPDATE job_runs SET state = 'running'")


def test_a_reserved_run_is_for_one_claimer(queue):
    reserved = queue.add()
    with queue.work() as work:
        assert work.jobs.reserve(reserved, "me", queue.clock.now())
        work.commit()
    assert queue.claim("other") is None
    assert queue.claim("me", reserved)[0].id == reserved


def test_cancelling_a_queued_run_ends_it(queue, clock):
    run_id = queue.add()
    assert queue.cancel(run_id)
    run = queue.get(run_id)
    assert run.state is JobState.CANCELLED
    assert run.finished_at is not None
    assert queue.claim() is None
    assert not queue.cancel(run_id)


def test_cancelling_a_running_run_asks_it(queue, clock):
    queue.add()
    run, token = queue.claim()
    assert queue.cancel(run.id)
    assert queue.get(run.id).state is JobState.RUNNING
    with queue.work() as work:
        assert work.jobs.beat(run.id, token, clock.now(), JobProgress(1, 2, "half"))


def test_a_beat_shows_progress(queue, clock):
    queue.add()
    run, token = queue.claim()
    with queue.work() as work:
        assert not work.jobs.beat(run.id, token, clock.now(), JobProgress(1, 2, "half"))
        work.commit()
    found = queue.get(run.id)
    assert (found.progress_done, found.progress_total, found.progress_message) == (1, 2, "half")


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.CANCELLED, JobState.FAILED])
def test_what_has_ended_does_not_end_again(queue, state):
    queue.add()
    run, token = queue.claim()
    with queue.work() as work:
        work.jobs.finish(run.id, token, state)
        work.commit()
    with pytest.raises(FencedError), queue.work() as work:
        work.jobs.finish(run.id, token, JobState.SUCCEEDED)


def test_only_a_silent_run_or_one_of_the_named_owners_is_an_orphan(queue, clock):
    for job, owner in ((INGEST, "worker:a:1"), (SCORE, "cli:a:1")):
        queue.add(job)
        queue.claim(owner)

    def orphans(silent_for, prefix):
        with queue.work() as work:
            later = clock.now() + timedelta(seconds=1)
            return [run.owner for run in work.jobs.end_orphans(later, later - silent_for, prefix)]

    assert orphans(timedelta(seconds=10), None) == []
    assert orphans(timedelta(seconds=10), "worker:") == ["worker:a:1"]
    assert sorted(orphans(timedelta(0), None)) == ["cli:a:1", "worker:a:1"]
