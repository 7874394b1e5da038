"""From indicators to scores, labels and the rank in the universe."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from models.domain.signals import CONFLUENCE_WEIGHTS, TECHNICAL_WEIGHTS, Label
from services.quant.gaps import FilledPanel

# Weighted sums of tenths land next to a threshold instead of on it; what is equal at 1e-12 is equal.
_DECIMALS = 12
# TA-Lib's running sums leave noise of up to 1e-11 of the price, which must not decide where a price stands
# against its average; the smallest tick there is weighs 1e-8.
_PRICE_NOISE = 1e-10
_RSI_SESSIONS = 14
_BLOCK = 32_768  # rows at a time whose intermediate arrays stay in the processor's cache


def _side(value: np.ndarray, other: np.ndarray, price: np.ndarray) -> np.ndarray:
    """Return 1 above, -1 below, 0 where equal but for rounding; NaN where either is."""
    difference = value - other
    return np.sign(np.where(np.abs(difference) <= _PRICE_NOISE * price, 0.0, difference))


def unchanged_for(close: np.ndarray, window_start: np.ndarray, n_sessions: int = _RSI_SESSIONS) -> np.ndarray:
    """Return where an adjusted close equals, but for rounding, each of the ``n_sessions`` before it.

    Parameters
    ----------
    close : float64 array, shape (n,)
        Adjusted closes of one window after the other.
    window_start : int array, shape (n,)
        First row of the window that each row belongs to.
    n_sessions : int
        Number of changes that must all be zero.
    """
    row = np.arange(close.size)
    moved = np.ones(close.size, dtype=bool)
    moved[1:] = _side(close[1:], close[:-1], close[1:]) != 0.0
    moved[window_start == row] = True
    last_move = np.maximum.accumulate(np.where(moved, row, 0))
    return np.asarray(row - last_move >= n_sessions)


def rsi_score(rsi: np.ndarray, unchanged: np.ndarray) -> np.ndarray:
    """Return (70 - RSI) / 40 within [0, 1], 0.5 where the price did not change in the whole window."""
    score = np.clip((70.0 - rsi) / 40.0, 0.0, 1.0)
    return np.where(unchanged & ~np.isnan(rsi), 0.5, score)


def macd_score(macd: np.ndarray, signal: np.ndarray, close: np.ndarray) -> np.ndarray:
    """Return 0.6 above the signal, 0.4 below, 0.5 where equal; NaN in the warm-up."""
    return np.asarray(0.5 + 0.1 * _side(macd, signal, close))


def moving_average_score(close: np.ndarray, sma_50: np.ndarray, sma_200: np.ndarray) -> np.ndarray:
    """Return 0.2 + 0.6 k / 3, k of close > SMA50, SMA50 > SMA200, close > SMA200; NaN in the warm-up."""
    pairs = ((close, sma_50), (sma_50, sma_200), (close, sma_200))
    n_true = np.sum([_side(value, other, close) > 0.0 for value, other in pairs], axis=0)
    return np.where(np.isnan(sma_200), np.nan, 0.2 + 0.2 * n_true)


def bollinger_score(close: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Return 0.3 below the lower band, 0.7 above the upper, else 0.5; NaN in the warm-up."""
    below, above = _side(close, lower, close) < 0.0, _side(close, upper, close) > 0.0
    score = np.select([below, above], [0.3, 0.7], 0.5)
    return np.where(np.isnan(upper), np.nan, score)


def technical_parts(
    close: np.ndarray, values: Mapping[str, np.ndarray], unchanged: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the four parts by name; every array has shape (n_rows,), NaN in its warm-up.

    Parameters
    ----------
    close : float64 array
        Closes in the units of their session.
    values : mapping
        Indicators by registry name, in the same units.
    unchanged : bool array
        Where the price stood still for the whole RSI window.
    """
    parts = {name: np.empty(close.size) for name in TECHNICAL_WEIGHTS}
    for first in range(0, close.size, _BLOCK):
        rows = slice(first, first + _BLOCK)
        price = close[rows]
        parts["rsi_score"][rows] = rsi_score(values["rsi_14"][rows], unchanged[rows])
        parts["macd_score"][rows] = macd_score(values["macd"][rows], values["macd_signal"][rows], price)
        parts["ma_score"][rows] = moving_average_score(price, values["sma_50"][rows], values["sma_200"][rows])
        parts["bb_score"][rows] = bollinger_score(price, values["bb_upper"][rows], values["bb_lower"][rows])
    return parts


def technical_score(parts: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the weighted sum of the four parts; NaN where one is missing."""
    total = sum(weight * parts[name] for name, weight in TECHNICAL_WEIGHTS.items())
    return np.round(np.asarray(total), _DECIMALS)


def confluence(sources: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the weighted mean of the sources; one that is NaN gives its weight to the others.

    Parameters
    ----------
    sources : mapping
        Scores in [0, 1] by source name (technical, sentiment, model), shape (n_rows,). A source that is
        unproven is handed over as NaN.

    Returns
    -------
    float64 array, shape (n_rows,)
        NaN where every source is.
    """
    score = np.stack([sources[name] for name in CONFLUENCE_WEIGHTS])
    weight = np.array(list(CONFLUENCE_WEIGHTS.values()))[:, None] * ~np.isnan(score)
    total = weight.sum(axis=0)
    mixed = (weight * np.nan_to_num(score)).sum(axis=0) / np.where(total == 0.0, 1.0, total)
    return np.where(total == 0.0, np.nan, np.round(mixed, _DECIMALS))


def technical_labels(score: np.ndarray) -> np.ndarray:
    """Return < 0.30 STRONG SELL, < 0.40 SELL, <= 0.60 HOLD, <= 0.70 BUY, above STRONG BUY."""
    conditions = [score < 0.30, score < 0.40, score <= 0.60, score <= 0.70]
    labels = [Label.STRONG_SELL, Label.SELL, Label.HOLD, Label.BUY]
    return np.select(conditions, [label.value for label in labels], Label.STRONG_BUY.value)


def confluence_labels(score: np.ndarray) -> np.ndarray:
    """Return > 0.65 STRONG BUY, > 0.55 BUY, >= 0.45 HOLD, >= 0.35 SELL, below STRONG SELL."""
    conditions = [score > 0.65, score > 0.55, score >= 0.45, score >= 0.35]
    labels = [Label.STRONG_BUY, Label.BUY, Label.HOLD, Label.SELL]
    return np.select(conditions, [label.value for label in labels], Label.STRONG_SELL.value)


def rank_in_universe(session: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Return the share of the day's universe with a lower score; ties, oneself among them, count half.

    Parameters
    ----------
    session : datetime64[D] array, shape (n,)
    score : float64 array, shape (n,)
        No NaN.
    """
    by_day = pd.Series(score).groupby(session)
    return ((by_day.rank(method="average") - 0.5) / by_day.transform("size")).to_numpy()


def window_counts(filled: FilledPanel, n_sessions: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return, for each place, its window's first place, its sessions so far and how many are filled.

    The last counts within the trailing ``n_sessions``. int64, shape (n_places,).
    """
    sizes = np.diff(filled.window_starts)
    start = np.repeat(filled.window_starts[:-1], sizes)
    place = np.arange(filled.source.size)
    n_filled = np.concatenate(([0], np.cumsum(filled.is_filled)))
    begin = np.maximum(start, place - n_sessions + 1)
    return start, place - start + 1, n_filled[place + 1] - n_filled[begin]
