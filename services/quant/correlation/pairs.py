"""Pairs of a matrix: the extremes, and one over time."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.domain.correlation import PAIR_WINDOW, CorrelationMethod, RollingPair
from models.domain.errors import InsufficientHistoryError
from services.quant.correlation.matrices import pearson, spearman
from services.quant.correlation.returns import ReturnTable

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_NORMAL_975 = 1.959963984540054
_SPEARMAN_SPREAD = 1.06  # of the variance of Fisher's z, for rank correlations


def extreme_pairs(matrix: FloatArray, n_pairs: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the places of the pairs with the highest and the lowest correlations, the most extreme first."""
    rows, columns = np.triu_indices_from(matrix, 1)
    values = matrix[rows, columns]
    n_pairs = min(n_pairs, values.size)
    highest = np.argpartition(-values, n_pairs - 1)[:n_pairs]
    lowest = np.argpartition(values, n_pairs - 1)[:n_pairs]
    highest = highest[np.argsort(-values[highest], kind="stable")]
    lowest = lowest[np.argsort(values[lowest], kind="stable")]
    return _places(rows, columns, highest), _places(rows, columns, lowest)


def _places(rows: IntArray, columns: IntArray, chosen: IntArray) -> list[tuple[int, int]]:
    return list(zip(rows[chosen].tolist(), columns[chosen].tolist(), strict=True))


def rolling_correlation(
    returns: FloatArray, n_sessions: int, method: CorrelationMethod = CorrelationMethod.PEARSON
) -> FloatArray:
    """Return the correlation of two columns over the last ``n_sessions`` rows up to each.

    Parameters
    ----------
    returns : float64 array, shape (n_rows, 2)
        Returns of the two on common sessions; no NaN.
    n_sessions : int
        Three or more.
    method : CorrelationMethod
        Of a single pair there is nothing to shrink: Ledoit-Wolf is Pearson here.

    Returns
    -------
    float64 array, shape (n_rows,)
        NaN in the first ``n_sessions - 1`` rows and where one of the two does not vary.
    """
    result = np.full(returns.shape[0], np.nan)
    if returns.shape[0] < n_sessions:
        return result
    windows = np.lib.stride_tricks.sliding_window_view(returns, n_sessions, axis=0)
    if method is CorrelationMethod.SPEARMAN:
        stacked = pd.DataFrame(windows.reshape(-1, n_sessions).T).rank().to_numpy("float64").T
        windows = stacked.reshape(windows.shape)
    centred = windows - windows.mean(axis=2, keepdims=True)
    products = (centred[:, 0] * centred[:, 1]).mean(axis=1)
    variances = np.square(centred).mean(axis=2)
    varies = (variances > 1e-12 * np.square(windows).mean(axis=2)).all(axis=1)
    values = np.full(varies.size, np.nan)
    values[varies] = products[varies] / np.sqrt(variances[varies].prod(axis=1))
    result[n_sessions - 1 :] = np.clip(values, -1.0, 1.0)
    return result


def pair_correlation(returns: FloatArray, method: CorrelationMethod) -> float:
    """Return the correlation of two columns, NaN where it cannot be measured."""
    compute = spearman if method is CorrelationMethod.SPEARMAN else pearson
    return float(compute(returns)[0, 1])


def fisher_interval(correlation: float, n_common: int, method: CorrelationMethod) -> tuple[float, float]:
    """Return the 95 % interval of a correlation; NaN with fewer than 4 observations.

    References
    ----------
    Fisher (1921), Metron 1; for ranks Fieller, Hartley and Pearson (1957), Biometrika 44.
    """
    if n_common < 4:
        return float("nan"), float("nan")
    if abs(correlation) >= 1.0:
        return correlation, correlation
    spread = _SPEARMAN_SPREAD if method is CorrelationMethod.SPEARMAN else 1.0
    half = _NORMAL_975 * np.sqrt(spread / (n_common - 3))
    middle = np.arctanh(correlation)
    return float(np.tanh(middle - half)), float(np.tanh(middle + half))


def rolling_pair(
    table: ReturnTable,
    names: Mapping[str, str],
    first: str,
    method: CorrelationMethod,
    window_sessions: int,
) -> RollingPair:
    """Return the two symbols of a table over time, ``first`` first.

    Raises
    ------
    InsufficientHistoryError
        If they share too few sessions for one point, or one of them did not vary.
    """
    place = table.symbols.index(first)
    second = table.symbols[1 - place]
    is_common = ~np.isnan(table.returns).any(axis=1)
    returns = table.returns[is_common][:, [place, 1 - place]]
    session = table.session[is_common]
    if session.size < PAIR_WINDOW:
        raise InsufficientHistoryError(
            f"{first} and {second} share {session.size:,} returns; a rolling correlation takes {PAIR_WINDOW}"
        )
    inside = returns[session >= table.session[-window_sessions:][0]]
    whole = pair_correlation(inside, method)
    if np.isnan(whole):
        raise InsufficientHistoryError(
            f"{first} or {second} did not vary within the window: choose a longer one"
        )
    low, high = fisher_interval(whole, len(inside), method)
    return RollingPair(
        first=first,
        second=second,
        first_name=names[first],
        second_name=names[second],
        method=method,
        window_sessions=PAIR_WINDOW,
        session=session,
        correlation=rolling_correlation(returns, PAIR_WINDOW, method),
        whole=whole,
        low=low,
        high=high,
        n_common=len(inside),
    )
