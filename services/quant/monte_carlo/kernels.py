"""Compiled loops that walk a book through its paths.

They are compiled anew in each process, at their first call: numba's cache on disk is pickle, which nothing
here reads. Each releases the interpreter, so that threads work side by side; a generator belongs to one call.

All take ``weights`` and ``cash`` (fractions of the book at the start, held without trading) and return

- ``values``: float64, shape (n_paths, n_sessions), the book's value after each session, 1 at the start;
- ``drawdowns``: float64, shape (n_paths,), the largest fall from a peak as a fraction of it;
- ``growth``: float64, shape (n_paths, n_symbols), what a unit of each symbol has become at the end.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

Paths = tuple[np.ndarray, np.ndarray, np.ndarray]
_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def _compiled(kernel: _Kernel) -> _Kernel:
    # Sums may be taken in any order, which lets the processor do four or eight at once; NaN stays NaN.
    return cast(_Kernel, numba.njit(nogil=True, fastmath={"reassoc", "contract", "arcp"})(kernel))


@_compiled
def _fallen(value: float, peak: float, floor: float) -> tuple[float, float]:
    """Note a value; 1 - floor / peak stays the largest fall so far, with a division only where it changes."""
    if value > peak:
        return value, floor * (value / peak)
    return peak, min(floor, value)


@_compiled
def lognormal_paths(
    rng: np.random.Generator,
    n_paths: int,
    n_sessions: int,
    mean: np.ndarray,
    factor: np.ndarray,
    weights: np.ndarray,
    cash: float,
) -> Paths:
    """Walk with normal log returns.

    ``mean``: float64, shape (n_symbols,), a session's. ``factor``: float64, shape (n_factors, n_symbols), C
    order, an upper triangle: normals times it have the covariance of a session's log returns.
    """
    n_factors, n_symbols = factor.shape
    values = np.empty((n_paths, n_sessions))
    drawdowns = np.empty(n_paths)
    growth = np.empty((n_paths, n_symbols))
    total = np.empty(n_symbols)
    for path in range(n_paths):
        total[:] = 0.0
        peak, floor = 1.0, 1.0
        for session in range(n_sessions):
            for symbol in range(n_symbols):
                total[symbol] += mean[symbol]
            for place in range(n_factors):
                normal = rng.standard_normal()
                for symbol in range(place, n_symbols):
                    total[symbol] += normal * factor[place, symbol]
            value = cash
            for symbol in range(n_symbols):
                value += weights[symbol] * math.exp(total[symbol])
            values[path, session] = value
            peak, floor = _fallen(value, peak, floor)
        drawdowns[path] = 1.0 - floor / peak
        for symbol in range(n_symbols):
            growth[path, symbol] = math.exp(total[symbol])
    return values, drawdowns, growth


@_compiled
def lognormal_paths_of_one(
    rng: np.random.Generator,
    n_paths: int,
    n_sessions: int,
    mean: float,
    deviation: float,
    weight: float,
    cash: float,
) -> Paths:
    """Walk as ``lognormal_paths`` does with a single symbol, without loops over symbols: twice as fast."""
    values = np.empty((n_paths, n_sessions))
    drawdowns = np.empty(n_paths)
    growth = np.empty((n_paths, 1))
    for path in range(n_paths):
        total, own = 0.0, 1.0
        peak, floor = 1.0, 1.0
        for session in range(n_sessions):
            total += mean + deviation * rng.standard_normal()
            own = math.exp(total)
            value = cash + weight * own
            values[path, session] = value
            peak, floor = _fallen(value, peak, floor)
        drawdowns[path] = 1.0 - floor / peak
        growth[path, 0] = own
    return values, drawdowns, growth


@_compiled
def student_paths(
    rng: np.random.Generator,
    n_paths: int,
    n_sessions: int,
    mean: np.ndarray,
    factor: np.ndarray,
    degrees: float,
    weights: np.ndarray,
    cash: float,
) -> Paths:
    """Walk with simple returns of a multivariate t: the symbols of a session share one chi-square.

    ``factor``: as in ``lognormal_paths``, of the scale matrix. Simple returns, because the exponential of a t
    has no mean; what would fall by more than all it is worth is worth nothing from then on.
    """
    n_factors, n_symbols = factor.shape
    values = np.empty((n_paths, n_sessions))
    drawdowns = np.empty(n_paths)
    growth = np.empty((n_paths, n_symbols))
    shift = np.empty(n_symbols)
    for path in range(n_paths):
        own = growth[path]
        own[:] = 1.0
        peak, floor = 1.0, 1.0
        for session in range(n_sessions):
            stretch = math.sqrt(degrees / rng.chisquare(degrees))
            shift[:] = 0.0
            for place in range(n_factors):
                normal = rng.standard_normal() * stretch
                for symbol in range(place, n_symbols):
                    shift[symbol] += normal * factor[place, symbol]
            value = cash
            for symbol in range(n_symbols):
                own[symbol] *= max(0.0, 1.0 + mean[symbol] + shift[symbol])
                value += weights[symbol] * own[symbol]
            values[path, session] = value
            peak, floor = _fallen(value, peak, floor)
        drawdowns[path] = 1.0 - floor / peak
    return values, drawdowns, growth


@_compiled
def bootstrap_paths(
    rng: np.random.Generator,
    n_paths: int,
    n_sessions: int,
    gross: np.ndarray,
    restart: float,
    weights: np.ndarray,
    cash: float,
) -> Paths:
    """Walk through days of the history in blocks of random length, all symbols together.

    ``gross``: float64, shape (n_days, n_symbols), 1 + return. ``restart``: probability that the next day is
    drawn anew instead of being the one that followed; after the last day comes the first.
    """
    n_days, n_symbols = gross.shape
    values = np.empty((n_paths, n_sessions))
    drawdowns = np.empty(n_paths)
    growth = np.empty((n_paths, n_symbols))
    for path in range(n_paths):
        own = growth[path]
        own[:] = 1.0
        peak, floor, day = 1.0, 1.0, 0
        for session in range(n_sessions):
            if session == 0 or rng.random() < restart:
                day = int(rng.random() * n_days)
            else:
                day = day + 1 if day + 1 < n_days else 0
            value = cash
            for symbol in range(n_symbols):
                own[symbol] *= gross[day, symbol]
                value += weights[symbol] * own[symbol]
            values[path, session] = value
            peak, floor = _fallen(value, peak, floor)
        drawdowns[path] = 1.0 - floor / peak
    return values, drawdowns, growth


@_compiled
def filtered_paths(
    rng: np.random.Generator,
    n_paths: int,
    n_sessions: int,
    residuals: np.ndarray,
    dynamics: np.ndarray,
    largest: float,
    weights: np.ndarray,
    cash: float,
) -> Paths:
    """Walk with past days' standardised residuals, all symbols together; volatility goes on from today's.

    ``residuals``: float64, shape (n_days, n_symbols). ``dynamics``: float64, shape (5, n_symbols): mean of
    log returns, the next variance, and omega, alpha, beta of GARCH(1, 1). ``largest``: of a variance.
    """
    n_days, n_symbols = residuals.shape
    mean, omega, alpha, beta = dynamics[0], dynamics[2], dynamics[3], dynamics[4]
    values = np.empty((n_paths, n_sessions))
    drawdowns = np.empty(n_paths)
    growth = np.empty((n_paths, n_symbols))
    variance = np.empty(n_symbols)
    total = np.empty(n_symbols)
    for path in range(n_paths):
        variance[:] = dynamics[1]
        total[:] = 0.0
        peak, floor = 1.0, 1.0
        for session in range(n_sessions):
            day = int(rng.random() * n_days)
            value = cash
            for symbol in range(n_symbols):
                shock = math.sqrt(variance[symbol]) * residuals[day, symbol]
                total[symbol] += mean[symbol] + shock
                squared = shock * shock
                following = omega[symbol] + alpha[symbol] * squared + beta[symbol] * variance[symbol]
                variance[symbol] = min(following, largest)
                value += weights[symbol] * math.exp(total[symbol])
            values[path, session] = value
            peak, floor = _fallen(value, peak, floor)
        drawdowns[path] = 1.0 - floor / peak
        for symbol in range(n_symbols):
            growth[path, symbol] = math.exp(total[symbol])
    return values, drawdowns, growth
