"""Probabilities that mean what they say: one temperature, found on the validation sessions."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from models.domain.errors import InsufficientHistoryError

_FLOOR = 1e-12
_RANGE = (np.log(0.05), np.log(50.0))


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature that makes the labels likeliest.

    Parameters
    ----------
    probabilities : float64 array, shape (n, n_classes)
        Of a model on sessions that it did not learn from. Rows sum to 1; a 0 counts as 1e-12.
    labels : int array, shape (n,)

    Returns
    -------
    float
        From 0.05 to 50; above 1 the model was too sure.

    Raises
    ------
    InsufficientHistoryError
        If the labels are all of one class or there are none.

    References
    ----------
    Guo et al. (2017), On Calibration of Modern Neural Networks, ICML, section 4.2.
    """
    if np.unique(labels).size < 2:
        seen = f"all {labels.size} labels are the same" if labels.size else "there are none"
        raise InsufficientHistoryError(
            f"Calibration needs validation sessions with labels of two classes or more: {seen}"
        )
    logits = np.log(np.maximum(probabilities, _FLOOR))
    rows = np.arange(labels.size)

    def loss(log_temperature: float) -> float:
        return float(-log_softmax(logits / np.exp(log_temperature), axis=1)[rows, labels].mean())

    return float(np.exp(minimize_scalar(loss, bounds=_RANGE, method="bounded").x))


def apply_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return the probabilities at a temperature; their order within a row does not change."""
    logits = np.log(np.maximum(probabilities, _FLOOR))
    return np.asarray(softmax(logits / temperature, axis=1))
