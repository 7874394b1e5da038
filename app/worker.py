"""The worker: leads or waits, keeps the schedule, runs what is queued."""

import logging
import os
import socket
import threading
import time
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from models.domain.errors import DatabaseUnavailableError, FencedError, GlassboxError
from models.domain.jobs import JobName
from models.domain.settings import Settings
from services.jobs.due import DueChecks
from services.jobs.handlers import build_handlers
from services.jobs.registry import JOBS, JOBS_OF_LANE, Lane
from services.jobs.runner import WORKER_PREFIX, JobRunner
from services.ports import Clock
from services.storage.leadership import HEARTBEAT_SECONDS, LeaderLock
from services.storage.unit_of_work import SqlUnitOfWork

logger = logging.getLogger(__name__)
_RETRY_SECONDS = 0.5
_POLL_SECONDS = 0.5
_REQUEST_POLL_SECONDS = 0.2  # somebody waits for the answer
_LEAVE_SECONDS = 3.0  # with the watch of the parent and the last beat: gone within 5 s
_MISFIRE_SECONDS = 3600  # a job that came due while the machine slept still runs


class Worker:
    """One of several candidates; only the leader schedules and runs."""

    def __init__(self, engine: Engine, lock_engine: Engine, clock: Clock, settings: Settings) -> None:
        """Take a pooled engine for work and one without a pool for the leader's lock."""
        self._engine = engine
        self._lock_engine = lock_engine
        self._clock = clock
        owner = f"{WORKER_PREFIX}{socket.gethostname()}:{os.getpid()}"
        self._owner = owner
        self._is_due = DueChecks(settings, clock)
        handlers = build_handlers(settings, clock)
        # An owner for each: what one gives up and recovers is never the other's.
        self._runners = {lane: JobRunner(engine, clock, f"{owner}:{lane}", handlers) for lane in Lane}

    def run(self, stop: threading.Event) -> None:
        """Lead whenever nobody else does, until ``stop`` is set."""
        while not stop.is_set():
            lock = LeaderLock(self._lock_engine, self._owner)
            try:
                if lock.try_acquire(self._clock.now()):
                    logger.info("%s leads with token %s", self._owner, lock.token)
                    self._lead(lock, stop)
            except (DBAPIError, DatabaseUnavailableError, FencedError) as error:
                logger.warning("not leading: %s", str(error).splitlines()[0])
            finally:
                lock.release()
            stop.wait(_RETRY_SECONDS)

    def _lead(self, lock: LeaderLock, stop: threading.Event) -> None:
        assert lock.token is not None  # noqa: S101 - it has just been acquired
        token = lock.token
        demoted = threading.Event()
        self._runners[Lane.CHAIN].recover(owner_prefix=WORKER_PREFIX)
        self._catch_up()
        scheduler = self._schedule(token)
        executors = [
            threading.Thread(target=self._execute, args=(demoted, token, lane), name=lane, daemon=True)
            for lane in Lane
        ]
        for executor in executors:
            executor.start()
        try:
            while not stop.wait(HEARTBEAT_SECONDS):
                lock.beat(self._clock.now())
        finally:
            demoted.set()
            scheduler.shutdown(wait=False)
            # A job still running after this is fenced off, and recovered by whoever leads next.
            deadline = time.monotonic() + _LEAVE_SECONDS
            for executor in executors:
                executor.join(max(0.0, deadline - time.monotonic()))

    def _catch_up(self) -> None:
        """Ask for the whole chain at each start: what is stored already is not written again."""
        with SqlUnitOfWork(self._engine) as work:
            if not any(run.job is JobName.INGEST_BARS for run in work.jobs.active()):
                work.jobs.enqueue(JobName.INGEST_BARS, self._clock.now(), "startup")
                work.touch("jobs")
            work.commit()

    def _schedule(self, token: int) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(timezone=UTC)
        for job in JOBS:
            for cron, ask in ((job.cron, self._enqueue), (job.check_cron, self._enqueue_if_due)):
                if cron is not None:
                    scheduler.add_job(
                        ask,
                        CronTrigger.from_crontab(cron, timezone=UTC),
                        args=(job.name, token),
                        coalesce=True,
                        misfire_grace_time=_MISFIRE_SECONDS,
                    )
        scheduler.start()
        return scheduler

    def _enqueue(self, name: JobName, token: int) -> None:
        # To the minute: two leaders in one minute ask for the same run, and the second request falls away.
        scheduled_for: datetime = self._clock.now().replace(second=0, microsecond=0)
        try:
            with SqlUnitOfWork(self._engine) as work:
                work.jobs.check_leader(token)
                work.jobs.enqueue(name, scheduled_for)
                work.touch("jobs")
                work.commit()
        except (DatabaseUnavailableError, FencedError) as error:
            # Whoever leads next asks for the whole chain when it begins.
            logger.warning("%s not asked for: %s", name, error)

    def _enqueue_if_due(self, name: JobName, token: int) -> None:
        try:
            is_due = self._is_due(name, lambda: SqlUnitOfWork(self._engine))
        except DatabaseUnavailableError as error:
            logger.warning("not looked whether %s is due: %s", name, error)
            return
        if is_due:
            self._enqueue(name, token)

    def _execute(self, demoted: threading.Event, token: int, lane: Lane) -> None:
        runner, jobs = self._runners[lane], JOBS_OF_LANE[lane]
        poll_seconds = _REQUEST_POLL_SECONDS if lane is Lane.REQUESTS else _POLL_SECONDS
        n_idle = 0
        while not demoted.is_set():
            try:
                if runner.run_next(token, jobs=jobs):
                    n_idle = 0
                    continue
                n_idle += 1
                if n_idle % 10 == 0:
                    runner.recover(owner_prefix=None)
            except (DatabaseUnavailableError, FencedError) as error:
                logger.warning("run given up: %s", error)
                self._recover_own(demoted, runner)
            except GlassboxError as error:
                logger.error("%s", error)
            except Exception:
                # The runner has recorded it; the next job must still run.
                logger.exception("a job failed")
            demoted.wait(poll_seconds)

    def _recover_own(self, demoted: threading.Event, runner: JobRunner) -> None:
        """Queue this worker's given-up run again as soon as the database answers."""
        while not demoted.wait(_RETRY_SECONDS):
            try:
                runner.recover(owner_prefix=runner.owner)
            except DatabaseUnavailableError:
                continue
            return
