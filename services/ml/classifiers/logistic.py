"""Logistic regression on the newest sessions of a window."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from services.ml.samples import Samples
from services.ports import Progress

_TOLERANCE = 1e-8  # of the mean gradient


@dataclass(frozen=True)
class LogisticSettings:
    """``n_sessions`` of the window are seen; ``inverse_penalty`` is scikit-learn's C."""

    n_sessions: int = 1
    inverse_penalty: float = 0.01
    max_iterations: int = 300


@dataclass(frozen=True, eq=False)
class FittedLogistic:
    """Weights, float64, shape (n_classes, n_inputs), and intercepts, shape (n_classes,)."""

    weights: np.ndarray
    intercepts: np.ndarray
    n_sessions: int

    def predict(self, samples: Samples) -> np.ndarray:
        """Return probabilities, shape (n_samples, n_classes)."""
        scores = _inputs(samples, self.n_sessions) @ self.weights.T + self.intercepts
        return np.asarray(softmax(scores, axis=1))

    def files(self) -> dict[str, bytes]:
        """Return weights and intercepts as JSON."""
        found = {
            "weights": self.weights.tolist(),
            "intercepts": self.intercepts.tolist(),
            "n_sessions": self.n_sessions,
        }
        return {"model.json": json.dumps(found).encode()}


@dataclass(frozen=True)
class Logistic:
    """The linear baseline."""

    settings: LogisticSettings = LogisticSettings()
    name: str = "logistic_regression"

    @property
    def configuration(self) -> Mapping[str, Any]:
        """All settings."""
        return asdict(self.settings)

    def fit(self, train: Samples, validation: Samples, seed: int, progress: Progress) -> FittedLogistic:
        """Minimise the penalised log-loss; features that are unknown count as their median.

        Raises
        ------
        InsufficientHistoryError
            If there are samples of fewer than two classes.
        """
        train = train.labelled()
        train.require_classes()
        settings = self.settings
        # Newton's steps end at the minimum itself, where others stop at a tolerance before it.
        model = LogisticRegression(
            C=settings.inverse_penalty,
            max_iter=settings.max_iterations,
            solver="newton-cholesky",
            tol=_TOLERANCE,
        )
        # Two threads of linear algebra that wait for each other on a busy machine take ten times as long.
        with threadpool_limits(1):
            model.fit(_inputs(train, settings.n_sessions), train.labels)
        weights, intercepts = model.coef_, model.intercept_
        if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
            weights = np.vstack((np.zeros_like(weights), weights))
            intercepts = np.concatenate(([0.0], intercepts))
        full_weights = np.zeros((train.n_classes, weights.shape[1]))
        full_intercepts = np.full(train.n_classes, -np.inf)  # a class never seen is never predicted
        full_weights[model.classes_] = weights
        full_intercepts[model.classes_] = intercepts
        return FittedLogistic(full_weights, full_intercepts, settings.n_sessions)


def logistic_regression(n_sessions: int = 1) -> Logistic:
    """Return the standard configuration for so many sessions."""
    return Logistic(LogisticSettings(n_sessions=n_sessions))


def _inputs(samples: Samples, n_sessions: int) -> np.ndarray:
    return np.nan_to_num(samples.flat(n_sessions).astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
