"""What every method of attribution returns, and the game that several of them play."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, softmax

from models.domain.explanations import Method
from services.ml.explanations.shapley import Game

# Every feature at its training median is 0 after scaling.
MEDIAN_BASELINE = "every feature at its training median, over the whole window"
_WINDOWS_AT_ONCE = 2048
# Scaled windows, float32, shape (n, n_days, n_features), NaN where a value is not known; to what is explained
# of each class, float64, shape (n, n_classes).
Outputs = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Attributions:
    """What each feature adds to the output of a class, of n windows.

    ``by_day`` has no days where a method shares by feature alone. ``standard_errors`` are 0 where it is
    exact.
    """

    method: Method
    baseline: str
    outputs: np.ndarray  # float64, shape (n,)
    base_outputs: np.ndarray  # float64, shape (n,)
    by_feature: np.ndarray  # float64, shape (n, n_features)
    by_day: np.ndarray  # float64, shape (n, n_days, n_features)
    standard_errors: np.ndarray  # float64, shape (n, n_features)

    @property
    def additivity_errors(self) -> np.ndarray:
        """How far the attributions are from summing up: float64, shape (n,)."""
        error: np.ndarray = np.abs(self.by_feature.sum(axis=1) - (self.outputs - self.base_outputs))
        return error

    @classmethod
    def of_days(
        cls, method: Method, outputs: np.ndarray, base_outputs: np.ndarray, by_day: np.ndarray
    ) -> "Attributions":
        """Return exact attributions by day against the training medians."""
        by_feature = by_day.sum(axis=1)
        return cls(
            method, MEDIAN_BASELINE, outputs, base_outputs, by_feature, by_day, np.zeros_like(by_feature)
        )


def against_the_rest(outputs: np.ndarray) -> np.ndarray:
    """Return probabilities of outputs that are, of two classes, each one's logit against the other."""
    found: np.ndarray = expit(outputs) if outputs.shape[1] == 2 else softmax(outputs, axis=1)
    return found


def of_class(outputs: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return the output of one class a window, shape (n,), from all, shape (n, n_classes)."""
    found: np.ndarray = outputs[np.arange(classes.size), classes]
    return found


def feature_game(outputs: Outputs, window: np.ndarray, class_index: int, groups: np.ndarray) -> Game:
    """Return the game of one window whose players are groups of features.

    A feature that takes part has the values of its window, one that does not its baseline on every day.

    Parameters
    ----------
    outputs : Outputs
    window : float32 array, shape (n_days, n_features)
    class_index : int
    groups : int array, shape (n_features,)
        Which player each feature belongs to.
    """

    def game(coalitions: np.ndarray) -> np.ndarray:
        keep = coalitions[:, groups]
        parts = [
            outputs(np.where(keep[begin : begin + _WINDOWS_AT_ONCE, None, :], window, np.float32(0.0)))
            for begin in range(0, len(keep), _WINDOWS_AT_ONCE)
        ]
        return np.concatenate(parts)[:, class_index : class_index + 1]

    return game
