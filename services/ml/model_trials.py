"""A configuration tried on the active dataset: trained walk-forward and judged on what it forecast."""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.domain.judging import Evaluation, SplitSettings
from models.domain.networks import EpochResult
from models.domain.trials import BASELINES, JudgedBook, Trial, TrialKind
from services.ml.classifiers.interface import Classifier
from services.ml.evaluation_json import curves_to_json, evaluation_to_json, figures_to_json
from services.ml.feature_store.store import features_for
from services.ml.fold_files import fold_store
from services.ml.inputs import MarketInputs
from services.ml.labelled_panel import WINDOW_SESSIONS, LabelSettings, build_samples
from services.ml.samples import Samples
from services.ml.snapshot import data_snapshot
from services.ml.trial_book import book_ground, trial_book
from services.ml.walk_forward import Forecasts, TrainingSettings, walk_forward
from services.ports import Progress
from services.quant.code_version import code_version
from services.quant.judging.evaluation import Outcomes, evaluate_forecasts
from services.quant.judging.splits import walk_forward_splits
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
class TrialGround:
    """What every model of a run is judged on."""

    inputs: MarketInputs
    samples: Samples
    labels: Labels
    returns: dict[int, np.ndarray]
    book: BookGround
    snapshot: str
    code: str


@dataclass(frozen=True, eq=False)
class JudgedTrial:
    """A configuration and how it did out of sample. ``content``: the evaluation as it is stored."""

    trial: Trial
    evaluation: Evaluation
    book: JudgedBook
    curves: Mapping[int, tuple[EpochResult, ...]]  # by fold, of models that learn in epochs

    @property
    def content(self) -> dict[str, Any]:
        """Evaluation, book and learning curves as plain JSON values."""
        return {
            **evaluation_to_json(self.evaluation),
            "book": figures_to_json(self.book.figures),
            "learning_curves": curves_to_json(self.curves),
        }


def prepare_ground(
    inputs: MarketInputs, settings: TrainModelsSettings, data_dir: Path, progress: Progress
) -> TrialGround:
    """Compute features and labels of the whole history, and what forecasts are judged by."""
    panel, filled = inputs.panel, inputs.filled
    progress(0, 0, f"features of {panel.n_rows:,} bars")
    features = features_for(inputs, data_dir, progress)
    labels = compute_labels(
        panel, filled, settings.labels.horizon_sessions, settings.labels.threshold_deviations
    )
    horizons = sorted({*_HORIZONS, settings.labels.horizon_sessions})
    return TrialGround(
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


def run_trial(
    classifier: Classifier,
    ground: TrialGround,
    settings: TrainModelsSettings,
    data_dir: Path,
    progress: Progress,
) -> JudgedTrial:
    """Train before each test, forecast it, and judge all forecasts; finished folds survive a kill.

    Raises
    ------
    InsufficientHistoryError
        If the history is too short for one test, or a fold has nothing to learn from.
    """
    trial = describe_trial(classifier, ground, settings)
    forecasts = _forecast(classifier, trial, ground, settings, data_dir, progress)
    progress(0, 0, f"{classifier.name}: judging {len(forecasts):,} forecasts")
    evaluation = _judge(forecasts, ground, settings)
    progress(0, 0, f"{classifier.name}: its book, and {settings.n_random_books:,} random ones")
    book = trial_book(ground.book, ground.inputs, ground.samples, forecasts, settings.n_random_books)
    return JudgedTrial(trial, evaluation, book, forecasts.curves)


def describe_trial(classifier: Classifier, ground: TrialGround, settings: TrainModelsSettings) -> Trial:
    """Return all that was chosen, and on what it is tried."""
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
    ground: TrialGround,
    settings: TrainModelsSettings,
    data_dir: Path,
    progress: Progress,
) -> Forecasts:
    folder = run_folder(trial, settings.seed, data_dir)
    splits = walk_forward_splits(np.unique(ground.inputs.panel.session), settings.splits)
    forecasts = walk_forward(
        ground.samples, splits, classifier, settings.training, settings.seed, progress, fold_store(folder)
    )
    _drop_old(folder)
    return forecasts


def run_folder(trial: Trial, seed: int, data_dir: Path) -> Path:
    """Return where finished folds and checkpoints of one configuration, data, code and seed are kept."""
    key = "\0".join((trial.fingerprint, trial.data_snapshot, trial.code_version, str(seed)))
    return data_dir / "folds" / hashlib.sha256(key.encode()).hexdigest()[:32]


def _drop_old(newest: Path) -> None:
    others = sorted(
        (path for path in newest.parent.iterdir() if path != newest), key=lambda path: path.stat().st_mtime
    )
    for path in others[: max(0, len(others) + 1 - _MAX_KEPT_RUNS)]:
        shutil.rmtree(path)


def _judge(forecasts: Forecasts, ground: TrialGround, settings: TrainModelsSettings) -> Evaluation:
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
