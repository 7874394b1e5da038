"""Protocols between the layers: what a use case, a query or a job needs of the world.

Implementations stand in ``services.storage`` and ``services.providers``; tests may bring fakes.
"""

from services.ports.market import (
    BarRepository,
    DatasetRepository,
    ProviderCircuitRepository,
    QualityRepository,
    QuarantineRepository,
    QuoteRepository,
)
from services.ports.operations import AuditLog, JobRunRepository, RetentionRepository, UserRepository
from services.ports.providers import LiveFeed, MarketDataProvider, RecognisableSource, StoredHistory
from services.ports.results import RiskRepository, SignalRepository
from services.ports.runtime import Clock, Progress
from services.ports.trained import ExplanationRepository, ModelRepository, TrialRepository
from services.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

__all__ = [
    "AuditLog",
    "BarRepository",
    "Clock",
    "DatasetRepository",
    "ExplanationRepository",
    "JobRunRepository",
    "LiveFeed",
    "MarketDataProvider",
    "ModelRepository",
    "Progress",
    "ProviderCircuitRepository",
    "QualityRepository",
    "QuarantineRepository",
    "QuoteRepository",
    "RecognisableSource",
    "RetentionRepository",
    "RiskRepository",
    "SignalRepository",
    "StoredHistory",
    "TrialRepository",
    "UnitOfWork",
    "UnitOfWorkFactory",
    "UserRepository",
]
