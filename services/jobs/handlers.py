"""What runs under each job's name."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from models.domain.jobs import JobName, JobResult
from models.domain.settings import Settings
from services.ports import Clock, Progress, UnitOfWorkFactory
from services.providers.registry import open_provider
from services.usecases.ingest_bars import ingest_bars
from services.usecases.score_indicators import score_indicators

Handler = Callable[[UnitOfWorkFactory, Progress, Mapping[str, Any]], JobResult]


def build_handlers(settings: Settings, clock: Clock) -> dict[JobName, Handler]:
    """Bind the use cases to the settings."""

    def ingest(open_work: UnitOfWorkFactory, progress: Progress, _: Mapping[str, Any]) -> JobResult:
        return ingest_bars(open_work, open_provider(settings, clock), clock, progress)

    def score(open_work: UnitOfWorkFactory, progress: Progress, parameters: Mapping[str, Any]) -> JobResult:
        as_of = parameters.get("as_of")
        day = date.fromisoformat(as_of) if as_of else None
        everything = bool(parameters.get("everything"))
        return score_indicators(open_work, clock, progress, day, everything=everything)

    return {JobName.INGEST_BARS: ingest, JobName.SCORE_INDICATORS: score}
