"""What came of past forecasts like one: of the same class, with the same confidence."""

import numpy as np

from models.domain.judging import SignalEvidence
from services.quant.judging.intervals import Figure, block_interval

CONFIDENCE_EDGES = (0.0, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 1.0)


def confidence_bins(probabilities: np.ndarray) -> np.ndarray:
    """Return which bin the largest probability of each forecast lies in; shape (n, n_classes) to (n,)."""
    found = np.searchsorted(CONFIDENCE_EDGES, probabilities.max(axis=1), side="right") - 1
    bins: np.ndarray = np.minimum(found, len(CONFIDENCE_EDGES) - 2)
    return bins


def evidence_by_signal(
    probabilities: np.ndarray, labels: np.ndarray, places: np.ndarray, draws: np.ndarray
) -> tuple[SignalEvidence, ...]:
    """Count how often forecasts of each class and confidence came true, and of each confidence alone.

    Parameters
    ----------
    probabilities : float64 array, shape (n, n_classes)
    labels : int array, shape (n,)
        What came, from 0.
    places : int array, shape (n,)
        Each forecast's session, from 0.
    draws : float64 array, shape (n_resamples, n_sessions)
        Of ``session_draws``: forecasts of one session, and of those near it, are no cases of their own.

    Returns
    -------
    tuple of SignalEvidence
        Those that occur, by confidence, each class before all of them.
    """
    n_sessions, n_classes = draws.shape[1], probabilities.shape[1]
    predicted, bins = probabilities.argmax(axis=1), confidence_bins(probabilities)
    outcomes = _counts(places, labels, n_sessions, n_classes)
    shares = outcomes.sum(axis=0) / labels.size if labels.size else np.zeros(n_classes)
    found = []
    for place in np.unique(bins).tolist():
        of_bin = bins == place
        for shown in (*range(n_classes), None):
            inside = of_bin if shown is None else of_bin & (predicted == shown)
            if not inside.any():
                continue
            hits = np.bincount(places[inside], labels[inside] == predicted[inside], n_sessions)
            said = _counts(places[inside], predicted[inside], n_sessions, n_classes)
            sums = np.column_stack((hits, said, outcomes))
            n = int(inside.sum())
            found.append(
                SignalEvidence(
                    shown=shown,
                    confidence_from=CONFIDENCE_EDGES[place],
                    confidence_to=CONFIDENCE_EDGES[place + 1],
                    n=n,
                    n_sessions=int(np.unique(places[inside]).size),
                    accuracy=block_interval(sums, _hit_rate(n_classes), draws, n),
                    base_rate=float(said.sum(axis=0) @ shares / n),
                    excess=block_interval(sums, _excess(n_classes), draws, n),
                )
            )
    return tuple(found)


def _counts(places: np.ndarray, classes: np.ndarray, n_sessions: int, n_classes: int) -> np.ndarray:
    """Return how many of each class each session has, float64, shape (n_sessions, n_classes)."""
    found = np.bincount(places * n_classes + classes, minlength=n_sessions * n_classes)
    return found.reshape(n_sessions, n_classes).astype(np.float64)


def _hit_rate(n_classes: int) -> Figure:
    def figure(sums: np.ndarray) -> np.ndarray:
        return _ratio(sums[:, 0], sums[:, 1 : 1 + n_classes].sum(axis=1))

    return figure


def _excess(n_classes: int) -> Figure:
    """Return the figure of hits above those of naming the same classes without looking."""

    def figure(sums: np.ndarray) -> np.ndarray:
        said, outcomes = sums[:, 1 : 1 + n_classes], sums[:, 1 + n_classes :]
        shares = outcomes / np.maximum(outcomes.sum(axis=1, keepdims=True), 1.0)
        return _ratio(sums[:, 0] - (said * shares).sum(axis=1), said.sum(axis=1))

    return figure


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.where(below > 0.0, above / np.where(below > 0.0, below, 1.0), np.nan)
    return found
