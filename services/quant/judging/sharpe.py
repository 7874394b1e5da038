"""How much of a Sharpe ratio is luck, and how much is search."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

_FEW_TRIALS = 10


@dataclass(frozen=True)
class SharpeMoments:
    """Of returns per session: nothing is annualised, and a normal distribution's kurtosis is 3."""

    sharpe: float
    n_sessions: int
    skewness: float
    kurtosis: float

    @classmethod
    def of(cls, returns: np.ndarray) -> "SharpeMoments":
        """Measure returns, float64, shape (n_sessions,), without NaN; the Sharpe of a constant is NaN."""
        spread = float(returns.std(ddof=1)) if returns.size > 1 else 0.0
        if spread <= 1e-15 * max(1.0, abs(float(returns.mean())) if returns.size else 1.0):
            return cls(float("nan"), returns.size, float("nan"), float("nan"))
        centred = returns - returns.mean()
        variance = float((centred**2).mean())
        return cls(
            float(returns.mean()) / spread,
            returns.size,
            float((centred**3).mean()) / variance**1.5,
            float((centred**4).mean()) / variance**2,
        )


def probabilistic_sharpe(moments: SharpeMoments, benchmark: float = 0.0) -> float:
    """Return the probability that the true Sharpe ratio exceeds a benchmark.

    Parameters
    ----------
    moments : SharpeMoments
    benchmark : float
        Per session.

    Returns
    -------
    float
        NaN where the Sharpe ratio or its error is not defined.

    References
    ----------
    Bailey and Lopez de Prado (2012), The Sharpe Ratio Efficient Frontier, Journal of Risk 15, equation 11.
    """
    sharpe = moments.sharpe
    spread = 1.0 - moments.skewness * sharpe + (moments.kurtosis - 1.0) / 4.0 * sharpe**2
    if not np.isfinite(spread) or spread <= 0.0 or moments.n_sessions < 2:
        return float("nan")
    return float(ndtr((sharpe - benchmark) * np.sqrt(moments.n_sessions - 1) / np.sqrt(spread)))


def expected_best_sharpe(n_trials: int, variance: float) -> float:
    """Return the Sharpe ratio that the best of so many trials without skill is expected to show.

    Parameters
    ----------
    n_trials : int
        2 or more, as if independent.
    variance : float
        Of the trials' Sharpe ratios, per session.

    References
    ----------
    Bailey and Lopez de Prado (2014), The Deflated Sharpe Ratio, Journal of Portfolio Management 40.
    """
    euler = float(np.euler_gamma)
    return float(
        np.sqrt(variance)
        * ((1.0 - euler) * ndtri(1.0 - 1.0 / n_trials) + euler * ndtri(1.0 - 1.0 / (n_trials * np.e)))
    )


def variance_of_trials(trial_sharpes: Sequence[float], n_sessions: int) -> float:
    """Return V of the deflated Sharpe ratio: of the trials, or that of pure luck while they are few."""
    known = np.array([sharpe for sharpe in trial_sharpes if np.isfinite(sharpe)])
    if known.size < _FEW_TRIALS:
        return 1.0 / (n_sessions - 1)
    return float(known.var(ddof=1))


def deflated_sharpe(moments: SharpeMoments, n_trials: int, variance: float) -> float | None:
    """Return the probability that the true Sharpe ratio exceeds what the best of all trials shows by luck.

    Parameters
    ----------
    moments : SharpeMoments
        Of the trial that was chosen.
    n_trials : int
        Every configuration ever tried.
    variance : float
        Of ``variance_of_trials``.

    Returns
    -------
    float or None
        None for a single trial, which was not chosen among any.
    """
    if n_trials < 2:
        return None
    return probabilistic_sharpe(moments, expected_best_sharpe(n_trials, variance))
