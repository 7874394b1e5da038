"""The queue and the record of job runs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from models.domain.errors import FencedError
from models.domain.jobs import JobName, JobRun, JobState
from models.tables import job_runs

_ACTIVE = (JobState.QUEUED.value, JobState.RUNNING.value)
_SHOWN = [column for column in job_runs.columns if column.name not in {"fencing_token", "model_id", "error"}]


class SqlJobRunRepository:
    """``JobRunRepository`` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def enqueue(
        self,
        job: JobName,
        scheduled_for: datetime,
        requested_by: str = "schedule",
        parameters: Mapping[str, Any] | None = None,
        *,
        attempt: int = 1,
        state: JobState = JobState.QUEUED,
        message: str = "",
    ) -> int | None:
        """Queue a run, or record one as skipped; None if that (job, time, attempt) stands already."""
        statement = (
            insert(job_runs)
            .values(
                job=job.value,
                scheduled_for=scheduled_for,
                attempt=attempt,
                state=state.value,
                requested_by=requested_by,
                parameters=dict(parameters or {}),
                message=message,
                finished_at=scheduled_for if state is JobState.SKIPPED else None,
            )
            .on_conflict_do_nothing(index_elements=["job", "scheduled_for", "attempt"])
            .returning(job_runs.c.id)
        )
        return self._connection.execute(statement).scalar_one_or_none()

    def claim(self, owner: str, now: datetime, run_id: int | None = None) -> tuple[JobRun, int] | None:
        """Take the oldest queued run, or that one, whose job nobody runs now; return it with its token.

        Two claimers can both find a job free; the unique index on running jobs then refuses the later one
        with an IntegrityError, and whoever gets it asks again.
        """
        running = job_runs.alias("running")
        nobody_runs_it = ~(
            select(running.c.id)
            .where(running.c.job == job_runs.c.job, running.c.state == JobState.RUNNING.value)
            .exists()
        )
        candidate = select(job_runs.c.id).where(job_runs.c.state == JobState.QUEUED.value, nobody_runs_it)
        candidate = candidate.where(job_runs.c.owner.is_(None) if run_id is None else job_runs.c.id == run_id)
        chosen = candidate.order_by(job_runs.c.id).limit(1).with_for_update(skip_locked=True)
        statement = (
            update(job_runs)
            .where(job_runs.c.id == chosen.scalar_subquery())
            .values(
                state=JobState.RUNNING.value,
                owner=owner,
                fencing_token=func.nextval("fencing_tokens"),
                started_at=now,
                heartbeat_at=now,
            )
            .returning(*_SHOWN, job_runs.c.fencing_token)
        )
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else (_run(row), row.fencing_token)

    def reserve(self, run_id: int, owner: str) -> None:
        """Keep a queued run for one claimer."""
        self._connection.execute(update(job_runs).where(job_runs.c.id == run_id).values(owner=owner))

    def beat(self, run_id: int, token: int, now: datetime, progress: tuple[int, int, str]) -> bool:
        """Record that the run lives and how far it is; return whether somebody asked for its end.

        Raises
        ------
        FencedError
            If the run belongs to another owner by now.
        """
        done, total, message = progress
        statement = (
            update(job_runs)
            .where(self._held(run_id, token))
            .values(heartbeat_at=now, progress_done=done, progress_total=total, progress_message=message)
            .returning(job_runs.c.cancel_requested)
        )
        cancel = self._connection.execute(statement).scalar_one_or_none()
        if cancel is None:
            raise _fenced(run_id)
        return bool(cancel)

    def check_fence(self, run_id: int, token: int) -> None:
        """Hold the run's row until the transaction ends, so that nobody takes it over before the commit.

        Raises
        ------
        FencedError
            If the run belongs to another owner by now.
        """
        statement = select(job_runs.c.id).where(self._held(run_id, token)).with_for_update(read=True)
        if self._connection.execute(statement).one_or_none() is None:
            raise _fenced(run_id)

    def finish(self, run_id: int, token: int, state: JobState, **fields: Any) -> None:
        """Record how a run ended."""
        statement = update(job_runs).where(self._held(run_id, token)).values(state=state.value, **fields)
        if self._connection.execute(statement).rowcount == 0:
            raise _fenced(run_id)

    @staticmethod
    def _held(run_id: int, token: int) -> Any:
        return and_(
            job_runs.c.id == run_id,
            job_runs.c.fencing_token == token,
            job_runs.c.state == JobState.RUNNING.value,
        )

    def end_orphans(self, now: datetime, stale_before: datetime, owner_prefix: str | None) -> list[JobRun]:
        """Mark runs whose owner is gone as failed and return them.

        Parameters
        ----------
        now : datetime
            When they ended.
        stale_before : datetime
            A run whose last heartbeat is older has lost its owner.
        owner_prefix : str, optional
            Runs of such owners are orphans whatever their heartbeat: a new leader knows that no other
            worker may run anything.
        """
        gone = job_runs.c.heartbeat_at < stale_before
        if owner_prefix is not None:
            gone = or_(gone, job_runs.c.owner.startswith(owner_prefix, autoescape=True))
        statement = (
            update(job_runs)
            .where(job_runs.c.state == JobState.RUNNING.value, gone)
            .values(
                state=JobState.FAILED.value,
                finished_at=now,
                message="The process that ran it ended before it was done; nothing half-done was kept.",
            )
            .returning(*_SHOWN)
        )
        return [_run(row) for row in self._connection.execute(statement)]

    def request_cancel(self, run_id: int) -> bool:
        """Ask a running run to stop and drop a queued one; return whether there was one."""
        statement = (
            update(job_runs)
            .where(job_runs.c.id == run_id, job_runs.c.state.in_(_ACTIVE))
            .values(
                cancel_requested=True,
                state=text("CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END"),
            )
        )
        return self._connection.execute(statement).rowcount > 0

    def newest(self, limit: int = 50) -> list[JobRun]:
        """Return the newest runs first."""
        return self._runs(select(*_SHOWN).order_by(job_runs.c.id.desc()).limit(limit))

    def newest_of_each_job(self) -> list[JobRun]:
        """Return the newest run of every job that ever ran."""
        newest = distinct_on(job_runs.c.job)
        query = select(*_SHOWN).ext(newest).order_by(job_runs.c.job, job_runs.c.id.desc())
        return self._runs(query)

    def active(self) -> list[JobRun]:
        """Return what is queued or running, oldest first."""
        return self._runs(select(*_SHOWN).where(job_runs.c.state.in_(_ACTIVE)).order_by(job_runs.c.id))

    def get(self, run_id: int) -> JobRun | None:
        """Return a run."""
        return next(iter(self._runs(select(*_SHOWN).where(job_runs.c.id == run_id))), None)

    def _runs(self, query: Select[Any]) -> list[JobRun]:
        return [_run(row) for row in self._connection.execute(query)]


def _run(row: Row[Any]) -> JobRun:
    fields = {column.name: getattr(row, column.name) for column in _SHOWN}
    return JobRun(**{**fields, "job": JobName(row.job), "state": JobState(row.state)})


def _fenced(run_id: int) -> FencedError:
    return FencedError(f"Run {run_id} was taken over by another process; this one's result is discarded")
