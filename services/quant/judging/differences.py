"""Intervals in closed form and plain NumPy: pages ask them of any pair of models and any part."""

from statistics import NormalDist

import numpy as np

from models.domain.judging import Interval

_LAG_SESSIONS = 21  # a month, as the blocks of the intervals: volatility and mood last longer than labels do
_MIN_SESSIONS = 30  # below, the error itself is not known well enough for an interval


def error_of_mean(values: np.ndarray, lag_sessions: int) -> float:
    """Return the standard error of a mean of observations that resemble those shortly before.

    Parameters
    ----------
    values : float64 array, shape (n,)
        In order, without NaN; one or more.
    lag_sessions : int
        Covariances up to this lag less 1 count, the farther the less.

    References
    ----------
    Newey and West (1987), Econometrica 55.
    """
    n = values.size
    centred = values - values.mean()
    variance = centred @ centred / n
    for lag in range(1, min(lag_sessions, n)):
        variance += 2.0 * (1.0 - lag / lag_sessions) * (centred[lag:] @ centred[:-lag]) / n
    return float(np.sqrt(max(variance, 0.0) / n))


def interval_of_mean_difference(
    our_sessions: np.ndarray,
    ours: np.ndarray,
    their_sessions: np.ndarray,
    theirs: np.ndarray,
    confidence: float = 0.95,
) -> Interval | None:
    """Return how much more one has on average than the other, over the sessions that both have.

    Parameters
    ----------
    our_sessions, their_sessions : datetime64[D] arrays
        Ascending, each once.
    ours, theirs : float64 arrays
        A figure of each session, NaN where there is none.
    confidence : float
        Two-sided.

    Returns
    -------
    Interval or None
        From the standard error of the mean; None with fewer than 30 sessions in common.
    """
    shared, at_ours, at_theirs = np.intersect1d(our_sessions, their_sessions, return_indices=True)
    difference = ours[at_ours] - theirs[at_theirs]
    known = difference[np.isfinite(difference)]
    if known.size < _MIN_SESSIONS:
        return None
    mean = float(known.mean())
    reach = NormalDist().inv_cdf(0.5 + confidence / 2.0) * error_of_mean(known, _LAG_SESSIONS)
    return Interval(mean, mean - reach, mean + reach, confidence, int(known.size), int(shared.size))


def share_interval(share: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Return the two-sided interval of a share of ``n`` independent observations.

    Where observations overlap, ``n`` is how many of them do not; it need not be whole.

    References
    ----------
    Wilson (1927), J. American Statistical Association 22.
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n)
    reach = z / (1.0 + z * z / n) * float(np.sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n)))
    return middle - reach, middle + reach
