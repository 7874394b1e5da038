"""What the state of the whole system is read from."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Select, func, lateral, select, true, union_all

from models.domain.jobs import JobName, JobState
from models.domain.market import ProviderCircuit
from models.tables import datasets, instruments, job_runs, leadership, signals
from services.storage.provider_circuits import SqlProviderCircuitRepository

_RUN_COLUMNS = (
    job_runs.c.job,
    job_runs.c.state,
    job_runs.c.attempt,
    job_runs.c.scheduled_for,
    job_runs.c.started_at,
    job_runs.c.finished_at,
    job_runs.c.rows_written,
    job_runs.c.message,
)


@dataclass(frozen=True)
class Leader:
    """The worker that runs the jobs."""

    owner: str
    token: int
    heartbeat_at: datetime


@dataclass(frozen=True)
class NewestRun:
    """The newest run of a job that is not waiting in the queue."""

    job: str
    state: JobState
    attempt: int
    scheduled_for: datetime
    started_at: datetime | None
    finished_at: datetime | None
    rows_written: int | None
    message: str


@dataclass(frozen=True)
class DatasetState:
    """The dataset that pages show; ``last_session`` is that of its newest signal, None before the first."""

    provider: str
    label: str
    refreshed_at: datetime | None
    last_session: date | None


@dataclass(frozen=True)
class RunCount:
    """How many runs of a job are in a state."""

    job: str
    state: str
    n_runs: int


class SqlSystemState:
    """Reads the state of the system."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def server_version(self) -> str:
        """Return PostgreSQL's version, such as ``18.0``."""
        return str(self._connection.exec_driver_sql("SHOW server_version").scalar_one())

    def leader(self) -> Leader | None:
        """Return the leader that was elected last, None before the first election."""
        columns = (leadership.c.owner, leadership.c.token, leadership.c.heartbeat_at)
        row = self._connection.execute(select(*columns)).one_or_none()
        return None if row is None else Leader(row.owner, row.token, row.heartbeat_at)

    def newest_runs(self) -> tuple[NewestRun, ...]:
        """Return the newest run of each job that ever ran."""
        # One index lookup a job: the table grows for ever, and this is asked every second.
        rows = self._connection.execute(union_all(*(_newest_run(job) for job in JobName)))
        return tuple(
            NewestRun(
                row.job,
                JobState(row.state),
                row.attempt,
                row.scheduled_for,
                row.started_at,
                row.finished_at,
                row.rows_written,
                row.message,
            )
            for row in rows
        )

    def circuits(self) -> tuple[ProviderCircuit, ...]:
        """Return the circuit of every provider that was ever asked."""
        return SqlProviderCircuitRepository(self._connection).of_providers()

    def failing_symbols(self) -> dict[str, int]:
        """Return how many symbols of each provider failed when they were asked last."""
        return SqlProviderCircuitRepository(self._connection).failing_symbols()

    def run_counts(self) -> tuple[RunCount, ...]:
        """Return the number of runs of each job in each state; reads the whole table."""
        rows = self._connection.execute(
            select(job_runs.c.job, job_runs.c.state, func.count().label("n_runs"))
            .group_by(job_runs.c.job, job_runs.c.state)
            .order_by(job_runs.c.job, job_runs.c.state)
        )
        return tuple(RunCount(row.job, row.state, row.n_runs) for row in rows)

    def dataset(self) -> DatasetState | None:
        """Return the dataset activated last; one index lookup an instrument."""
        shown = (
            select(datasets.c.id, datasets.c.provider, datasets.c.label, datasets.c.refreshed_at)
            .where(datasets.c.activated_at.is_not(None))
            .order_by(datasets.c.activated_at.desc(), datasets.c.id.desc())
            .limit(1)
        )
        row = self._connection.execute(shown).one_or_none()
        if row is None:
            return None
        newest = lateral(
            select(signals.c.session)
            .where(signals.c.instrument_id == instruments.c.id)
            .order_by(signals.c.session.desc())
            .limit(1)
        )
        last_session: date | None = self._connection.execute(
            select(func.max(newest.c.session))
            .select_from(instruments)
            .join(newest, true())
            .where(instruments.c.dataset_id == row.id, instruments.c.in_universe)
        ).scalar_one()
        return DatasetState(row.provider, row.label, row.refreshed_at, last_session)


def _newest_run(job: JobName) -> Select[tuple[object, ...]]:
    newest = (
        select(*_RUN_COLUMNS)
        .where(job_runs.c.job == job.value, job_runs.c.state != JobState.QUEUED.value)
        .order_by(job_runs.c.scheduled_for.desc(), job_runs.c.attempt.desc())
        .limit(1)
        .subquery()
    )
    return select(newest)
