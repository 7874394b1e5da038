"""Sums, extremes and moments over the trailing sessions of many symbols at once.

Every function takes arrays of one symbol after the other and pays no heed to where one ends: the first
``n_sessions - 1`` values after such a border mix two symbols and must be masked. Each value depends on its
own window alone and on nothing before it, to the last bit: no running sum carries rounding from earlier rows.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

# Variances below this share of the mean square are rounding, and count as none; so do such returns.
_NOISE = 1e-12

FloatArray = npt.NDArray[np.float64]
_Operation = Callable[[FloatArray, FloatArray], FloatArray]


def lagged(values: FloatArray, n_sessions: int) -> FloatArray:
    """Return the values of ``n_sessions`` before; NaN in the first of them."""
    result = np.full(values.size, np.nan)
    result[n_sessions:] = values[: max(values.size - n_sessions, 0)]
    return result


def _joined(operation: _Operation, near: FloatArray, far: FloatArray, n_sessions: int) -> FloatArray:
    """Return ``operation(near, far of n_sessions before)``; NaN in the first of them."""
    result = np.empty(near.size)
    result[:n_sessions] = np.nan
    if near.size > n_sessions:
        result[n_sessions:] = operation(near[n_sessions:], far[:-n_sessions])
    return result


def rolling_sum(values: FloatArray, n_sessions: int) -> FloatArray:
    """Return the sum of the last ``n_sessions`` values, NaN where one of them is.

    Doubled windows are put together by the binary digits of ``n_sessions``: seven additions for 60 of them.
    """
    total: FloatArray | None = None
    n_covered, width, doubled = 0, 1, values
    while True:
        if n_sessions & width:
            total = doubled if total is None else _joined(np.add, total, doubled, n_covered)
            n_covered += width
        if n_covered == n_sessions:
            assert total is not None  # noqa: S101 - a count has a digit that is not zero
            return total
        doubled = _joined(np.add, doubled, doubled, width)
        width *= 2


def _rolling_extreme(values: FloatArray, n_sessions: int, operation: _Operation) -> FloatArray:
    width = 1
    while 2 * width <= n_sessions:
        values = _joined(operation, values, values, width)
        width *= 2
    return values if width == n_sessions else _joined(operation, values, values, n_sessions - width)


def rolling_max(values: FloatArray, n_sessions: int) -> FloatArray:
    """Return the largest of the last ``n_sessions`` values, NaN where one of them is."""
    return _rolling_extreme(values, n_sessions, np.maximum)


def rolling_min(values: FloatArray, n_sessions: int) -> FloatArray:
    """Return the smallest of the last ``n_sessions`` values, NaN where one of them is."""
    return _rolling_extreme(values, n_sessions, np.minimum)


def rolling_mean(values: FloatArray, n_sessions: int) -> FloatArray:
    """Return the mean of the last ``n_sessions`` values, NaN where one of them is."""
    return rolling_sum(values, n_sessions) / n_sessions


def rolling_variance(values: FloatArray, n_sessions: int) -> FloatArray:
    """Return the population variance of the last ``n_sessions`` values; exactly 0 where they are equal."""
    mean_square = rolling_mean(values * values, n_sessions)
    mean = rolling_mean(values, n_sessions)
    variance = mean_square - mean * mean
    return np.where(variance <= _NOISE * mean_square, 0.0, variance)


def rolling_covariance(values: FloatArray, others: FloatArray, n_sessions: int) -> FloatArray:
    """Return the population covariance of two series over the last ``n_sessions``."""
    product = rolling_mean(values * others, n_sessions)
    return product - rolling_mean(values, n_sessions) * rolling_mean(others, n_sessions)


def rolling_correlation(values: FloatArray, others: FloatArray, n_sessions: int) -> FloatArray:
    """Return Pearson's correlation over the last ``n_sessions``; 0 where one of the two stands still."""
    scale = np.sqrt(rolling_variance(values, n_sessions) * rolling_variance(others, n_sessions))
    covariance = rolling_covariance(values, others, n_sessions)
    return np.clip(quotient(covariance, scale, where_zero=0.0), -1.0, 1.0)


def without_noise(returns: FloatArray) -> FloatArray:
    """Return the returns, exactly 0 where nothing but the rounding of adjusted prices is left.

    A fall by just the dividend is no fall; what asks for a return's sign must not hear it from rounding,
    which differs with the session at which the adjustment begins.
    """
    return np.where(np.abs(returns) <= _NOISE, 0.0, returns)


def quotient(numerator: FloatArray, denominator: FloatArray, where_zero: float) -> FloatArray:
    """Return numerator / denominator, and ``where_zero`` where the denominator is exactly 0."""
    is_zero = denominator == 0.0
    result = numerator / np.where(is_zero, 1.0, denominator)
    return np.where(is_zero & ~np.isnan(numerator), where_zero, result)


def place_in_range(values: FloatArray, low: FloatArray, high: FloatArray, noise: float = 1e-9) -> FloatArray:
    """Return (value - low) / (high - low); 0.5 where they differ by no more than ``noise`` of the high."""
    spread = high - low
    is_flat = spread <= noise * np.abs(high)
    return np.where(is_flat, 0.5, (values - low) / np.where(is_flat, 1.0, spread))
