"""What a model's training looked like, so that later sessions can be held against it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.domain.drift import Drift
from services.ml.samples import Samples
from services.ml.walk_forward import TrainedModel
from services.quant.judging.stability import MARKED, SLIGHT, bin_edges, bin_shares, stability_index

RECENT_SESSIONS = 63  # a quarter
_MIN_STRETCHES = 5  # of the training: fewer cannot say what is usual
_USUAL_PERCENT = 95
_MAX_SCORED = 2_000  # windows; a thousand a second are scored


@dataclass(frozen=True, eq=False)
class DriftReference:
    """Bins and shares of each feature in the training sample, and of the model's score on validation.

    ``usual``: the index that 95 % of the training's own stretches of ``RECENT_SESSIONS`` stay below, NaN
    where there are too few; ``score_usual``: the same of the score on validation. ``spacing_sessions``:
    training and what is held against it take every so many.
    """

    feature_names: tuple[str, ...]
    edges: tuple[np.ndarray, ...]
    shares: tuple[np.ndarray, ...]
    usual: np.ndarray
    score_edges: np.ndarray
    score_shares: np.ndarray
    score_usual: float
    spacing_sessions: int

    @classmethod
    def of(
        cls, learnt: Samples, shown: Samples, model: TrainedModel, spacing_sessions: int
    ) -> "DriftReference":
        """Look at what a model learnt from, and at what it says of the samples it was calibrated by."""
        values = _newest_values(learnt, model)
        edges = tuple(map(bin_edges, values.T))
        shares = tuple(bin_shares(column, edge) for column, edge in zip(values.T, edges, strict=True))
        scores = _scores(shown, model)
        score_edges = bin_edges(scores)
        score_shares = bin_shares(scores, score_edges)

        def score_index(part: np.ndarray) -> np.ndarray:
            return np.array([stability_index(score_shares, bin_shares(scores[part], score_edges))])

        usual = _usual(learnt.sessions, spacing_sessions, lambda part: _indices(values[part], edges, shares))
        return cls(
            model.preprocessing.feature_names,
            edges,
            shares,
            usual,
            score_edges,
            score_shares,
            float(_usual(shown.sessions, spacing_sessions, score_index)[0]),
            spacing_sessions,
        )

    def measure(self, samples: Samples, model: TrainedModel) -> Drift:
        """Hold the newest sessions, every few of them, against training.

        Parameters
        ----------
        samples : Samples
            Of the newest sessions; the last one is always among those that count. One or more.
        model : TrainedModel
            The one that this belongs to.
        """
        sessions = np.unique(samples.sessions)
        counted = sessions[::-1][: RECENT_SESSIONS : self.spacing_sessions]
        recent = samples.take(np.isin(samples.sessions, counted))
        indices = _indices(_newest_values(recent, model), self.edges, self.shares)
        every = -(-len(recent) // _MAX_SCORED)
        scores = _scores(recent.take(np.arange(0, len(recent), every)), model)
        score_index = stability_index(self.score_shares, bin_shares(scores, self.score_edges))
        return Drift(
            session=counted[0].item(),
            first_session=counted[-1].item(),
            n=len(recent),
            feature_names=self.feature_names,
            indices=tuple(map(_known, indices)),
            usual=tuple(map(_known, self.usual)),
            score_index=_known(score_index),
            score_usual=_known(self.score_usual),
            slight=SLIGHT,
            marked=MARKED,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return {
            "feature_names": list(self.feature_names),
            "edges": [edge.tolist() for edge in self.edges],
            "shares": [share.tolist() for share in self.shares],
            "usual": [_known(value) for value in self.usual],
            "score_edges": self.score_edges.tolist(),
            "score_shares": self.score_shares.tolist(),
            "score_usual": _known(self.score_usual),
            "spacing_sessions": self.spacing_sessions,
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "DriftReference":
        """Return what ``to_json`` wrote."""
        return cls(
            tuple(found["feature_names"]),
            tuple(np.array(edge, dtype=np.float64) for edge in found["edges"]),
            tuple(np.array(share, dtype=np.float64) for share in found["shares"]),
            np.array(found["usual"], dtype=np.float64),  # null becomes NaN
            np.array(found["score_edges"], dtype=np.float64),
            np.array(found["score_shares"], dtype=np.float64),
            float(np.array(found["score_usual"], dtype=np.float64)),
            int(found["spacing_sessions"]),
        )


def _newest_values(samples: Samples, model: TrainedModel) -> np.ndarray:
    """Return the chosen features of each window's last session in their own units, (n_samples, n_chosen)."""
    found: np.ndarray = samples.flat(1)[:, model.preprocessing.columns].astype(np.float64)
    return found


def _scores(samples: Samples, model: TrainedModel) -> np.ndarray:
    """Return P(Up) - P(Down) of each window."""
    probabilities = model.predict(samples)
    found: np.ndarray = probabilities[:, -1] - probabilities[:, 0]
    return found


def _usual(
    sessions: np.ndarray, spacing_sessions: int, indices_of: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return the indices that 95 % of a sample's own stretches stay below; NaN where there are too few."""
    distinct = np.unique(sessions)
    length = -(-RECENT_SESSIONS // spacing_sessions)
    stretch = np.searchsorted(distinct, sessions) // length
    # An unfinished stretch counts for nothing.
    found = np.array([indices_of(stretch == one) for one in range(distinct.size // length)])
    if len(found) < _MIN_STRETCHES:
        return np.full(indices_of(stretch >= 0).shape, np.nan)
    usual: np.ndarray = np.nanpercentile(found, _USUAL_PERCENT, axis=0)
    return usual


def _indices(values: np.ndarray, edges: tuple[np.ndarray, ...], shares: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.array(
        [
            stability_index(share, bin_shares(column, edge))
            for column, edge, share in zip(values.T, edges, shares, strict=True)
        ]
    )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
