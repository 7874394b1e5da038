"""Windows of samples as tensors, gathered batch by batch: no window is held twice."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import softmax

from models.domain.errors import InsufficientHistoryError, InvalidMarketDataError
from services.ml.samples import Samples

_PREPARED_SAMPLES = 16_384  # at once: neighbours share most of their rows
_BATCH_WINDOWS = 512


@dataclass(frozen=True, eq=False)
class CompactWindows:
    """The rows that some windows need, each once. A feature that is not known counts as its median, 0."""

    rows: np.ndarray  # float32, shape (n_rows, n_features)
    ends: np.ndarray  # int64, shape (n_windows,): where in ``index`` each window ends
    index: np.ndarray  # int64, shape (n_places,): row of each place that a window covers
    window_sessions: int

    @classmethod
    def of(cls, samples: Samples, window_sessions: int) -> Self:
        """Take the newest ``window_sessions`` of each sample's window.

        Raises
        ------
        InsufficientHistoryError
            If the samples' windows are shorter.
        InvalidMarketDataError
            If a feature is infinite.
        """
        if samples.window_sessions < window_sessions:
            raise InsufficientHistoryError(
                f"The network looks at {window_sessions} sessions and the samples' windows have "
                f"{samples.window_sessions}; make samples with longer windows"
            )
        places, ends = _covered(samples, window_sessions)
        source, index = np.unique(samples.source[places], return_inverse=True)
        _require_finite(samples, source)
        first_place = np.zeros(source.size, dtype=np.int64)
        first_place[index] = places
        rows = np.nan_to_num(samples.values(first_place), nan=0.0)
        return cls(np.ascontiguousarray(rows), ends, index, window_sessions)

    def gather_index(self, which: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return the rows of windows, oldest session first: int64, shape (n_chosen, window_sessions)."""
        found: np.ndarray = self.index[self.ends[which, None] + np.arange(1 - self.window_sessions, 1)]
        return found

    def windows(self, which: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return windows, float32, shape (n_chosen, window_sessions, n_features)."""
        found: np.ndarray = self.rows[self.gather_index(which)]
        return found


def probabilities_of(
    samples: Samples, window_sessions: int, n_classes: int, logits_of: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return class probabilities of samples, float64, shape (n_samples, n_classes).

    ``logits_of`` is given windows, float32, shape (n, window_sessions, n_features), a batch at a time.
    """
    found = np.empty((len(samples), n_classes))
    for first in range(0, len(samples), _PREPARED_SAMPLES):
        part = samples.take(np.arange(first, min(first + _PREPARED_SAMPLES, len(samples))))
        compact = CompactWindows.of(part, window_sessions)
        for begin in range(0, len(part), _BATCH_WINDOWS):
            logits = logits_of(compact.windows(slice(begin, begin + _BATCH_WINDOWS)))
            found[first + begin : first + begin + len(logits)] = softmax(logits.astype(np.float64), axis=1)
    return found


def _covered(samples: Samples, window_sessions: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the places that windows cover, ascending, and which of them each window ends at."""
    is_covered = np.zeros(samples.source.size + 1, dtype=np.int64)
    np.add.at(is_covered, samples.places + 1, -1)
    np.add.at(is_covered, samples.places + 1 - window_sessions, 1)
    places = np.flatnonzero(np.cumsum(is_covered[:-1]) > 0)
    return places, np.searchsorted(places, samples.places)


def _require_finite(samples: Samples, source: np.ndarray) -> None:
    """Refuse what scaling would clip in silence: an infinite value is a fault of whoever made it."""
    columns = np.arange(samples.features.shape[1]) if samples.view is None else samples.view.columns
    is_infinite = np.isinf(samples.features[np.ix_(source, columns)])
    if is_infinite.any():
        name = samples.feature_names[int(is_infinite.any(axis=0).argmax())]
        raise InvalidMarketDataError(
            f"Feature {name} is infinite in {int(is_infinite.any(axis=1).sum()):,} rows; "
            "mend the prices that it is made of, or leave it out"
        )
