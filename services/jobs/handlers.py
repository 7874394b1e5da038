"""What runs under each job's name."""

import importlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from models.domain.jobs import JobName, JobResult
from models.domain.risk_request import RiskRequest
from models.domain.settings import Settings
from services.jobs.explanation_handlers import Handler, explanation_handlers
from services.ports import Clock, LiveFeed, Progress, UnitOfWorkFactory
from services.providers.registry import open_provider
from services.usecases.infer_signals import infer_signals
from services.usecases.ingest_bars import ingest_bars
from services.usecases.measure_drift import measure_drift
from services.usecases.prune_history import prune_history
from services.usecases.refresh_quotes import refresh_quotes
from services.usecases.score_indicators import score_indicators

__all__ = ["Handler", "build_handlers"]


def build_handlers(settings: Settings, clock: Clock) -> dict[JobName, Handler]:
    """Bind the use cases to the settings."""

    def ingest(open_work: UnitOfWorkFactory, progress: Progress, _: Mapping[str, Any]) -> JobResult:
        return ingest_bars(open_work, open_provider(settings, clock), clock, progress)

    def score(open_work: UnitOfWorkFactory, progress: Progress, parameters: Mapping[str, Any]) -> JobResult:
        as_of = parameters.get("as_of")
        day = date.fromisoformat(as_of) if as_of else None
        everything = bool(parameters.get("everything"))
        return score_indicators(open_work, clock, progress, day, everything=everything)

    def quote(open_work: UnitOfWorkFactory, progress: Progress, _: Mapping[str, Any]) -> JobResult:
        feed = open_provider(settings, clock)
        if not isinstance(feed, LiveFeed):
            return JobResult(0, f"no quotes: DATA_PROVIDER={settings.data_provider} has none")
        return refresh_quotes(open_work, feed, clock, progress)

    def train(open_work: UnitOfWorkFactory, progress: Progress, parameters: Mapping[str, Any]) -> JobResult:
        # Imported when a training begins: its libraries would keep the worker's first prices waiting.
        training = importlib.import_module("services.usecases.train_models")
        chosen = training.parse_training(parameters)
        result: JobResult = training.train_models(open_work, settings.data_dir, clock, progress, chosen)
        return result

    def infer(open_work: UnitOfWorkFactory, progress: Progress, _: Mapping[str, Any]) -> JobResult:
        result = infer_signals(open_work, settings.data_dir, clock, progress)
        # The signals stand by now: nobody waits for this.
        drift = measure_drift(open_work, settings.data_dir, clock, progress)
        said = "" if drift is None else f"; against its training, {drift.sentence()}"
        return replace(result, message=result.message + said)

    def prune(open_work: UnitOfWorkFactory, progress: Progress, _: Mapping[str, Any]) -> JobResult:
        return prune_history(open_work, clock, progress)

    return {
        JobName.INGEST_BARS: ingest,
        JobName.SCORE_INDICATORS: score,
        JobName.INFER_SIGNALS: infer,
        **explanation_handlers(settings, clock),
        JobName.REFRESH_QUOTES: quote,
        JobName.TRAIN_MODELS: train,
        JobName.SIMULATE_RISK: partial(_simulate_risk, clock),
        JobName.PRUNE_HISTORY: prune,
    }


def _simulate_risk(
    clock: Clock, open_work: UnitOfWorkFactory, progress: Progress, parameters: Mapping[str, Any]
) -> JobResult:
    # Imported when it runs, as training is: a compiler and the estimators come with it.
    risk = importlib.import_module("services.usecases.simulate_risk")
    requests = (RiskRequest.from_parameters(parameters),) if parameters else risk.SCHEDULED
    result: JobResult = risk.simulate_risk(open_work, clock, progress, requests)
    return result
