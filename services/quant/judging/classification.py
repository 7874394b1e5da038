"""Accuracy and its relatives, as sums over sessions so that whole sessions can be drawn again."""

import numpy as np

_FLOOR = 1e-15  # a probability of 0 for what then happened costs 34.5 nats, not infinity


def confusion_by_session(
    predicted: np.ndarray, labels: np.ndarray, places: np.ndarray, n_sessions: int, n_classes: int
) -> np.ndarray:
    """Count (label, prediction) pairs in each session.

    Parameters
    ----------
    predicted, labels : int array, shape (n,)
        Classes, from 0.
    places : int array, shape (n,)
        Each observation's session, from 0.
    n_sessions, n_classes : int

    Returns
    -------
    float64 array, shape (n_sessions, n_classes * n_classes)
        Row-major confusion matrices: label, then prediction.
    """
    cell = (places * n_classes + labels) * n_classes + predicted
    size = n_sessions * n_classes**2
    return np.bincount(cell, minlength=size).astype(np.float64).reshape(n_sessions, -1)


def accuracy(confusion: np.ndarray) -> np.ndarray:
    """Return the share on the diagonal; ``confusion`` has shape (n_draws, n_classes squared)."""
    matrix = _matrices(confusion)
    return _ratio(np.trace(matrix, axis1=1, axis2=2), matrix.sum(axis=(1, 2)))


def balanced_accuracy(confusion: np.ndarray) -> np.ndarray:
    """Return the mean share of each class that was found, over the classes that occur."""
    matrix = _matrices(confusion)
    found = _ratio(np.diagonal(matrix, axis1=1, axis2=2), matrix.sum(axis=2))
    occurs = matrix.sum(axis=2) > 0.0
    return _ratio(np.where(occurs, found, 0.0).sum(axis=1), occurs.sum(axis=1))


def matthews(confusion: np.ndarray) -> np.ndarray:
    """Return Matthews' correlation coefficient for any number of classes; 0 where one side never varies.

    References
    ----------
    Gorodkin (2004), Comparing two K-category assignments by a K-category correlation coefficient,
    Computational Biology and Chemistry 28.
    """
    matrix = _matrices(confusion)
    labels, predicted, total = matrix.sum(axis=2), matrix.sum(axis=1), matrix.sum(axis=(1, 2))
    correct = np.trace(matrix, axis1=1, axis2=2)
    shared = correct * total - (labels * predicted).sum(axis=1)
    spread = (total**2 - (labels**2).sum(axis=1)) * (total**2 - (predicted**2).sum(axis=1))
    return np.where(spread > 0.0, shared / np.sqrt(np.where(spread > 0.0, spread, 1.0)), 0.0)


def f1_macro(confusion: np.ndarray) -> np.ndarray:
    """Return the mean over classes of 2 TP / (2 TP + FP + FN), over classes that occur or are predicted."""
    matrix = _matrices(confusion)
    both = matrix.sum(axis=2) + matrix.sum(axis=1)
    score = _ratio(2.0 * np.diagonal(matrix, axis1=1, axis2=2), both)
    counts = both > 0.0
    return _ratio(np.where(counts, score, 0.0).sum(axis=1), counts.sum(axis=1))


def losses_by_session(
    probabilities: np.ndarray, labels: np.ndarray, places: np.ndarray, n_sessions: int
) -> np.ndarray:
    """Sum Brier score, log-loss and observations in each session.

    Parameters
    ----------
    probabilities : float64 array, shape (n, n_classes)
        Rows sum to 1.
    labels, places : int array, shape (n,)
    n_sessions : int

    Returns
    -------
    float64 array, shape (n_sessions, 3)
        Brier (sum over classes of squared differences, 0 to 2), log-loss in nats, n.
    """
    truth = np.eye(probabilities.shape[1])[labels]
    brier = ((probabilities - truth) ** 2).sum(axis=1)
    log_loss = -np.log(np.maximum(probabilities[np.arange(labels.size), labels], _FLOOR))
    columns = (brier, log_loss, np.ones(labels.size))
    return np.column_stack([np.bincount(places, weights=part, minlength=n_sessions) for part in columns])


def brier(losses: np.ndarray) -> np.ndarray:
    """Return the mean Brier score of sums as ``losses_by_session`` gives them."""
    return _ratio(losses[:, 0], losses[:, 2])


def log_loss(losses: np.ndarray) -> np.ndarray:
    """Return the mean log-loss of sums as ``losses_by_session`` gives them."""
    return _ratio(losses[:, 1], losses[:, 2])


def calibration_gaps_by_session(
    probabilities: np.ndarray, labels: np.ndarray, places: np.ndarray, n_sessions: int, n_bins: int = 15
) -> np.ndarray:
    """Sum over each session what ``expected_calibration_error`` is made of.

    Parameters
    ----------
    probabilities : float64 array, shape (n, n_classes)
    labels, places : int array, shape (n,)
    n_sessions : int
    n_bins : int
        Of equal width over [0, 1].

    Returns
    -------
    float64 array, shape (n_sessions, n_bins + 1)
        In each bin of the predicted class's probability how often it was right less what was stated; n.
    """
    confidence = probabilities.max(axis=1)
    is_right = probabilities.argmax(axis=1) == labels
    cell = places * n_bins + np.minimum((confidence * n_bins).astype(np.int64), n_bins - 1)
    gaps = np.bincount(cell, weights=is_right - confidence, minlength=n_sessions * n_bins)
    counts = np.bincount(places, minlength=n_sessions)
    return np.column_stack((gaps.reshape(n_sessions, n_bins), counts))


def expected_calibration_error(gaps: np.ndarray) -> np.ndarray:
    """Return the mean gap between the probability of the predicted class and how often it is right.

    Parameters
    ----------
    gaps : float64 array, shape (n_draws, n_bins + 1)
        Sums as ``calibration_gaps_by_session`` gives them.

    Returns
    -------
    float64 array, shape (n_draws,)
        Weighted by the observations in each bin; NaN without any.

    References
    ----------
    Guo et al. (2017), On Calibration of Modern Neural Networks, ICML, equation 3.
    """
    return _ratio(np.abs(gaps[:, :-1]).sum(axis=1), gaps[:, -1])


def _matrices(confusion: np.ndarray) -> np.ndarray:
    n_classes = round(confusion.shape[1] ** 0.5)
    return confusion.reshape(-1, n_classes, n_classes)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
    return found
