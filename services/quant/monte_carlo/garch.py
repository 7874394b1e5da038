"""Volatility that clusters: GARCH(1, 1) with Student-t shocks, or an exponential average."""

from dataclasses import dataclass

import numpy as np
from arch import arch_model
from scipy.signal import lfilter

MIN_GARCH_RETURNS = 500
EWMA_DECAY = 0.94
_PER_CENT = 100.0  # the likelihood's optimiser wants returns near 1
_STILL = 1e-12
_MAX_PERSISTENCE = 0.999


@dataclass(frozen=True)
class VolatilityModel:
    """variance(t + 1) = omega + alpha shock(t)^2 + beta variance(t), of returns less ``mean``."""

    mean: float
    omega: float
    alpha: float
    beta: float
    is_garch: bool


def fit_volatility(returns: np.ndarray) -> VolatilityModel:
    """Fit the volatility of a series.

    Parameters
    ----------
    returns : float64 array, shape (n_sessions,)
        Oldest first. No NaN.

    Returns
    -------
    VolatilityModel
        GARCH(1, 1) with t shocks by maximum likelihood from 500 returns on; where there are fewer, the fit
        does not converge or the price does not move, the exponential average with a decay of 0.94.

    References
    ----------
    Bollerslev (1987), Review of Economics and Statistics 69; J.P. Morgan (1996), RiskMetrics.
    """
    mean = float(returns.mean())
    average = VolatilityModel(mean, 0.0, 1.0 - EWMA_DECAY, EWMA_DECAY, is_garch=False)
    if returns.size < MIN_GARCH_RETURNS or returns.var() < _STILL:
        return average
    fitted = arch_model(_PER_CENT * returns, mean="Constant", vol="GARCH", p=1, q=1, dist="t").fit(
        disp="off", show_warning=False
    )
    found = fitted.params.to_dict()
    alpha, beta = float(found["alpha[1]"]), float(found["beta[1]"])
    is_sound = fitted.convergence_flag == 0 and np.isfinite(list(found.values())).all()
    if not is_sound or alpha + beta >= _MAX_PERSISTENCE:
        return average
    return VolatilityModel(
        float(found["mu"]) / _PER_CENT, float(found["omega"]) / _PER_CENT**2, alpha, beta, is_garch=True
    )


def filter_variance(model: VolatilityModel, returns: np.ndarray, start: float | None = None) -> np.ndarray:
    """Return the variance of each session, known the session before, and of the one after the last.

    Parameters
    ----------
    model : VolatilityModel
    returns : float64 array, shape (n_sessions,)
    start : float, optional
        Variance of the first session; the returns' own if None.

    Returns
    -------
    float64 array, shape (n_sessions + 1,)
    """
    squared = (returns - model.mean) ** 2
    first = float(squared.mean()) if start is None else start
    later = lfilter([1.0], [1.0, -model.beta], model.omega + model.alpha * squared, zi=[model.beta * first])[
        0
    ]
    return np.concatenate(([first], later))
