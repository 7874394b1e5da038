"""Value at risk of the next session, day by day, from a book's own returns up to the day before.

For one session ahead each method's quantile is a formula or an order statistic, so that nothing is simulated:
the back-test has no Monte Carlo error of its own.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from scipy.stats import norm, t

from models.domain.risk_request import RiskMethod
from services.quant.monte_carlo.garch import filter_variance, fit_volatility
from services.quant.monte_carlo.history import HISTORY_SESSIONS
from services.quant.monte_carlo.models import Report
from services.quant.monte_carlo.student import fit_degrees_of_freedom
from services.quant.value_at_risk import value_at_risk

REFIT_SESSIONS = 21  # degrees of freedom and GARCH; everything else moves daily


def forecast(
    method: RiskMethod, returns: np.ndarray, first: int, confidences: tuple[float, ...], report: Report
) -> np.ndarray:
    """Forecast value at risk for each session from ``first`` on.

    Parameters
    ----------
    method : RiskMethod
    returns : float64 array, shape (n_sessions,)
        Simple returns of the book at fixed weights. No NaN.
    first : int
        The first session that is forecast; each forecast sees up to 1,260 returns before its session.
    confidences : tuple of float
    report : callable
        Told how far it is; may raise to stop.

    Returns
    -------
    float64 array, shape (n_sessions - first, n_confidences)
        Losses as fractions.
    """
    return _FORECASTS[method](returns, first, confidences, report)


def _gbm(returns: np.ndarray, first: int, confidences: tuple[float, ...], _: Report) -> np.ndarray:
    mean, deviation = _moments(np.log1p(returns), first)
    below = norm.ppf(1.0 - np.array(confidences))
    return np.asarray(1.0 - np.exp(mean[:, None] + deviation[:, None] * below))


def _student(returns: np.ndarray, first: int, confidences: tuple[float, ...], report: Report) -> np.ndarray:
    mean, deviation = _moments(returns, first)
    unit = np.empty((mean.size, len(confidences)))
    for begin in range(first, returns.size, REFIT_SESSIONS):
        report(begin - first, mean.size, f"back-testing, {RiskMethod.STUDENT_T}")
        degrees = fit_degrees_of_freedom(_window(returns, begin)[:, None])
        quantile = t.ppf(1.0 - np.array(confidences), degrees) * np.sqrt((degrees - 2.0) / degrees)
        unit[begin - first : begin - first + REFIT_SESSIONS] = quantile
    return np.asarray(-(mean[:, None] + deviation[:, None] * unit))


def _bootstrap(returns: np.ndarray, first: int, confidences: tuple[float, ...], _: Report) -> np.ndarray:
    # A block of one session is a day of the history, whatever the length of blocks.
    found = np.empty((returns.size - first, len(confidences)))
    for session in range(first, returns.size):
        window = _window(returns, session)
        found[session - first] = [value_at_risk(window, confidence) for confidence in confidences]
    return found


def _filtered(returns: np.ndarray, first: int, confidences: tuple[float, ...], report: Report) -> np.ndarray:
    logs = np.log1p(returns)
    found = np.empty((returns.size - first, len(confidences)))
    for begin in range(first, returns.size, REFIT_SESSIONS):
        report(begin - first, found.shape[0], f"back-testing, {RiskMethod.FILTERED_HISTORICAL}")
        window = _window(logs, begin)
        model = fit_volatility(window)
        end = min(begin + REFIT_SESSIONS, returns.size)
        # Up to `end`: the variance of a session is known from those before it. It starts at the window's.
        start = float(((window - model.mean) ** 2).mean())
        variance = filter_variance(model, np.concatenate([window, logs[begin : end - 1]]), start)
        residual = (window - model.mean) / np.sqrt(variance[: window.size])
        residual = (residual - residual.mean()) / residual.std()
        below = np.array([-value_at_risk(residual, confidence) for confidence in confidences])
        deviation = np.sqrt(variance[window.size :])[:, None]
        found[begin - first : end - first] = 1.0 - np.exp(model.mean + deviation * below)
    return found


def _window(returns: np.ndarray, end: int) -> np.ndarray:
    return returns[max(0, end - HISTORY_SESSIONS) : end]


def _moments(returns: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of the window before each session from ``first`` on."""
    end = np.arange(first, returns.size)
    begin = np.maximum(0, end - HISTORY_SESSIONS)
    centre = returns.mean()  # sums of small numbers stay exact
    total, square = (np.concatenate([[0.0], np.cumsum((returns - centre) ** power)]) for power in (1, 2))
    n = end - begin
    mean = (total[end] - total[begin]) / n
    variance = (square[end] - square[begin] - n * mean**2) / (n - 1)
    return mean + centre, np.sqrt(np.maximum(variance, 0.0))


_Forecast = Callable[[np.ndarray, int, tuple[float, ...], Report], np.ndarray]
_FORECASTS: Mapping[RiskMethod, _Forecast] = MappingProxyType(
    {
        RiskMethod.GBM: _gbm,
        RiskMethod.STUDENT_T: _student,
        RiskMethod.BLOCK_BOOTSTRAP: _bootstrap,
        RiskMethod.FILTERED_HISTORICAL: _filtered,
    }
)
