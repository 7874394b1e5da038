"""The queue and the record of job runs."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert

from models.domain.errors import FencedError
from models.domain.jobs import JobName, JobProgress, JobRun, JobState
from models.tables import job_runs, leadership
from services.storage.leadership import connection_name

_ACTIVE = (JobState.QUEUED.value, JobState.RUNNING.value)
_SHOWN = [shown for shown in job_runs.columns if shown.name not in {"fencing_token", "model_id", "error"}]
_BACKENDS = table("pg_stat_activity", column("pid"), column("datname"), column("application_name"))
_WRITES_FOR = "glassbox run "


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

    def claim(
        self,
        owner: str,
        now: datetime,
        run_id: int | None = None,
        jobs: Collection[JobName] = tuple(JobName),
    ) -> tuple[JobRun, int] | None:
        """Take the oldest queued run of ``jobs``, or that one, whose job nobody runs now.

        Returns it with its token, None if there is none.

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
        candidate = candidate.where(job_runs.c.job.in_([job.value for job in jobs]))
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

    def reserve(self, run_id: int, owner: str, now: datetime) -> bool:
        """Keep a queued run for one claimer, who repeats this while it waits; return whether it is queued."""
        statement = (
            update(job_runs)
            .where(job_runs.c.id == run_id, job_runs.c.state == JobState.QUEUED.value)
            .values(owner=owner, heartbeat_at=now)
        )
        return self._connection.execute(statement).rowcount > 0

    def check_leader(self, token: int) -> None:
        """Let nobody else take the lead until the transaction ends.

        Raises
        ------
        FencedError
            If another worker leads by now.
        """
        self._name_connection(connection_name(token))
        statement = select(leadership.c.id).where(leadership.c.token == token).with_for_update(read=True)
        if self._connection.execute(statement).one_or_none() is None:
            raise FencedError("another worker took the lead; this one starts nothing more")

    def name_connection(self, run_id: int) -> None:
        """Say for which run this transaction writes, so that it can be ended when the run is taken over."""
        self._name_connection(f"{_WRITES_FOR}{run_id}")

    def _name_connection(self, name: str) -> None:
        # Until the transaction ends: the connection goes back to the pool.
        self._connection.execute(select(func.set_config("application_name", name, True)))

    def beat(self, run_id: int, token: int, now: datetime, progress: JobProgress) -> bool:
        """Record that the run lives and how far it is; return whether somebody asked for its end.

        Raises
        ------
        FencedError
            If the run belongs to another owner by now.
        """
        self.name_connection(run_id)
        statement = (
            update(job_runs)
            .where(self._held(run_id, token))
            .values(
                heartbeat_at=now,
                progress_done=progress.done,
                progress_total=progress.total,
                progress_message=progress.message,
                progress_since=progress.since,
            )
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
        self.name_connection(run_id)
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
        """Mark runs whose owner is gone as failed, or as cancelled where that was asked for; return them.

        What such an owner has not committed is rolled back: one that was only stopped would keep its locks.

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
        orphan = and_(job_runs.c.state == JobState.RUNNING.value, gone)
        self._end_writers(orphan)
        self._drop_reserved(now, stale_before)
        statement = (
            update(job_runs)
            .where(orphan)
            .values(
                state=case(
                    (job_runs.c.cancel_requested, JobState.CANCELLED.value), else_=JobState.FAILED.value
                ),
                finished_at=now,
                message="The process that ran it ended before it was done; nothing half-done was kept.",
            )
            .returning(*_SHOWN)
        )
        return [_run(row) for row in self._connection.execute(statement)]

    def _end_writers(self, orphan: ColumnElement[bool]) -> None:
        """End the connections that write for these runs and wait until each has rolled back."""
        writes_for = _WRITES_FOR + cast(job_runs.c.id, Text)
        self._connection.execute(
            select(func.pg_terminate_backend(_BACKENDS.c.pid, 1000))
            .join_from(_BACKENDS, job_runs, _BACKENDS.c.application_name == writes_for)
            .where(orphan, _BACKENDS.c.datname == func.current_database())
            .where(_BACKENDS.c.pid != func.pg_backend_pid())
        )

    def _drop_reserved(self, now: datetime, stale_before: datetime) -> None:
        """Cancel queued runs that only a process that is gone would ever claim."""
        self._connection.execute(
            update(job_runs)
            .where(job_runs.c.state == JobState.QUEUED.value, job_runs.c.owner.is_not(None))
            .where(job_runs.c.heartbeat_at < stale_before)
            .values(
                state=JobState.CANCELLED.value,
                finished_at=now,
                message="The process that asked for it ended before its turn came.",
            )
        )

    def request_cancel(self, run_id: int, now: datetime) -> bool:
        """Ask a running run to stop and drop a queued one; return whether there was one."""
        is_queued = job_runs.c.state == JobState.QUEUED.value
        statement = (
            update(job_runs)
            .where(job_runs.c.id == run_id, job_runs.c.state.in_(_ACTIVE))
            .values(
                cancel_requested=True,
                state=case((is_queued, JobState.CANCELLED.value), else_=job_runs.c.state),
                finished_at=case((is_queued, now), else_=None),
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
