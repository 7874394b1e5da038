"""What a classifier learns from: windows of features that end at a session, and their labels."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from models.domain.errors import InsufficientHistoryError

UNLABELLED = -1


@dataclass(frozen=True, eq=False)
class FeatureView:
    """Which features a model sees, and in which scale; unknown values stay NaN."""

    columns: np.ndarray  # int64, shape (n_seen,)
    centre: np.ndarray  # float32, shape (n_seen,)
    scale: np.ndarray  # float32, shape (n_seen,)
    limit: float  # scaled values are clipped to plus and minus this

    def of(self, values: np.ndarray) -> np.ndarray:
        """Return the seen features, scaled; the last axis of ``values`` has all of them."""
        scaled = (values[..., self.columns] - self.centre) / self.scale
        clipped: np.ndarray = np.clip(scaled, -self.limit, self.limit, out=scaled)
        return clipped


@dataclass(frozen=True, eq=False)
class Samples:
    """Windows over shared features; no window is copied before it is asked for.

    ``features`` has a row for each bar of a panel. ``source`` lays those rows on the market's sessions, short
    gaps filled (``services.quant.gaps``). A sample is the window of ``window_sessions`` places that ends at
    its place, and belongs to that session and symbol.

    ``labels`` count up from the most bearish of ``class_names``, -1 where the future is not known.
    ``last_return`` is the newest return over the label's horizon that was known at the session's close.
    ``label_ends`` is the last session that the label looks at. ``feature_names`` are those that a model
    sees: all columns of ``features``, or those of ``view``.
    """

    features: np.ndarray  # float32, shape (n_rows, n_features)
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    window_sessions: int
    source: np.ndarray  # int64, shape (n_places,): row of ``features``
    places: np.ndarray  # int64, shape (n_samples,)
    labels: np.ndarray  # int8, shape (n_samples,)
    sessions: np.ndarray  # datetime64[D], shape (n_samples,)
    label_ends: np.ndarray  # datetime64[D], shape (n_samples,)
    symbols: np.ndarray  # int32, shape (n_samples,): any code, the same for one symbol
    last_return: np.ndarray  # float64, shape (n_samples,)
    view: FeatureView | None = None

    def __len__(self) -> int:
        """Return the number of samples."""
        return int(self.places.size)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    def take(self, which: np.ndarray) -> Self:
        """Return some of the samples, by position or mask."""
        names = ("places", "labels", "sessions", "label_ends", "symbols", "last_return")
        return replace(self, **{name: getattr(self, name)[which] for name in names})

    def between(self, first: np.datetime64, last: np.datetime64) -> Self:
        """Return the samples of the sessions from ``first`` to ``last``, both included."""
        return self.take((self.sessions >= first) & (self.sessions <= last))

    def labelled(self) -> Self:
        """Return the samples whose label is known."""
        return self.take(self.labels != UNLABELLED)

    def windows(self, which: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return windows of features, oldest session first.

        Returns
        -------
        float32 array, shape (n_chosen, window_sessions, n_features)
        """
        return self.values(self.places[which, None] + np.arange(1 - self.window_sessions, 1))

    def flat(self, n_sessions: int) -> np.ndarray:
        """Return the last ``n_sessions`` of each window side by side, oldest first.

        Returns
        -------
        float32 array, shape (n_samples, n_sessions * n_features)
        """
        return self.values(self.places[:, None] + np.arange(1 - n_sessions, 1)).reshape(len(self), -1)

    def values(self, places: np.ndarray) -> np.ndarray:
        """Return the features at some places as a model sees them: float32, shape (*places.shape, n_seen)."""
        values: np.ndarray = self.features[self.source[places]]
        return values if self.view is None else self.view.of(values)

    def require_classes(self) -> None:
        """Check that there is something to learn.

        Raises
        ------
        InsufficientHistoryError
            If there is no sample, or all have one label.
        """
        present = np.unique(self.labels[self.labels != UNLABELLED])
        if present.size >= 2:
            return
        seen = f"all {len(self):,} are {self.class_names[present[0]]}" if present.size else "there is none"
        raise InsufficientHistoryError(
            f"Training needs samples of two classes or more, and {seen}; "
            "take a longer history or more symbols"
        )
