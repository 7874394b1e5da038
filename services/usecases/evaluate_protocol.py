"""Run a published benchmark on a file of prices, and log it in the ledger of trials."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.domain.errors import InvalidMarketDataError
from models.domain.protocols import Protocol, ProtocolPart
from models.domain.settings import Settings
from models.domain.trials import BenchmarkCount, Trial, TrialKind
from services.ml.catalogue import make_classifier
from services.ml.classifiers.interface import Classifier
from services.ml.evaluation_json import protocol_to_json
from services.ml.price_ratios import protocol_samples
from services.ml.protocol_evaluation import ProtocolEvaluation, evaluate_on_protocol
from services.ml.samples import Samples
from services.ports import Clock, Progress, UnitOfWorkFactory
from services.providers.files import FilesProvider
from services.quant.code_version import code_version

_SPAN = ("train_from", "validation_from", "test_from", "test_to")


@dataclass(frozen=True, eq=False)
class ProtocolRun:
    """What came of a run, and what the ledger has to know of it."""

    trial: Trial
    evaluation: ProtocolEvaluation


def evaluate_protocol(
    protocol: Protocol,
    prices: Path,
    model: str,
    n_seeds: int,
    clock: Clock,
    progress: Progress,
    part: ProtocolPart = ProtocolPart.TEST,
) -> ProtocolRun:
    """Read the prices, make the protocol's samples, train and judge.

    Parameters
    ----------
    protocol : Protocol
    prices : Path
        CSV or Parquet with symbol, date, open, high, low, close, adj_close, volume.
    model : str
        Name in ``services.ml.catalogue``.
    n_seeds : int
        Trainings, from seed 0 up.
    clock, progress
        The world.
    part : ProtocolPart
        What it is judged on.

    Raises
    ------
    InvalidMarketDataError
        If the file cannot be used.
    InvalidRequestError
        If there is no such model, or it lacks a setting that the protocol gives it.
    InsufficientHistoryError
        If the file lacks the protocol's sessions.
    """
    classifier = make_classifier(model, protocol.window_sessions, protocol.model_settings.get(model))
    progress(0, n_seeds, "reading prices")
    provider = FilesProvider(Settings(data_path=(prices,)), clock)
    bars = provider.fetch(progress).bars
    if bars["adj_close"].isna().all():
        raise InvalidMarketDataError(f"{prices}: has no column adj_close, which protocols go by; add it")
    samples = protocol_samples(bars, protocol)
    found = evaluate_on_protocol(samples, protocol, classifier, n_seeds, progress, part)
    return ProtocolRun(_trial(protocol, classifier, samples, part), found)


def record_protocol_run(
    open_work: UnitOfWorkFactory, run: ProtocolRun, clock: Clock
) -> tuple[int, BenchmarkCount]:
    """Log a run in the ledger; return its number there, and how often the benchmark was tried by now.

    Seeds and reruns are no new trial. A configuration that is judged on validation and later on the test has
    two entries and counts as one.
    """
    with open_work() as work:
        number = work.trials.record(
            run.trial,
            dataset_id=None,
            evaluation=protocol_to_json(run.evaluation),
            returns=None,
            now=clock.now(),
        )
        tried = work.trials.count_benchmark(run.trial.configuration["protocol"]["name"])
        work.touch("models")
        work.commit()
    return number, tried


def _trial(protocol: Protocol, classifier: Classifier, samples: Samples, part: ProtocolPart) -> Trial:
    rules: Mapping[str, Any] = {
        name: str(value) if name in _SPAN else value
        for name, value in asdict(protocol).items()
        if name not in {"published", "model_settings"}
    }
    configuration = {"protocol": rules, "model": dict(classifier.configuration)}
    kind = TrialKind.PROTOCOL if part is ProtocolPart.TEST else TrialKind.VALIDATION
    return Trial(kind, classifier.name, configuration, _snapshot(samples), code_version("services.ml"))


def _snapshot(samples: Samples) -> str:
    """Return a hash of all that is learnt from and tested on: 64 hex digits."""
    found = hashlib.sha256()
    for array in (samples.features, samples.source, samples.places, samples.labels, samples.sessions):
        found.update(f"{array.dtype} {array.shape}\0".encode())
        found.update(np.ascontiguousarray(array).view(np.uint8).data)
    return found.hexdigest()
