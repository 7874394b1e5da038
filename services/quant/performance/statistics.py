"""Figures of an equity curve."""

import numpy as np

from models.domain.errors import InsufficientHistoryError
from models.domain.portfolio import SESSIONS_PER_YEAR


def total_return(equity: np.ndarray) -> float:
    """Return the last value over the first, less 1. ``equity``: float64, shape (n_sessions,), positive."""
    _require(equity, 1)
    return float(equity[-1] / equity[0] - 1.0)


def annual_return(equity: np.ndarray) -> float:
    """Return the constant yearly return that gives the same, with 252 sessions a year.

    Raises
    ------
    InsufficientHistoryError
        If there are fewer than two values.
    """
    _require(equity, 2)
    return float((equity[-1] / equity[0]) ** (SESSIONS_PER_YEAR / (equity.size - 1)) - 1.0)


def annual_volatility(returns: np.ndarray) -> float:
    """Return the sample deviation of returns, float64, shape (n,), no NaN, times the root of 252."""
    _require(returns, 2)
    return float(returns.std(ddof=1) * np.sqrt(SESSIONS_PER_YEAR))


def sharpe(returns: np.ndarray) -> float:
    """Return the annual Sharpe ratio against a risk-free rate of 0; NaN where returns never move."""
    volatility = annual_volatility(returns)
    if volatility <= 1e-15:
        return float("nan")
    return float(returns.mean() * SESSIONS_PER_YEAR / volatility)


def max_drawdown(equity: np.ndarray) -> float:
    """Return the largest loss from a peak, as a fraction of it, 0 or more."""
    _require(equity, 1)
    return float((1.0 - equity / np.maximum.accumulate(equity)).max())


def exposure(gross: np.ndarray, equity: np.ndarray) -> float:
    """Return the mean of gross holdings over equity, both float64, shape (n_sessions,)."""
    _require(equity, 1)
    return float((gross / equity).mean())


def annual_turnover(notional: float, equity: np.ndarray) -> float:
    """Return how often a year the book was turned over: half of what was traded over mean equity.

    Parameters
    ----------
    notional : float
        USD bought and sold over the sessions of ``equity``.
    equity : float64 array, shape (n_sessions,)
        USD at each close.
    """
    _require(equity, 2)
    return float(notional / 2.0 / equity.mean() * SESSIONS_PER_YEAR / (equity.size - 1))


def _require(values: np.ndarray, n: int) -> None:
    if values.size < n:
        raise InsufficientHistoryError(f"{values.size} sessions are too few; this figure needs {n}")
