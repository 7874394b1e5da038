"""One transaction over all repositories."""

from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError

from services.storage.audit import SqlAuditLog
from services.storage.bars import SqlBarRepository
from services.storage.datasets import SqlDatasetRepository
from services.storage.engine import database_errors
from services.storage.explanations import SqlExplanationRepository
from services.storage.health import SqlSystemState
from services.storage.job_runs import SqlJobRunRepository
from services.storage.model_registry import SqlModelRepository
from services.storage.provider_circuits import SqlProviderCircuitRepository
from services.storage.quality import SqlQualityRepository
from services.storage.quarantine import SqlQuarantineRepository
from services.storage.quotes import SqlQuoteRepository
from services.storage.retention import SqlRetention
from services.storage.revisions import bump_revision
from services.storage.risk import SqlRiskRepository
from services.storage.signals import SqlSignalRepository
from services.storage.trials import SqlTrialRepository
from services.storage.users import SqlUserRepository


@dataclass(frozen=True)
class Fence:
    """The claim under which a job writes."""

    run_id: int
    token: int


class SqlUnitOfWork:
    """``UnitOfWork`` on PostgreSQL. Not to be shared between threads.

    A commit under a fence is refused once the run has been taken over, so that a process which was stopped
    and woke up again cannot write over its successor's work.
    """

    def __init__(self, engine: Engine, fence: Fence | None = None) -> None:
        self._engine = engine
        self._fence = fence
        self._changed: set[str] = set()

    def __enter__(self) -> Self:
        """Begin."""
        with database_errors(self._engine):
            self._connection: Connection = self._engine.connect()
            self._transaction = self._begin()
        self.datasets = SqlDatasetRepository(self._connection)
        self.bars = SqlBarRepository(self._connection)
        self.signals = SqlSignalRepository(self._connection)
        self.jobs = SqlJobRunRepository(self._connection)
        self.users = SqlUserRepository(self._connection)
        self.audit = SqlAuditLog(self._connection)
        self.quarantine = SqlQuarantineRepository(self._connection)
        self.quality = SqlQualityRepository(self._connection)
        self.provider_circuits = SqlProviderCircuitRepository(self._connection)
        self.retention = SqlRetention(self._connection)
        self.quotes = SqlQuoteRepository(self._connection)
        self.system = SqlSystemState(self._connection)
        self.risk = SqlRiskRepository(self._connection)
        self.trials = SqlTrialRepository(self._connection)
        self.models = SqlModelRepository(self._connection)
        self.explanations = SqlExplanationRepository(self._connection)
        self._guard = database_errors(self._engine)
        self._guard.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Roll back what was not committed; a lost connection becomes DatabaseUnavailableError."""
        try:
            # A connection that is lost cannot roll back and need not: PostgreSQL has done so.
            with suppress(DBAPIError):
                if self._transaction.is_active and not self._connection.invalidated:
                    self._transaction.rollback()
        finally:
            self._connection.close()
            self._guard.__exit__(kind, error, trace)

    def _begin(self) -> RootTransaction:
        transaction = self._connection.begin()
        if self._fence is not None:
            SqlJobRunRepository(self._connection).name_connection(self._fence.run_id)
        return transaction

    def touch(self, subject: str) -> None:
        """Say that what pages show of a subject (``data``, ``jobs``) changes with this commit."""
        self._changed.add(subject)

    def commit(self) -> None:
        """Check the fence if there is one, raise the revision of what changed, commit."""
        if self._fence is not None:
            self.jobs.check_fence(self._fence.run_id, self._fence.token)
        for subject in sorted(self._changed):
            bump_revision(self._connection, subject)
        self._transaction.commit()
        self._changed.clear()
        self._transaction = self._begin()
