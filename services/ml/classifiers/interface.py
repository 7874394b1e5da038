"""What every model is, from the class prior to the networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from models.domain.networks import EpochResult
from services.ml.samples import Samples
from services.ports import Progress


class FittedClassifier(Protocol):
    """A model that has been trained."""

    def predict(self, samples: Samples) -> np.ndarray:
        """Return probabilities, float64, shape (n_samples, n_classes), rows summing to 1."""

    def files(self) -> dict[str, bytes]:
        """Return all that ``predict`` needs, by file name: JSON, text or safetensors, nothing pickled."""


class Classifier(Protocol):
    """A model and its configuration, not yet trained."""

    @property
    def name(self) -> str:
        """Name in the registry."""

    @property
    def configuration(self) -> Mapping[str, Any]:
        """All settings but the seed, as plain JSON values: two trials with the same ones are one."""

    def fit(self, train: Samples, validation: Samples, seed: int, progress: Progress) -> FittedClassifier:
        """Learn from ``train``; ``validation`` decides when to stop and nothing else.

        Raises
        ------
        InsufficientHistoryError
            If there is too little to learn from.
        """


@runtime_checkable
class ResumableClassifier(Protocol):
    """A classifier that learns for so long that a killed training has to go on where it was."""

    def kept_in(self, path: Path) -> Classifier:
        """Return the same classifier, which keeps its state in that file while it learns.

        The file belongs to one configuration, one set of samples and one seed.
        """


def resumable(classifier: Classifier, path: Path) -> Classifier:
    """Return a classifier that goes on from what is kept in a file, where it is one that can."""
    return classifier.kept_in(path) if isinstance(classifier, ResumableClassifier) else classifier


@runtime_checkable
class LearntInEpochs(Protocol):
    """A fitted classifier that can show how it learnt."""

    @property
    def learning_curve(self) -> tuple[EpochResult, ...]:
        """One point an epoch, oldest first."""


@dataclass(frozen=True)
class Quiet:
    """A ``Progress`` that nobody watches."""

    def __call__(self, done: int, total: int, message: str) -> None:
        """Say nothing."""
