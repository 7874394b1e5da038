"""One transaction over all repositories."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

from services.ports.market import (
    BarRepository,
    DatasetRepository,
    ProviderCircuitRepository,
    QualityRepository,
    QuarantineRepository,
    QuoteRepository,
)
from services.ports.operations import AuditLog, JobRunRepository, RetentionRepository, UserRepository
from services.ports.results import RiskRepository, SignalRepository
from services.ports.trained import ExplanationRepository, ModelRepository, TrialRepository


class UnitOfWork(Protocol):
    """One transaction over all repositories: committed as a whole or not at all."""

    @property
    def datasets(self) -> DatasetRepository:
        """Datasets and instruments."""

    @property
    def bars(self) -> BarRepository:
        """Bars and events."""

    @property
    def signals(self) -> SignalRepository:
        """Indicators and signals."""

    @property
    def risk(self) -> RiskRepository:
        """What could be lost."""

    @property
    def quarantine(self) -> QuarantineRepository:
        """Rejected rows."""

    @property
    def provider_circuits(self) -> ProviderCircuitRepository:
        """Which providers are asked."""

    @property
    def quotes(self) -> QuoteRepository:
        """Prices within a session."""

    @property
    def quality(self) -> QualityRepository:
        """Flags and shares of quality."""

    @property
    def trials(self) -> TrialRepository:
        """What was tried."""

    @property
    def models(self) -> ModelRepository:
        """Trained models."""

    @property
    def explanations(self) -> ExplanationRepository:
        """Why models say what they say."""

    @property
    def retention(self) -> RetentionRepository:
        """What is deleted after a while."""

    @property
    def jobs(self) -> JobRunRepository:
        """The queue."""

    @property
    def users(self) -> UserRepository:
        """Accounts."""

    @property
    def audit(self) -> AuditLog:
        """Who did what."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Roll back what was not committed."""

    def touch(self, subject: str) -> None:
        """Say that what pages show of a subject (``data``, ``jobs``) changes with this commit."""

    def commit(self) -> None:
        """Check the fence if there is one, bump the revision of what changed, commit."""


UnitOfWorkFactory = Callable[[], AbstractContextManager[UnitOfWork]]
