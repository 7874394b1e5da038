"""What runs under the names of the jobs that explain."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from models.domain.explanations import SignalRequest
from models.domain.jobs import JobName, JobResult
from models.domain.settings import Settings
from services.ports import Clock, Progress, UnitOfWorkFactory

Handler = Callable[[UnitOfWorkFactory, Progress, Mapping[str, Any]], JobResult]


def explanation_handlers(settings: Settings, clock: Clock) -> dict[JobName, Handler]:
    """Bind the use cases, imported when there is something to explain: PyTorch and shap take seconds."""

    def signals(open_work: UnitOfWorkFactory, progress: Progress, _: Mapping[str, Any]) -> JobResult:
        explaining = importlib.import_module("services.usecases.explain_signals")
        result: JobResult = explaining.explain_signals(open_work, settings.data_dir, clock, progress)
        return result

    def symbol(open_work: UnitOfWorkFactory, progress: Progress, parameters: Mapping[str, Any]) -> JobResult:
        explaining = importlib.import_module("services.usecases.explain_symbol")
        request = SignalRequest.of(parameters)
        result: JobResult = explaining.explain_symbol(open_work, settings.data_dir, clock, progress, request)
        return result

    return {JobName.EXPLAIN_SIGNALS: signals, JobName.EXPLAIN_SYMBOL: symbol}
