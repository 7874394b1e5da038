"""Runs one job at a time: claim, heartbeat, progress, record, re-raise."""

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from models.domain.errors import (
    DatabaseFullError,
    DatabaseUnavailableError,
    FencedError,
    GlassboxError,
    JobAlreadyRunningError,
    JobCancelledError,
)
from models.domain.jobs import JobName, JobProgress, JobResult, JobRun, JobState
from services.jobs.handlers import Handler
from services.jobs.heartbeat import Heartbeat
from services.jobs.registry import jobs_after
from services.ports import Clock
from services.storage.unit_of_work import Fence, SqlUnitOfWork

logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 3
# A run whose process stopped beating for so long is given up, unless a new leader knows it earlier.
LOST_AFTER = timedelta(seconds=15)
WORKER_PREFIX = "worker:"


class JobRunner:
    """Takes runs from ``job_runs`` and records how they ended."""

    def __init__(self, engine: Engine, clock: Clock, owner: str, handlers: Mapping[JobName, Handler]) -> None:
        self._engine = engine
        self._clock = clock
        self.owner = owner
        self._handlers = handlers

    def run_next(self, leader_token: int | None = None, *, jobs: Collection[JobName] | None = None) -> bool:
        """Run the oldest queued job; return whether there was one.

        Parameters
        ----------
        leader_token : int, optional
            Start only while the leader with this token leads.
        jobs : collection of JobName, optional
            Start only one of these; by default any that this process can run.

        Raises
        ------
        FencedError
            If another worker leads by now; nothing was started.
        Exception
            What the job raised, after it was recorded.
        """
        claim = self._claim(None, leader_token, self._handlers.keys() if jobs is None else jobs)
        if claim is None:
            return False
        self._run(*claim)
        return True

    def run_now(
        self,
        job: JobName,
        parameters: Mapping[str, Any],
        *,
        wait_seconds: float = 600.0,
        on_wait: Callable[[JobRun], None] | None = None,
        on_beat: Callable[[JobProgress], None] | None = None,
    ) -> JobResult:
        """Run a job in this process, after whoever runs the same one now.

        Raises
        ------
        JobAlreadyRunningError
            If the other run does not end within ``wait_seconds``.
        Exception
            What the job raised, after it was recorded.
        """
        with SqlUnitOfWork(self._engine) as work:
            # The kind of process that asks, e.g. "cli"; which one it is stands as the owner.
            requested_by = self.owner.partition(":")[0]
            run_id = work.jobs.enqueue(job, self._clock.now(), requested_by, parameters)
            if run_id is None:
                raise JobAlreadyRunningError(f"{job} was asked for twice in one instant; try again")
            work.jobs.reserve(run_id, self.owner, self._clock.now())
            work.commit()
        try:
            claim = self._wait_for_turn(job, run_id, wait_seconds, on_wait)
        except BaseException:  # Ctrl-C too: nobody else would ever claim it
            self._drop(run_id)
            raise
        return self._run(*claim, on_beat)

    def _wait_for_turn(
        self, job: JobName, run_id: int, wait_seconds: float, on_wait: Callable[[JobRun], None] | None
    ) -> tuple[JobRun, int]:
        deadline = time.monotonic() + wait_seconds
        while (claim := self._claim(run_id)) is None:
            other = self._running(job)
            if other is not None and on_wait is not None:
                on_wait(other)
                on_wait = None
            if time.monotonic() > deadline:
                raise JobAlreadyRunningError(
                    f"{job} has been running elsewhere for over {wait_seconds:.0f} s: wait for that run or "
                    "cancel it (`python -m app jobs list` shows it), then ask again"
                )
            self._keep_place(run_id)
            self.recover(owner_prefix=None)
            time.sleep(0.3)
        return claim

    def _keep_place(self, run_id: int) -> None:
        with SqlUnitOfWork(self._engine) as work:
            is_queued = work.jobs.reserve(run_id, self.owner, self._clock.now())
            work.commit()
        if not is_queued:
            raise JobCancelledError(f"Run {run_id} was cancelled while it waited for its turn")

    def _claim(
        self,
        run_id: int | None,
        leader_token: int | None = None,
        jobs: Collection[JobName] = tuple(JobName),
    ) -> tuple[JobRun, int] | None:
        try:
            with SqlUnitOfWork(self._engine) as work:
                if leader_token is not None:
                    work.jobs.check_leader(leader_token)
                claim = work.jobs.claim(self.owner, self._clock.now(), run_id, jobs)
                if claim is not None:
                    work.touch("jobs")
                work.commit()
                return claim
        except IntegrityError:
            return None  # another process claimed a run of the same job in the same instant

    def _running(self, job: JobName) -> JobRun | None:
        with SqlUnitOfWork(self._engine) as work:
            active = work.jobs.active()
        return next((run for run in active if run.job is job and run.state is JobState.RUNNING), None)

    def _drop(self, run_id: int) -> None:
        with SqlUnitOfWork(self._engine) as work:
            work.jobs.request_cancel(run_id, self._clock.now())
            work.commit()

    def _run(
        self, run: JobRun, token: int, on_beat: Callable[[JobProgress], None] | None = None
    ) -> JobResult:
        fence = Fence(run.id, token)
        logger.info("%s: run %d, attempt %d begins", run.job, run.id, run.attempt)
        heartbeat = Heartbeat(self._engine, self._clock, fence, on_beat)

        def open_work() -> SqlUnitOfWork:
            return SqlUnitOfWork(self._engine, fence)

        try:
            with heartbeat:
                result = self._handlers[run.job](open_work, heartbeat, run.parameters)
        except JobCancelledError as stopped:
            self._finish(run, fence, heartbeat, JobState.CANCELLED, message=str(stopped))
            raise
        except KeyboardInterrupt:
            message = "stopped with Ctrl-C; nothing half-done was kept"
            self._finish(run, fence, heartbeat, JobState.CANCELLED, message=message)
            raise
        except DatabaseFullError as error:
            logger.error("%s: run %d failed: %s", run.job, run.id, error)
            with suppress(DatabaseUnavailableError):  # the row that says so may find no place either
                self._finish(run, fence, heartbeat, JobState.FAILED, message=str(error), error=repr(error))
            raise
        except (DatabaseUnavailableError, FencedError):
            # Nothing can be recorded, or it is not ours to record: whoever leads next recovers the run.
            raise
        except Exception as error:
            foreseen = isinstance(error, GlassboxError)
            logger.error("%s: run %d failed: %s", run.job, run.id, error, exc_info=not foreseen)
            message = str(error) if foreseen else f"{type(error).__name__}: {error}"
            self._finish(run, fence, heartbeat, JobState.FAILED, message=message, error=repr(error))
            raise
        self._finish(
            run,
            fence,
            heartbeat,
            JobState.PARTIAL if result.is_partial else JobState.SUCCEEDED,
            message=result.message,
            rows_written=result.rows_written,
            follow_up=result.follow_up,
        )
        logger.info("%s: %s", run.job, result.message)
        return result

    def _finish(
        self,
        run: JobRun,
        fence: Fence,
        heartbeat: Heartbeat,
        state: JobState,
        *,
        follow_up: Sequence[JobName] = (),
        **fields: Any,
    ) -> None:
        progress = heartbeat.progress
        now = self._clock.now()
        with SqlUnitOfWork(self._engine) as work:
            work.jobs.finish(
                fence.run_id,
                fence.token,
                state,
                finished_at=now,
                heartbeat_at=now,
                progress_done=progress.done,
                progress_total=progress.total,
                progress_message=progress.message,
                progress_since=progress.since,
                **fields,
            )
            if self.owner.startswith(WORKER_PREFIX):
                self._release_dependents(work, run, state, str(fields["message"]), now)
                for job in follow_up:
                    work.jobs.enqueue(job, now, run.job.value)
            work.touch("jobs")
            work.commit()

    def _release_dependents(
        self, work: SqlUnitOfWork, run: JobRun, state: JobState, message: str, now: datetime
    ) -> None:
        """Queue what waits for this run, or record that it is skipped and why."""
        for job in jobs_after(run.job):
            if state in {JobState.SUCCEEDED, JobState.PARTIAL}:
                work.jobs.enqueue(job.name, run.scheduled_for, run.requested_by)
                continue
            reason = f"Skipped: {run.job} {state.value} ({message})"
            work.jobs.enqueue(
                job.name, run.scheduled_for, run.requested_by, state=JobState.SKIPPED, message=reason
            )
            skipped = JobRun(run.id, job.name, run.scheduled_for, 1, JobState.SKIPPED)
            self._release_dependents(work, skipped, JobState.SKIPPED, reason, now)

    def recover(self, owner_prefix: str | None) -> list[JobRun]:
        """End runs whose process is gone and queue them again, up to three attempts; return them."""
        now = self._clock.now()
        with SqlUnitOfWork(self._engine) as work:
            orphans = work.jobs.end_orphans(now, now - LOST_AFTER, owner_prefix)
            for run in orphans:
                if run.state is JobState.CANCELLED:
                    self._release_dependents(work, run, run.state, "stopped on request", now)
                elif _is_asked_for_again(work, run):
                    continue
                elif run.attempt < MAX_ATTEMPTS:
                    work.jobs.enqueue(
                        run.job, run.scheduled_for, run.requested_by, run.parameters, attempt=run.attempt + 1
                    )
                else:
                    message = f"its process ended {MAX_ATTEMPTS} times in the middle"
                    self._release_dependents(work, run, JobState.FAILED, message, now)
            if orphans:
                work.touch("jobs")
            work.commit()
        for run in orphans:
            logger.warning("%s: run %d lost its process; attempt %d", run.job, run.id, run.attempt)
        return orphans


def _is_asked_for_again(work: SqlUnitOfWork, run: JobRun) -> bool:
    """Whether the same waits in the queue already; a worker's run is tried again even then, for its chain."""
    if (run.owner or "").startswith(WORKER_PREFIX):
        return False
    return any(other.job is run.job and other.parameters == run.parameters for other in work.jobs.active())
