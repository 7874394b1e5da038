"""What every model is, from the class prior to the networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

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


@dataclass(frozen=True)
class Quiet:
    """A ``Progress`` that nobody watches."""

    def __call__(self, done: int, total: int, message: str) -> None:
        """Say nothing."""
