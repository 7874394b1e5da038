"""A queue with two jobs that do what a test wants of them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from models.domain.jobs import JobName, JobResult, JobState
from services.jobs.runner import JobRunner
from services.storage.unit_of_work import SqlUnitOfWork

INGEST, SCORE = JobName.INGEST_BARS, JobName.SCORE_INDICATORS


class Queue:
    """Runs of a database, with what tests ask and do most."""

    def __init__(self, engine, clock):
        self.engine, self.clock = engine, clock

    def work(self):
        return SqlUnitOfWork(self.engine)

    def add(self, job=INGEST, minutes=0, **options):
        with self.work() as work:
            found = work.jobs.enqueue(job, self.clock.now() + timedelta(minutes=minutes), **options)
            work.commit()
        return found

    def claim(self, owner="one", run_id=None):
        with self.work() as work:
            found = work.jobs.claim(owner, self.clock.now(), run_id)
            work.commit()
        return found

    def cancel(self, run_id):
        with self.work() as work:
            found = work.jobs.request_cancel(run_id, self.clock.now())
            work.commit()
        return found

    def get(self, run_id):
        with self.work() as work:
            return work.jobs.get(run_id)

    def all(self):
        """Every run of the two jobs, oldest first; what waits for them in turn is not looked at."""
        with self.work() as work:
            return [run for run in work.jobs.newest(1000)[::-1] if run.job in {INGEST, SCORE}]

    def states(self):
        return [(run.job, run.attempt, run.state) for run in self.all()]


@pytest.fixture
def queue(engine, clock):
    return Queue(engine, clock)


@pytest.fixture
def make_runner(engine, clock) -> Callable[..., JobRunner]:
    """Return runners whose jobs are the given functions; a job that is not given writes nothing."""

    def make(ingest=None, score=None, owner="worker:test:1"):
        def idle(open_work, progress, parameters):
            return JobResult(0, "nothing to do")

        given = {INGEST: ingest, SCORE: score}
        return JobRunner(engine, clock, owner, {name: given.get(name) or idle for name in JobName})

    return make


def is_running(queue, run_id):
    return queue.get(run_id).state is JobState.RUNNING
