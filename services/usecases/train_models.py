"""Train models walk-forward, judge their forecasts, and log every one in the ledger."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np

from models.domain.jobs import JobResult
from models.domain.judging import Evaluation, SplitSettings
from models.domain.market import Dataset
from models.domain.trials import BASELINES, BookFigures, Trial, TrialKind, TrialStatistics
from services.ml.catalogue import check_classifier, make_classifier
from services.ml.classifiers.interface import Classifier
from services.ml.evaluation_json import evaluation_to_json, figures_to_json
from services.ml.feature_store.store import features_for
from services.ml.fold_files import fold_store
from services.ml.inputs import MarketInputs, read_inputs
from services.ml.labelled_panel import THREE_CLASSES, WINDOW_SESSIONS, LabelSettings, build_samples
from services.ml.samples import Samples
from services.ml.snapshot import data_snapshot
from services.ml.trial_book import book_ground, trial_book
from services.ml.walk_forward import Forecasts, TrainingSettings, walk_forward
from services.ports import Clock, Progress, UnitOfWork, UnitOfWorkFactory
from services.quant.code_version import code_version
from services.quant.judging.evaluation import Outcomes, evaluate_forecasts
from services.quant.judging.splits import walk_forward_splits
from services.quant.judging.trial_statistics import trial_statistics
from services.quant.portfolio.judged_book import N_RANDOM_BOOKS, BookGround
from services.quant.targets import Labels, compute_labels

_HORIZONS = (1, 2, 5, 10, 20)
_CODE = ("services.ml", "services.quant.features", "services.quant.indicators", "services.quant.targets")
_MAX_KEPT_RUNS = 20  # folders of finished folds; each holds a few dozen MB at most


@dataclass(frozen=True)
class TrainModelsSettings:
    """What is tried. ``models``: names in ``services.ml.catalogue``."""

    models: tuple[str, ...] = BASELINES
    window_sessions: int = WINDOW_SESSIONS
    seed: int = 0
    labels: LabelSettings = field(default_factory=LabelSettings)
    splits: SplitSettings = field(default_factory=SplitSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    n_random_books: int = N_RANDOM_BOOKS


@dataclass(frozen=True, eq=False)
class _Judged:
    """A model of this run: its number in the ledger, and what was found."""

    trial: int
    evaluation: Evaluation
    book: BookFigures


@dataclass(frozen=True, eq=False)
class _Ground:
    """What every model of a run is judged on."""

    inputs: MarketInputs
    samples: Samples
    labels: Labels
    returns: dict[int, np.ndarray]
    book: BookGround
    snapshot: str
    code: str


def train_models(
    open_work: UnitOfWorkFactory,
    data_dir: Path,
    clock: Clock,
    progress: Progress,
    settings: TrainModelsSettings | None = None,
) -> JobResult:
    """Train and judge each model on the active dataset; finished folds survive a kill.

    Parameters
    ----------
    open_work, clock, progress
        The world.
    data_dir : Path
        Where features and finished folds are kept.
    settings : TrainModelsSettings, optional

    Raises
    ------
    NotYetComputedError
        If no prices are stored.
    InsufficientHistoryError
        If the history is too short for one test.
    InvalidRequestError
        If a model is not known.
    """
    settings = settings or TrainModelsSettings()
    for name in settings.models:
        check_classifier(name)
    progress(0, 0, "reading bars")
    with open_work() as work:
        inputs = read_inputs(work)
    ground = _prepare(inputs, settings, data_dir, progress)
    found: dict[str, _Judged] = {}
    for name in settings.models:
        classifier = make_classifier(name)
        trial = _trial(classifier, ground, settings)
        forecasts = _forecast(classifier, trial, ground, settings, data_dir, progress)
        progress(0, 0, f"{classifier.name}: judging {len(forecasts):,} forecasts")
        evaluation = _judge(forecasts, ground, settings)
        progress(0, 0, f"{classifier.name}: its book, and {settings.n_random_books:,} random ones")
        book = trial_book(ground.book, inputs, ground.samples, forecasts, settings.n_random_books)
        with open_work() as work:
            number = work.trials.record(
                trial,
                dataset_id=inputs.dataset.id,
                evaluation={**evaluation_to_json(evaluation), "book": figures_to_json(book.figures)},
                returns=book.returns,
                now=clock.now(),
            )
            work.touch("models")
            work.commit()
        found[classifier.name] = _Judged(number, evaluation, book.figures)
    with open_work() as work:
        ledger = _ledger_statistics(work, inputs.dataset)
    return _result(found, ledger, inputs.dataset)


def _ledger_statistics(work: UnitOfWork, dataset: Dataset) -> TrialStatistics:
    """Return what all trials of the dataset say, those of earlier runs too."""
    number = cast("int", dataset.id)  # of stored prices
    return trial_statistics(work.trials.returns(number), work.trials.count(number))


def _prepare(
    inputs: MarketInputs, settings: TrainModelsSettings, data_dir: Path, progress: Progress
) -> _Ground:
    panel, filled = inputs.panel, inputs.filled
    progress(0, 0, f"features of {panel.n_rows:,} bars")
    features = features_for(inputs, data_dir, progress)
    labels = compute_labels(
        panel, filled, settings.labels.horizon_sessions, settings.labels.threshold_deviations
    )
    horizons = sorted({*_HORIZONS, settings.labels.horizon_sessions})
    return _Ground(
        inputs,
        build_samples(
            panel,
            filled,
            features,
            labels,
            inputs.context.is_member,
            n_classes=settings.labels.n_classes,
            window_sessions=settings.window_sessions,
        ),
        labels,
        {horizon: compute_labels(panel, filled, horizon).forward_return for horizon in horizons},
        book_ground(inputs, settings.labels.horizon_sessions),
        data_snapshot(inputs),
        code_version(*_CODE),
    )


def _trial(classifier: Classifier, ground: _Ground, settings: TrainModelsSettings) -> Trial:
    dataset = ground.inputs.dataset
    names = ground.samples.feature_names
    return Trial(
        TrialKind.WALK_FORWARD,
        classifier.name,
        {
            "data": {"provider": dataset.provider, "fingerprint": dataset.fingerprint},
            "features": hashlib.sha256("\0".join(names).encode()).hexdigest(),
            "window_sessions": settings.window_sessions,
            "labels": asdict(settings.labels),
            "splits": asdict(settings.splits),
            "training": asdict(settings.training),
            "model": dict(classifier.configuration),
        },
        ground.snapshot,
        ground.code,
    )


def _forecast(
    classifier: Classifier,
    trial: Trial,
    ground: _Ground,
    settings: TrainModelsSettings,
    data_dir: Path,
    progress: Progress,
) -> Forecasts:
    key = hashlib.sha256(
        "\0".join((trial.fingerprint, trial.data_snapshot, trial.code_version, str(settings.seed))).encode()
    )
    runs = data_dir / "folds"
    folder = runs / key.hexdigest()[:32]
    splits = walk_forward_splits(np.unique(ground.inputs.panel.session), settings.splits)
    forecasts = walk_forward(
        ground.samples, splits, classifier, settings.training, settings.seed, progress, fold_store(folder)
    )
    _drop_old(runs, folder)
    return forecasts


def _drop_old(runs: Path, newest: Path) -> None:
    others = sorted(
        (path for path in runs.iterdir() if path != newest), key=lambda path: path.stat().st_mtime
    )
    for path in others[: max(0, len(others) + 1 - _MAX_KEPT_RUNS)]:
        shutil.rmtree(path)


def _judge(forecasts: Forecasts, ground: _Ground, settings: TrainModelsSettings) -> Evaluation:
    samples = ground.samples
    at = np.searchsorted(samples.places, forecasts.places)
    rows = samples.source[forecasts.places]
    outcomes = Outcomes(
        forecasts.probabilities,
        samples.labels[at],
        forecasts.sessions,
        ground.inputs.context.sector[forecasts.symbols],
        {horizon: values[rows] for horizon, values in ground.returns.items()},
    )
    return evaluate_forecasts(outcomes, settings.labels.horizon_sessions, ground.inputs.sector_names)


def _result(found: dict[str, _Judged], ledger: TrialStatistics, dataset: Dataset) -> JobResult:
    models = {name: _model_json(one, ledger) for name, one in found.items()}
    best = max(found, key=lambda name: found[name].evaluation.metrics["ic"].value)
    judged = found[best].evaluation
    interval = judged.metrics["ic"]
    verdict = "no edge found" if judged.ic_lower_bound <= 0.0 else "an edge that costs may still eat"
    message = (
        f"{len(found)} models judged on {judged.n_sessions:,} sessions out of sample; best IC {best} "
        f"{interval.value:.3f} ({interval.low:.3f} to {interval.high:.3f}): {verdict}"
    )
    detail = {
        "models": models,
        "n_trials": ledger.n_trials,
        "overfitting": figures_to_json(ledger.overfitting),
        "dataset": dataset.label,
    }
    return JobResult(len(found), message, detail)


def _model_json(one: _Judged, ledger: TrialStatistics) -> dict[str, Any]:
    metrics = one.evaluation.metrics
    return {
        "trial": one.trial,
        "n": one.evaluation.n,
        "ic_low": metrics["ic"].low,
        "ic_high": metrics["ic"].high,
        **{name: metrics[name].value for name in ("accuracy", "mcc", "brier", "ic", "auc")},
        "book": figures_to_json(one.book),
        "sharpe": figures_to_json(ledger.by_trial[one.trial]),
    }


def parse_models(names: Sequence[str]) -> tuple[str, ...]:
    """Return the models asked for, the baselines always with them, each once."""
    return tuple(dict.fromkeys((*BASELINES, *names)))


def parse_training(parameters: Mapping[str, Any]) -> TrainModelsSettings:
    """Return the settings of a job's parameters: ``models`` beside the baselines, and ``classes``, 2 or 3."""
    labels = LabelSettings(n_classes=int(parameters.get("classes", len(THREE_CLASSES))))
    return TrainModelsSettings(models=parse_models(parameters.get("models", ())), labels=labels)
