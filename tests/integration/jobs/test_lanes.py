"""What somebody waits for is answered while everything that takes long runs."""

import threading
from datetime import timedelta

import pytest

from app import worker as worker_module
from app.worker import Worker
from models.domain.jobs import JobName, JobResult, JobState
from models.domain.settings import Settings
from services.jobs.registry import JOBS_OF_LANE, Lane
from services.storage.engine import open_engine
from tests.patience import wait_until

LONG = (JobName.INGEST_BARS, JobName.TRAIN_MODELS, JobName.EXPLAIN_SIGNALS)


@pytest.fixture
def busy_worker(engine, clock, database_url, monkeypatch):
    """A leader whose long jobs run until the test ends."""
    stop, go_on = threading.Event(), threading.Event()

    def blocks(open_work, progress, parameters):
        go_on.wait(60.0)
        return JobResult(0, "done")

    def answers(open_work, progress, parameters):
        return JobResult(1, "explained")

    handlers = dict.fromkeys(JobName, blocks) | {JobName.EXPLAIN_SYMBOL: answers}
    monkeypatch.setattr(worker_module, "build_handlers", lambda settings, clock: handlers)
    lock_engine = open_engine(database_url, pooled=False)
    found = Worker(engine, lock_engine, clock, Settings())
    thread = threading.Thread(target=found.run, args=(stop,))
    thread.start()
    yield found
    go_on.set()
    stop.set()
    thread.join(20.0)


def state(queue, run_id):
    return queue.get(run_id).state


def test_each_job_has_one_lane_and_requests_have_their_own():
    jobs = [job for lane in Lane for job in JOBS_OF_LANE[lane]]
    assert sorted(jobs) == sorted(JobName)
    assert JOBS_OF_LANE[Lane.REQUESTS] == (JobName.EXPLAIN_SYMBOL,)


@pytest.mark.usefixtures("busy_worker")
def test_a_request_waits_for_none_of_the_long_jobs(queue, clock):
    clock.time += timedelta(minutes=1)
    wanted = [queue.add(job) for job in LONG if job is not JobName.INGEST_BARS]  # it asks for that itself
    wait_until(lambda: all(state(queue, run_id) is JobState.RUNNING for run_id in wanted), 30.0, "long jobs")
    request = queue.add(JobName.EXPLAIN_SYMBOL, parameters={"symbol": "AAPL"})
    wait_until(lambda: state(queue, request) is JobState.SUCCEEDED, 20.0, "an answer")
    with queue.work() as work:
        running = {run.job for run in work.jobs.active() if run.state is JobState.RUNNING}
    assert running == set(LONG)
