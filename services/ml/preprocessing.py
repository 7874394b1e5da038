"""Scaling and selection of features, fitted on the training samples alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from services.ml.samples import FeatureView, Samples

MAX_FEATURES = 50
_MAX_SCALED = 5.0  # in interquartile ranges; what lies further out is an event, not a measure
_MAX_FITTED = 200_000  # samples: quantiles of more move nothing
# Per cent: what was seen in training, so that it can be told what is usual and what was never seen.
QUANTILE_LEVELS = (0, 1, 5, 10, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90, 95, 99, 100)


@dataclass(frozen=True)
class PreprocessingSettings:
    """``max_features``: how many are kept, by how far the outer classes' means lie apart."""

    max_features: int = MAX_FEATURES
    is_scaled: bool = True


@dataclass(frozen=True, eq=False)
class Preprocessing:
    """Centre, scale and choice of features as found in training.

    ``quantiles`` are in the features' own units, from the lowest to the highest value.
    """

    feature_names: tuple[str, ...]  # chosen, in the order of the source
    columns: np.ndarray  # int64, shape (n_chosen,)
    centre: np.ndarray  # float32, shape (n_chosen,)
    scale: np.ndarray  # float32, shape (n_chosen,)
    limit: float  # scaled values are clipped to plus and minus this
    fitted_through: np.datetime64  # the last session that was looked at
    quantiles: np.ndarray  # float64, shape (n_levels, n_chosen): at QUANTILE_LEVELS

    @classmethod
    def fit(cls, train: Samples, settings: PreprocessingSettings) -> "Preprocessing":
        """Look at the newest session of each training window.

        Features that never vary or are never known are left out.
        """
        every = max(1, len(train) // _MAX_FITTED)
        seen = train.take(slice(None, None, every))  # type: ignore[arg-type]
        values = seen.flat(1).astype(np.float64)
        known = np.isfinite(values)
        values[~known] = np.nan
        usable = known.any(axis=0)
        quantiles = np.full((len(QUANTILE_LEVELS), values.shape[1]), np.nan)
        if usable.any():
            quantiles[:, usable] = np.nanpercentile(values[:, usable], QUANTILE_LEVELS, axis=0)
        low, centre, high = (quantiles[QUANTILE_LEVELS.index(level)] for level in (25, 50, 75))
        scale = high - low
        spread = np.full(values.shape[1], np.nan)
        spread[usable] = np.nanstd(values[:, usable], axis=0)
        scale = np.where(scale > 0.0, scale, spread)  # flags are 0 on most days
        usable &= scale > 0.0
        strength = _class_difference(values, seen.labels, seen.n_classes, spread)
        strength[~usable] = -1.0
        n_chosen = min(settings.max_features, int(usable.sum()))
        columns = np.sort(np.argsort(-strength, kind="stable")[:n_chosen])
        limit = _MAX_SCALED
        if not settings.is_scaled:
            centre, scale, limit = np.zeros_like(centre), np.ones_like(scale), np.inf
        return cls(
            tuple(train.feature_names[column] for column in columns),
            columns,
            centre[columns].astype(np.float32),
            scale[columns].astype(np.float32),
            limit,
            train.sessions.max() if len(train) else np.datetime64("NaT"),
            quantiles[:, columns],
        )

    def percentiles(self, values: np.ndarray) -> np.ndarray:
        """Return which share of the training's values lies below: float64, shape (..., n_chosen).

        Of a value that occurs often, the middle of its share; NaN where it is not known.
        """
        found = np.full(values.shape, np.nan)
        for column, known in enumerate(self.quantiles.T):
            found[..., column] = _share_below(values[..., column], known)
        return found

    def apply(self, samples: Samples) -> Samples:
        """Return the samples as a model sees them: the chosen features, scaled and clipped."""
        view = FeatureView(self.columns, self.centre, self.scale, self.limit)
        return replace(samples, feature_names=self.feature_names, view=view)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return {
            "feature_names": list(self.feature_names),
            "centre": self.centre.tolist(),
            "scale": self.scale.tolist(),
            "limit": self.limit,
            "fitted_through": str(self.fitted_through),
            "quantile_levels": list(QUANTILE_LEVELS),
            "quantiles": self.quantiles.tolist(),
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any], source_names: Sequence[str]) -> "Preprocessing":
        """Return what ``to_json`` wrote, for features that stand in the order of ``source_names``.

        Raises
        ------
        ValueError
            If one of the features is not among them.
        """
        names = tuple(found["feature_names"])
        return cls(
            names,
            np.array([source_names.index(name) for name in names], dtype=np.int64),
            np.array(found["centre"], dtype=np.float32),
            np.array(found["scale"], dtype=np.float32),
            float(found["limit"]),
            np.datetime64(found["fitted_through"]),
            np.array(found["quantiles"], dtype=np.float64),
        )


def _share_below(values: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Return the place of values between the quantiles of one feature, as shares."""
    shares = np.array(QUANTILE_LEVELS) / 100.0
    distinct, first = np.unique(quantiles, return_index=True)
    last = quantiles.size - 1 - np.unique(quantiles[::-1], return_index=True)[1]
    found: np.ndarray = (
        np.interp(values, distinct, shares[first]) + np.interp(values, distinct, shares[last])
    ) / 2.0
    return found


def _class_difference(
    values: np.ndarray, labels: np.ndarray, n_classes: int, spread: np.ndarray
) -> np.ndarray:
    """Return how far the means of the most bullish and most bearish class lie apart, in deviations."""
    difference = np.zeros(values.shape[1])
    up, down = values[labels == n_classes - 1], values[labels == 0]
    if len(up) == 0 or len(down) == 0:
        return difference
    both = np.isfinite(up).any(axis=0) & np.isfinite(down).any(axis=0) & (spread > 0.0)
    means = [np.nanmean(part[:, both], axis=0) for part in (up, down)]
    difference[both] = np.abs(means[0] - means[1]) / spread[both]
    return difference
