"""The headline score: technical, sentiment and model scores in one, its labels, and what it was made of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.domain.signals import CONFLUENCE_WEIGHTS, LABELS, SCORE_BINS

# Weighted sums of tenths land next to a threshold instead of on it; what is equal at 1e-12 is equal.
SCORE_DECIMALS = 12
_SAME = 1e-9
_CATEGORIES = pd.Index([label.value for label in LABELS])


@dataclass(frozen=True, eq=False)
class Confluence:
    """``score``: float64, shape (n_rows,), NaN where there is no source.

    ``weights``: float64, shape (3, n_rows), in the order of ``CONFLUENCE_WEIGHTS``; each column sums to 1, or
    to 0 where there is no source.
    """

    score: np.ndarray
    weights: np.ndarray


def combine_confluence(
    technical: np.ndarray, sentiment: np.ndarray, model: np.ndarray, *, model_is_proven: bool | np.ndarray
) -> Confluence:
    """Return the weighted mean of the sources.

    One that is missing or unproven gives its weight to the others, in proportion to theirs.

    Parameters
    ----------
    technical, sentiment, model : float64 array, shape (n_rows,)
        Scores in [0, 1]; 1 is bullish; NaN where there is none.
    model_is_proven : bool, or bool array of shape (n_rows,)
        Whether the model that gave the row's score had passed the promotion gate by then.
    """
    score = np.stack([technical, sentiment, model])
    counts = ~np.isnan(score)
    counts[2] &= model_is_proven
    weight = np.array(list(CONFLUENCE_WEIGHTS.values()))[:, None] * counts
    total = weight.sum(axis=0)
    has_source = total > 0.0
    divisor = np.where(has_source, total, 1.0)
    mixed = (weight * np.where(counts, score, 0.0)).sum(axis=0) / divisor
    return Confluence(np.where(has_source, np.round(mixed, SCORE_DECIMALS), np.nan), weight / divisor)


def weights_behind(
    confluence: np.ndarray, technical: np.ndarray, sentiment: np.ndarray, model: np.ndarray
) -> np.ndarray:
    """Return the weight that each source had in a stored confluence.

    A model's score is stored beside a confluence that does not hold it while the model was unproven: which
    of the two it was, the number itself tells.

    Parameters
    ----------
    confluence, technical, sentiment, model : float64 array, shape (n_rows,)
        As stored together; NaN where there is none.

    Returns
    -------
    float64 array, shape (3, n_rows)
        In the order of ``CONFLUENCE_WEIGHTS``; 0 throughout where no mixture gives the stored number.
    """
    weights = np.zeros((len(CONFLUENCE_WEIGHTS), confluence.size))
    for is_proven in (False, True):
        mixed = combine_confluence(technical, sentiment, model, model_is_proven=is_proven)
        agrees = np.abs(mixed.score - confluence) <= _SAME
        weights[:, agrees] = mixed.weights[:, agrees]
    return weights


def model_score(probability_up: np.ndarray, probability_down: np.ndarray | None = None) -> np.ndarray:
    """Return (1 + P(Up) - P(Down)) / 2; with two classes, where P(Down) = 1 - P(Up), that is P(Up).

    Parameters
    ----------
    probability_up, probability_down : float64 array, shape (n_rows,)
        Calibrated, in [0, 1]; NaN where the model said nothing. ``probability_down`` only with three classes.
    """
    if probability_down is None:
        return probability_up.copy()
    return np.asarray((1.0 + probability_up - probability_down) / 2.0)


def score_bins(score: np.ndarray) -> np.ndarray:
    """Return scores in [0, 1] at three decimals, as whole numbers from 0 to 1000."""
    return np.asarray(np.round(score * (SCORE_BINS - 1)).astype(np.int64))


def confluence_labels(score: np.ndarray) -> "pd.Categorical[str]":
    """Return > 0.65 STRONG BUY, > 0.55 BUY, >= 0.45 HOLD, >= 0.35 SELL, below STRONG SELL."""
    return first_label_that_holds([score > 0.65, score > 0.55, score >= 0.45, score >= 0.35])


def first_label_that_holds(conditions: Sequence[np.ndarray]) -> "pd.Categorical[str]":
    """Return the label, best first, whose condition is the first to hold; the last where none does.

    Parameters
    ----------
    conditions : four bool arrays, shape (n_rows,)
        For all labels but the last.

    Returns
    -------
    Categorical, shape (n_rows,)
        Its codes are the places in ``LABELS``.
    """
    code = np.select(conditions, list(range(len(conditions))), len(conditions)).astype(np.int8)
    return pd.Categorical.from_codes(code, categories=_CATEGORIES)
