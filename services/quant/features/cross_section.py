"""Cross-section: where a symbol stands among the members of the universe that day."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from models.domain.features import FeatureFamily, FeatureMetadata
from services.quant.features.definition import describe
from services.quant.features.layout import Layout, member_deviation, member_mean
from services.quant.rolling import quotient

# Equal returns of two symbols are equal to here; beyond, the rounding of adjusted prices would rank them.
_DECIMALS = 12
_describe = partial(describe, FeatureFamily.CROSS_SECTION, is_cross_sectional=True)


@dataclass(frozen=True, eq=False)
class Days:
    """Rows of the panel put in the order of their sessions.

    ``order``: int64, shape (n_rows,), rows of the first session, then of the second, and so on.
    ``starts``: int64, shape (n_sessions + 1,), where in ``order`` each session begins.
    """

    layout: Layout
    is_member: np.ndarray
    order: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, layout: Layout, is_member: np.ndarray) -> "Days":
        """Sort a panel's rows by session."""
        counts = np.bincount(layout.position, minlength=layout.sessions.size)
        starts = np.concatenate(([0], np.cumsum(counts)))
        return cls(layout, is_member, np.argsort(layout.position, kind="stable"), starts)


@dataclass(frozen=True)
class CrossFeature:
    """A standing of the values of another feature, ``base``, among those of the day's members."""

    metadata: FeatureMetadata
    base: str
    compute: Callable[[Days, np.ndarray], np.ndarray]


def percentile_rank(days: Days, values: np.ndarray) -> np.ndarray:
    """Return the share of the day's members with a lower value; equal ones, oneself among them, count half.

    Parameters
    ----------
    days : Days
        Of the panel.
    values : float64 array, shape (n_rows,)
        NaN where unknown.

    Returns
    -------
    float64 array, shape (n_rows,)
        In [0, 1]; of a row that is no member too. NaN where the value is, or no member has one.
    """
    by_day = np.round(values, _DECIMALS)[days.order]
    counts = days.is_member[days.order] & ~np.isnan(by_day)
    ranks = np.full(by_day.size, np.nan)
    for first, last in pairwise(days.starts.tolist()):
        ranks[first:last] = _ranks_of_day(by_day[first:last], counts[first:last])
    ranks[np.isnan(by_day)] = np.nan
    result = np.empty(values.size)
    result[days.order] = ranks
    return result


def _ranks_of_day(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    ascending = np.argsort(values)
    in_order = values[ascending]
    n_up_to = np.cumsum(counts[ascending])
    if n_up_to[-1] == 0:
        return np.full(values.size, np.nan)
    begins = np.append(True, in_order[1:] != in_order[:-1])  # of each run of equal values
    last_of_run = np.append(np.flatnonzero(begins)[1:] - 1, values.size - 1)
    not_above = n_up_to[last_of_run]
    below = np.append(0, not_above[:-1])
    ranks = np.empty(values.size)
    ranks[ascending] = ((below + not_above) / (2.0 * n_up_to[-1]))[np.cumsum(begins) - 1]
    return ranks


def standard_score(days: Days, values: np.ndarray) -> np.ndarray:
    """Return (value - mean) / deviation of the day's members; 0 where these are all equal."""
    mean = member_mean(days.layout, days.is_member, values)
    deviation = member_deviation(days.layout, days.is_member, values)
    deviation = np.where(deviation <= 1e-9 * np.abs(mean), 0.0, deviation)
    position = days.layout.position
    return quotient(values - mean[position], deviation[position], where_zero=0.0)


def _rank(base: str, title: str, words: str, warm_up_sessions: int) -> CrossFeature:
    return CrossFeature(
        _describe(
            f"rank_{base}",
            f"Rank of {title}",
            f"share of the day's members with a lower {words}; equal ones count half",
            r"\frac{\#\{x_j < x\} + \frac12 \#\{x_j = x\}}{\#\{x_j\}}",
            "percentile rank over the members of that day",
            warm_up_sessions,
        ),
        base,
        percentile_rank,
    )


def _score(base: str, title: str, words: str, warm_up_sessions: int) -> CrossFeature:
    return CrossFeature(
        _describe(
            f"zscore_{base}",
            f"Standard score of {title}",
            f"{words}, less its mean over the day's members, over their standard deviation; 0 where they are "
            "all equal",
            r"\frac{x - \bar x_j}{\sigma(x_j)}",
            "standard score over the members of that day",
            warm_up_sessions,
        ),
        base,
        standard_score,
    )


FEATURES: tuple[CrossFeature, ...] = (
    _rank("return_1", "the day's return", "return of the session", 2),
    _rank("return_5", "the return of 5 sessions", "return of 5 sessions", 6),
    _rank("return_60", "the return of 60 sessions", "return of 60 sessions", 61),
    _rank(
        "return_252_skip_20",
        "the return of 252 sessions less the last 20",
        "return of 252 sessions less the last 20",
        253,
    ),
    _rank("volatility_60", "volatility 60", "volatility of 60 sessions", 61),
    _rank("relative_volume_20", "relative volume 20", "volume over its mean of 20 sessions", 20),
    _rank(
        "distance_from_high_252", "the distance from the 52-week high", "distance from the 52-week high", 252
    ),
    _score("overnight_return", "the overnight return", "overnight return", 2),
    _score("volatility_20", "volatility 20", "volatility of 20 sessions", 21),
    _score("close_to_sma_50", "the distance from SMA 50", "distance from the mean of 50 sessions", 50),
    _score("volume_ratio_5_60", "the volume ratio", "volume of 5 to 60 sessions", 60),
    _score("money_flow_20", "Chaikin money flow", "Chaikin money flow of 20 sessions", 20),
)
