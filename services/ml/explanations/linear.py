"""A linear model is its own explanation: weight times distance from the baseline."""

import numpy as np

from models.domain.explanations import Method
from services.ml.classifiers.logistic import FittedLogistic
from services.ml.explanations.attributions import Attributions, against_the_rest, of_class


class LinearExplainer:
    """Logistic regression; a value that is not known counts as its median, as when it predicts."""

    def __init__(self, classifier: FittedLogistic) -> None:
        self.n_days = classifier.n_sessions
        self._weights, self._intercepts = _against_the_others(classifier)

    def outputs(self, windows: np.ndarray) -> np.ndarray:
        """Return the score of each class, float64, shape (n, n_classes)."""
        known = np.nan_to_num(windows, nan=0.0).reshape(len(windows), -1).astype(np.float64)
        found: np.ndarray = known @ self._weights.T + self._intercepts
        return found

    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return probabilities before calibration."""
        return against_the_rest(outputs)

    def attention(self, windows: np.ndarray) -> np.ndarray:
        """Return no heads."""
        return np.empty((len(windows), 0, self.n_days), dtype=np.float32)

    def attribute(self, windows: np.ndarray, classes: np.ndarray) -> Attributions:
        """Multiply."""
        known = np.nan_to_num(windows, nan=0.0).astype(np.float64)
        by_day = known * self._weights[classes].reshape(windows.shape)
        outputs = of_class(self.outputs(windows), classes)
        return Attributions.of_days(Method.LINEAR, outputs, self._intercepts[classes], by_day)


def _against_the_others(classifier: FittedLogistic) -> tuple[np.ndarray, np.ndarray]:
    """Return weights and intercepts; of two classes each one's logit against the other."""
    weights, intercepts = classifier.weights, classifier.intercepts
    if len(weights) > 2:
        return weights, intercepts
    return weights - weights[::-1], intercepts - intercepts[::-1]
