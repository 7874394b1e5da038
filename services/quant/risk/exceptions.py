"""Whether exceptions to a value at risk come as often, and as independently, as they should."""

from dataclasses import dataclass

import numpy as np
from scipy.special import xlog1py, xlogy
from scipy.stats import binom

from models.domain.risk import BaselZone, TestResult, ZoneResult

MIN_INDEPENDENCE_EXCEPTIONS = 5
ZONE_SESSIONS = 250
_BASEL_CONFIDENCE = 0.99
_YELLOW_FROM, _RED_FROM = 5, 10  # of 250 at 99 %
_YELLOW_CDF, _RED_CDF = 0.95, 0.9999
_N_SIMULATED = 4_999
_PER_BLOCK = 2_000_000  # random numbers at once


@dataclass(frozen=True)
class ExceptionTests:
    """``independence`` and ``joint`` are None where fewer than 5 exceptions say nothing of them."""

    kupiec: TestResult
    independence: TestResult | None
    joint: TestResult | None


def kupiec_ratio(n_sessions: np.ndarray, n_exceptions: np.ndarray, probability: float) -> np.ndarray:
    """Return Kupiec's likelihood ratio of the number of exceptions; 0 ln 0 counts as 0.

    Parameters
    ----------
    n_sessions, n_exceptions : int or int64 array
    probability : float
        That a session is an exception: 1 - confidence.

    References
    ----------
    Kupiec (1995), Journal of Derivatives 3.
    """
    rate = n_exceptions / n_sessions
    n_others = n_sessions - n_exceptions
    supposed = xlogy(n_exceptions, probability) + xlog1py(n_others, -probability)
    observed = xlogy(n_exceptions, rate) + xlog1py(n_others, -rate)
    return np.asarray(np.maximum(2.0 * (observed - supposed), 0.0))


def independence_ratio(hits: np.ndarray) -> np.ndarray:
    """Return Christoffersen's likelihood ratio of exceptions that follow each other.

    Parameters
    ----------
    hits : bool array, shape (..., n_sessions)

    Returns
    -------
    float64 array, shape (...)
        0 where a state never occurs or never changes anything.

    References
    ----------
    Christoffersen (1998), International Economic Review 39.
    """
    before, after = hits[..., :-1], hits[..., 1:]
    n11 = np.count_nonzero(before & after, axis=-1)
    n10 = np.count_nonzero(before, axis=-1) - n11
    n01 = np.count_nonzero(after, axis=-1) - n11
    n00 = before.shape[-1] - n11 - n10 - n01
    alike = _bernoulli(n01 + n11, n00 + n10)
    apart = _bernoulli(n01, n00) + _bernoulli(n11, n10)
    return np.asarray(np.maximum(2.0 * (apart - alike), 0.0))


def _bernoulli(n_hits: np.ndarray, n_others: np.ndarray) -> np.ndarray:
    """Return the largest log likelihood of so many hits and others."""
    n = np.maximum(n_hits + n_others, 1)
    return np.asarray(xlogy(n_hits, n_hits / n) + xlogy(n_others, n_others / n))


def run_tests(hits: np.ndarray, confidence: float, rng: np.random.Generator) -> ExceptionTests:
    """Test exceptions for their number, their independence, and both.

    Parameters
    ----------
    hits : bool array, shape (n_sessions,)
        Whether the loss exceeded the forecast.
    confidence : float
    rng : numpy.random.Generator
        Draws histories of a right model. Their share with a ratio as large is the p-value: the chi-square
        distribution is far off for the few exceptions there are. Those for independence alone have as many
        exceptions as were observed, on average.

    Returns
    -------
    ExceptionTests
    """
    probability, n = 1.0 - confidence, hits.size
    n_hits = int(hits.sum())
    count = float(kupiec_ratio(np.array(n), np.array(n_hits), probability))
    apart = float(independence_ratio(hits))
    counts, joints = _simulated(n, probability, probability, rng)
    kupiec = TestResult(count, _p_value(count, counts))
    if n_hits < MIN_INDEPENDENCE_EXCEPTIONS:
        return ExceptionTests(kupiec, None, None)
    own_counts, own_joints = _simulated(n, n_hits / n, probability, rng)
    return ExceptionTests(
        kupiec,
        TestResult(apart, _p_value(apart, own_joints - own_counts)),
        TestResult(count + apart, _p_value(count + apart, joints)),
    )


def _simulated(
    n_sessions: int, rate: float, probability: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return Kupiec's ratio and the sum of both for histories of independent exceptions."""
    counts, joints = [], []
    per_block = max(1, _PER_BLOCK // n_sessions)
    for first in range(0, _N_SIMULATED, per_block):
        n_histories = min(per_block, _N_SIMULATED - first)
        hits = rng.random((n_histories, n_sessions), dtype=np.float32) < rate
        count = kupiec_ratio(np.array(n_sessions), hits.sum(axis=1), probability)
        counts.append(count)
        joints.append(count + independence_ratio(hits))
    return np.concatenate(counts), np.concatenate(joints)


def _p_value(ratio: float, simulated: np.ndarray) -> float:
    # The observed history counts as one of them; a ratio equal up to rounding counts as equal.
    return (1.0 + float((simulated >= ratio - 1e-9).sum())) / (simulated.size + 1.0)


def basel_zone(hits: np.ndarray, confidence: float) -> ZoneResult:
    """Return the zone of the newest 250 sessions, or of all where there are fewer.

    Parameters
    ----------
    hits : bool array, shape (n_sessions,)
    confidence : float

    Returns
    -------
    ZoneResult
        Of 250 sessions at 99 %: green to 4, yellow to 9, red from 10 on. Else yellow and red begin where the
        binomial probability of that many or fewer reaches 95 and 99.99 %, which gives the same at 250.

    References
    ----------
    Basel Committee on Banking Supervision (1996), Supervisory framework for the use of "backtesting".
    """
    newest = hits[-ZONE_SESSIONS:]
    n, n_hits = int(newest.size), int(newest.sum())
    if n == ZONE_SESSIONS and abs(confidence - _BASEL_CONFIDENCE) < 1e-9:
        is_yellow, is_red = n_hits >= _YELLOW_FROM, n_hits >= _RED_FROM
    else:
        reached = float(binom.cdf(n_hits, n, 1.0 - confidence))
        is_yellow, is_red = reached >= _YELLOW_CDF, reached >= _RED_CDF
    zone = BaselZone.RED if is_red else BaselZone.YELLOW if is_yellow else BaselZone.GREEN
    return ZoneResult(zone, n, n_hits)
