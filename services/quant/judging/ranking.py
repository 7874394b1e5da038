"""Whether higher scores go with higher returns, session by session."""

import numpy as np
from scipy.special import ndtri

from models.domain.judging import Power
from services.quant.judging.differences import error_of_mean

_MIN_SYMBOLS = 3  # two ranks are alike or opposite and nothing between


def ranks_within(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return each value's average rank, from 1, within its session.

    Parameters
    ----------
    values : float64 array, shape (n,)
        No NaN.
    places : int array, shape (n,)
        Session of each value, from 0.

    Returns
    -------
    float64 array, shape (n,)
    """
    order = np.lexsort((values, places))
    place, value = places[order], values[order]
    opens = np.ones(order.size, dtype=bool)
    opens[1:] = place[1:] != place[:-1]
    differs = opens.copy()
    differs[1:] |= value[1:] != value[:-1]
    tie = np.cumsum(differs) - 1
    first = np.flatnonzero(differs)
    last = np.append(first[1:], order.size) - 1
    begin = np.flatnonzero(opens)[np.cumsum(opens) - 1]
    found = np.empty(order.size)
    found[order] = (first[tie] + last[tie]) / 2.0 - begin + 1.0
    return found


def rank_ic(scores: np.ndarray, returns: np.ndarray, places: np.ndarray, n_sessions: int) -> np.ndarray:
    """Return Spearman's correlation of scores with returns in each session: the information coefficient.

    Parameters
    ----------
    scores, returns : float64 array, shape (n,)
        Pairs with a NaN are left out.
    places : int array, shape (n,)
    n_sessions : int

    Returns
    -------
    float64 array, shape (n_sessions,)
        0 where all scores are alike: they rank nothing. NaN where all returns are, or a session has fewer
        than 3 pairs.
    """
    known = np.isfinite(scores) & np.isfinite(returns)
    places = places[known]
    n = np.bincount(places, minlength=n_sessions).astype(np.float64)
    middle = (n + 1.0) / 2.0
    x, y = (ranks_within(side[known], places) - middle[places] for side in (scores, returns))
    covariance, x_squares, y_squares = (
        np.bincount(places, weights=product, minlength=n_sessions) for product in (x * y, x * x, y * y)
    )
    spread = np.sqrt(x_squares * y_squares)
    found = np.divide(covariance, spread, out=np.zeros(n_sessions), where=spread > 0.0)
    return np.where((n >= _MIN_SYMBOLS) & (y_squares > 0.0), found, np.nan)


def ic_sums(ic: np.ndarray) -> np.ndarray:
    """Return daily ICs as sums for ``judging.intervals``: (n_sessions, 2), IC and whether there is one."""
    known = np.isfinite(ic)
    return np.column_stack((np.where(known, ic, 0.0), known.astype(np.float64)))


def mean_of_sums(sums: np.ndarray) -> np.ndarray:
    """Return the mean of sums as ``ic_sums`` gives them, shape (n_draws,)."""
    nothing = np.full(len(sums), np.nan)
    mean: np.ndarray = np.divide(sums[:, 0], sums[:, 1], out=nothing, where=sums[:, 1] > 0)
    return mean


def area_under_curve(scores: np.ndarray, is_up: np.ndarray) -> float:
    """Return the probability that an Up scores higher than a Down, ties counting half.

    Parameters
    ----------
    scores : float64 array, shape (n,)
        No NaN; Ups and Downs alone.
    is_up : bool array, shape (n,)

    Returns
    -------
    float
        NaN where one of the two is missing.

    References
    ----------
    Mann and Whitney (1947), Annals of Mathematical Statistics 18.
    """
    n_up, n_down = int(is_up.sum()), int((~is_up).sum())
    if n_up == 0 or n_down == 0:
        return float("nan")
    ranks = ranks_within(scores, np.zeros(scores.size, dtype=np.int64))
    return float((ranks[is_up].sum() - n_up * (n_up + 1) / 2.0) / (n_up * n_down))


_N_SCORE_BINS = 256


def score_counts_by_session(
    scores: np.ndarray, is_up: np.ndarray, places: np.ndarray, n_sessions: int
) -> np.ndarray:
    """Count Ups and Downs of each session by their score, so that whole sessions can be drawn again.

    Parameters
    ----------
    scores : float64 array, shape (n,)
        No NaN; Ups and Downs alone.
    is_up : bool array, shape (n,)
    places : int array, shape (n,)
    n_sessions : int

    Returns
    -------
    float64 array, shape (n_sessions, 2 * 256)
        Downs, then Ups, in bins that hold equally many scores; equal scores share a bin.
    """
    edges = np.quantile(scores, np.linspace(0.0, 1.0, _N_SCORE_BINS + 1)[1:-1]) if scores.size else scores
    bins = np.searchsorted(edges, scores, side="left")
    cell = (places * 2 + is_up) * _N_SCORE_BINS + bins
    counts = np.bincount(cell, minlength=n_sessions * 2 * _N_SCORE_BINS)
    return counts.astype(np.float64).reshape(n_sessions, -1)


def area_of_counts(counts: np.ndarray) -> np.ndarray:
    """Return the area under the curve of sums as ``score_counts_by_session`` gives them.

    NaN where one of the two is missing; scores of one bin count as ties.
    """
    downs, ups = counts.reshape(len(counts), 2, -1).transpose(1, 0, 2)
    below = np.cumsum(downs, axis=1) - 0.5 * downs
    pairs = ups.sum(axis=1) * downs.sum(axis=1)
    area: np.ndarray = np.divide(
        (ups * below).sum(axis=1), pairs, out=np.full(len(counts), np.nan), where=pairs > 0.0
    )
    return area


def detectable_ic(ic: np.ndarray, horizon_sessions: int, level: float = 0.10, power: float = 0.80) -> Power:
    """Return the smallest true IC that so many sessions would show.

    Parameters
    ----------
    ic : float64 array, shape (n_sessions,)
        Daily ICs, NaN where there is none.
    horizon_sessions : int
        ICs up to h - 1 sessions apart share returns; their covariances count.
    level, power : float
        One-sided level of the test, and how often a true effect shall be found.

    Returns
    -------
    Power
        NaN figures below two sessions with an IC.
    """
    known = ic[np.isfinite(ic)]
    n = known.size
    if n < 2:
        return Power(n, float("nan"), float("nan"), level, power)
    error = error_of_mean(known, horizon_sessions)
    return Power(n, error, error * float(ndtri(1.0 - level) + ndtri(power)), level, power)
