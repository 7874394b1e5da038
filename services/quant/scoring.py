"""From indicators to the technical score, its label and the rank in the universe."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from models.domain.signals import TECHNICAL_WEIGHTS
from services.quant.confluence import SCORE_DECIMALS, first_label_that_holds
from services.quant.gaps import FilledPanel

# TA-Lib's running sums leave noise of up to 1e-11 of the price, which must not decide where a price stands
# against its average; the smallest tick there is weighs 1e-8.
_PRICE_NOISE = 1e-10
_RSI_SESSIONS = 14
SCORED = ("rsi_14", "macd", "macd_signal", "sma_50", "sma_200", "bb_upper", "bb_lower")
_BLOCK = 32_768  # rows at a time whose intermediate arrays stay in the processor's cache


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
    still = np.zeros(close.size, dtype=bool)
    for first in range(1, close.size, _BLOCK):
        here, before = close[first : first + _BLOCK], close[first - 1 : first + _BLOCK - 1]
        change = np.subtract(here, before[: here.size])
        still[first : first + _BLOCK] = np.abs(change, out=change) <= _PRICE_NOISE * here
    # Rows that stand still are few; of each the place within its run, and the run may not leave the window.
    row = np.flatnonzero(still)
    begins_run = np.diff(row, prepend=-2) != 1
    run_start = row[begins_run][np.cumsum(begins_run) - 1]
    is_long = (row - run_start + 1 >= n_sessions) & (window_start[row] <= row - n_sessions)
    unchanged = np.zeros(close.size, dtype=bool)
    unchanged[row[is_long]] = True
    return unchanged


def rsi_score(rsi: np.ndarray, unchanged: np.ndarray) -> np.ndarray:
    """Return (70 - RSI) / 40 within [0, 1], 0.5 where the price did not change in the whole window."""
    score = np.clip((70.0 - rsi) / 40.0, 0.0, 1.0)
    if unchanged.any():
        score[unchanged & ~np.isnan(rsi)] = 0.5
    return score


def macd_score(macd: np.ndarray, signal: np.ndarray, close: np.ndarray) -> np.ndarray:
    """Return 0.6 above the signal, 0.4 below, 0.5 where equal; NaN in the warm-up."""
    difference, noise = macd - signal, _PRICE_NOISE * close
    score = np.where(difference > noise, 0.6, np.where(difference < -noise, 0.4, 0.5))
    score[np.isnan(difference)] = np.nan
    return score


def moving_average_score(close: np.ndarray, sma_50: np.ndarray, sma_200: np.ndarray) -> np.ndarray:
    """Return 0.2 + 0.6 k / 3, k of close > SMA50, SMA50 > SMA200, close > SMA200; NaN in the warm-up."""
    noise = _PRICE_NOISE * close
    n_true = (close - sma_50 > noise).view(np.int8)
    n_true += (sma_50 - sma_200 > noise).view(np.int8)
    n_true += (close - sma_200 > noise).view(np.int8)
    score = np.asarray(0.2 + 0.2 * n_true)
    score[np.isnan(sma_200)] = np.nan
    return score


def bollinger_score(close: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Return 0.3 below the lower band, 0.7 above the upper, else 0.5; NaN in the warm-up."""
    noise = _PRICE_NOISE * close
    score = np.where(close - upper > noise, 0.7, np.where(lower - close > noise, 0.3, 0.5))
    score[np.isnan(upper)] = np.nan
    return score


def technical_score(parts: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the weighted sum of the four parts; NaN where one is missing."""
    total = sum(weight * parts[name] for name, weight in TECHNICAL_WEIGHTS.items())
    return np.round(np.asarray(total), SCORE_DECIMALS)


def technical_parts(
    close: np.ndarray, values: Mapping[str, np.ndarray], unchanged: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the four parts by name; float64, shape (n_rows,), NaN in the warm-up.

    Parameters
    ----------
    close : float64 array
        Closes in the units of their session.
    values : mapping
        Indicators by registry name, in the same units.
    unchanged : bool array
        Where the price stood still for the whole RSI window.
    """
    return {
        "rsi_score": rsi_score(values["rsi_14"], unchanged),
        "macd_score": macd_score(values["macd"], values["macd_signal"], close),
        "ma_score": moving_average_score(close, values["sma_50"], values["sma_200"]),
        "bb_score": bollinger_score(close, values["bb_upper"], values["bb_lower"]),
    }


def technical_scores(
    close: np.ndarray, values: Mapping[str, np.ndarray], unchanged: np.ndarray
) -> np.ndarray:
    """Return the technical score of every row, without keeping its parts; arguments as for the parts."""
    technical = np.empty(close.size)
    for first in range(0, close.size, _BLOCK):
        rows = slice(first, first + _BLOCK)
        here = {name: values[name][rows] for name in SCORED}
        technical[rows] = technical_score(technical_parts(close[rows], here, unchanged[rows]))
    return technical


def technical_labels(score: np.ndarray) -> "pd.Categorical[str]":
    """Return < 0.30 STRONG SELL, < 0.40 SELL, <= 0.60 HOLD, <= 0.70 BUY, above STRONG BUY."""
    return first_label_that_holds([score > 0.70, score > 0.60, score >= 0.40, score >= 0.30])


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
    start = window_start(filled)
    place = np.arange(filled.source.size)
    n_so_far = place - start
    n_so_far += 1
    if not filled.is_filled.any():
        return start, n_so_far, np.zeros(place.size, dtype=np.int64)
    n_filled = np.concatenate(([0], np.cumsum(filled.is_filled)))
    begin = np.maximum(start, place - n_sessions + 1)
    return start, n_so_far, n_filled[place + 1] - n_filled[begin]


def window_start(filled: FilledPanel) -> np.ndarray:
    """Return the first place of the window that each place belongs to; int64, shape (n_places,)."""
    return np.repeat(filled.window_starts[:-1], np.diff(filled.window_starts))
