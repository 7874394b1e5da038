"""A model trained again before each test, and its forecasts there: the only ones that count."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from models.domain.errors import InsufficientHistoryError
from models.domain.judging import Split
from models.domain.networks import EpochResult
from services.ml.classifiers.interface import (
    Classifier,
    FittedClassifier,
    LearntInEpochs,
    resumable,
)
from services.ml.preprocessing import Preprocessing, PreprocessingSettings
from services.ml.samples import Samples
from services.ports import Progress
from services.quant.judging.calibration import apply_temperature, fit_temperature
from services.quant.judging.splits import MAX_TRAIN_WINDOWS, training_rows


@dataclass(frozen=True)
class TrainingSettings:
    """What is done alike for every model. ``max_windows``: the newest that are learnt from."""

    horizon_sessions: int = 5
    max_windows: int = MAX_TRAIN_WINDOWS
    preprocessing: PreprocessingSettings = field(default_factory=PreprocessingSettings)


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """All that turns samples into calibrated probabilities."""

    preprocessing: Preprocessing
    classifier: FittedClassifier
    temperature: float

    def predict(self, samples: Samples) -> np.ndarray:
        """Return calibrated probabilities, float64, shape (n_samples, n_classes)."""
        found = self.classifier.predict(self.preprocessing.apply(samples))
        return apply_temperature(found, self.temperature)


@dataclass(frozen=True, eq=False)
class Forecasts:
    """Calibrated probabilities of samples that their model did not learn from; arrays of n_samples.

    ``places`` tells the samples apart (``Samples.places``); ``fold`` numbers the model. ``curves`` says how
    the model of each fold learnt, by number; models that do not learn in epochs have none.
    """

    places: np.ndarray  # int64
    sessions: np.ndarray  # datetime64[D]
    symbols: np.ndarray  # int32
    fold: np.ndarray  # int16
    probabilities: np.ndarray  # float64, shape (n_samples, n_classes)
    curves: Mapping[int, tuple[EpochResult, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of forecasts."""
        return int(self.places.size)

    @classmethod
    def join(cls, parts: Sequence["Forecasts"]) -> "Forecasts":
        """Return all parts as one."""
        names = ("places", "sessions", "symbols", "fold", "probabilities")
        return cls(
            **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names},
            curves={fold: curve for part in parts for fold, curve in part.curves.items()},
        )


def training_parts(samples: Samples, split: Split, settings: TrainingSettings) -> tuple[Samples, Samples]:
    """Return what a model learns from before a test, and what it is stopped and calibrated by.

    Both have every h-th session alone, the newest windows first when there are too many.
    """
    thinned = []
    for sessions in (split.train, split.validation):
        part = samples.between(sessions[0], sessions[-1]).labelled()
        places = np.searchsorted(sessions, part.sessions)
        thinned.append(part.take(training_rows(places, settings.horizon_sessions, settings.max_windows)))
    return thinned[0], thinned[1]


def train(
    train_part: Samples,
    validation_part: Samples,
    classifier: Classifier,
    settings: TrainingSettings,
    seed: int,
    progress: Progress,
) -> TrainedModel:
    """Fit scaling and selection, the model and its temperature, in this order.

    Raises
    ------
    InsufficientHistoryError
        If training or validation has fewer than two classes.
    """
    train_part.require_classes()
    preprocessing = Preprocessing.fit(train_part, settings.preprocessing)
    seen, checked = preprocessing.apply(train_part), preprocessing.apply(validation_part)
    fitted = classifier.fit(seen, checked, seed, progress)
    return TrainedModel(
        preprocessing, fitted, fit_temperature(fitted.predict(checked), validation_part.labels)
    )


def forecast(model: TrainedModel, test: Samples, fold: int) -> Forecasts:
    """Return the model's forecasts of every sample of a test, labelled or not."""
    fitted = model.classifier
    return Forecasts(
        test.places,
        test.sessions,
        test.symbols,
        np.full(len(test), fold, dtype=np.int16),
        model.predict(test),
        {fold: fitted.learning_curve} if isinstance(fitted, LearntInEpochs) else {},
    )


@dataclass(frozen=True)
class FoldStore:
    """Where finished folds are kept, so that a killed training goes on after them.

    ``checkpoint`` names a file for the fold that is being trained; it may be deleted once that is saved.
    """

    load: Callable[[int], Forecasts | None]
    save: Callable[[int, Forecasts], None]
    checkpoint: Callable[[int], Path]


def walk_forward(
    samples: Samples,
    splits: Sequence[Split],
    classifier: Classifier,
    settings: TrainingSettings,
    seed: int,
    progress: Progress,
    store: FoldStore | None = None,
) -> Forecasts:
    """Train before each test and forecast it.

    Parameters
    ----------
    samples : Samples
        Of the whole history.
    splits : sequence of Split
        Oldest first.
    classifier : Classifier
    settings : TrainingSettings
    seed : int
        The same in each fold.
    progress : Progress
    store : FoldStore, optional
        Folds found there are not trained again.

    Returns
    -------
    Forecasts
        Of all tests; each sample at most once.

    Raises
    ------
    InsufficientHistoryError
        If a fold has nothing to learn from.
    """
    parts = []
    for fold, split in enumerate(splits):
        step = f"{classifier.name}: fold {fold + 1} of {len(splits)}"
        progress(fold, len(splits), step)
        found = store.load(fold) if store else None
        if found is None:
            learner = resumable(classifier, store.checkpoint(fold)) if store else classifier
            found = _run_fold(samples, split, learner, settings, seed, fold, progress)
            if store:
                store.save(fold, found)
        parts.append(found)
    progress(len(splits), len(splits), f"{classifier.name}: all folds forecast")
    return Forecasts.join(parts)


def _run_fold(
    samples: Samples,
    split: Split,
    classifier: Classifier,
    settings: TrainingSettings,
    seed: int,
    fold: int,
    progress: Progress,
) -> Forecasts:
    begin, end = split.test[0], split.test[-1]
    train_part, validation_part = training_parts(samples, split, settings)
    if len(train_part) == 0 or len(validation_part) == 0:
        raise InsufficientHistoryError(
            f"The test of {begin} to {end} has nothing to learn from: {len(train_part):,} training and "
            f"{len(validation_part):,} validation windows; take a longer history or more symbols"
        )
    test = samples.between(begin, end)

    def within_fold(done: int, total: int, message: str) -> None:
        progress(fold, 0, f"{classifier.name}: test from {begin}: {message} {done:,} of {total:,}")

    model = train(train_part, validation_part, classifier, settings, seed, within_fold)
    return forecast(model, test, fold)
