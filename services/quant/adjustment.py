"""Growth factors that turn quoted prices into adjusted ones."""

from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np


@dataclass(frozen=True)
class Adjustment:
    """How a provider adjusts its own prices.

    ``applies_splits``: prices are quoted ones, so splits are still to be applied; where not, they stand among
    the events for people alone. ``on_previous_close``: a dividend is worth its share of the close before the
    ex-date (the textbook's formula); otherwise of the ex-date's own close.
    """

    applies_splits: bool = True
    on_previous_close: bool = False


# Yahoo's prices and dividends hold every split up to the day they were asked for; its adjusted closes follow
# the textbook.
_BY_PROVIDER = MappingProxyType({"yfinance": Adjustment(applies_splits=False, on_previous_close=True)})


def adjustment_of(provider: str) -> Adjustment:
    """Return the formula of a provider."""
    return _BY_PROVIDER.get(provider, Adjustment())


def growth_factors(
    starts: np.ndarray,
    close: np.ndarray,
    dividend: np.ndarray,
    split: np.ndarray,
    *,
    on_previous_close: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Accumulate splits and dividends from each symbol's first row on.

    Adjusted price = price * gross growth; divided by the gross growth of session T it is the price adjusted
    as of T. Because growth accumulates forward, no later event changes an earlier value, to the last bit.

    Parameters
    ----------
    starts : int array, shape (n_symbols + 1,)
        First row of each symbol, then the number of rows.
    close : float64 array, shape (n_rows,)
        Closes as quoted. No NaN.
    dividend, split : float64 array, shape (n_rows,)
        Cash a share on the ex-date (0 where none) and new shares for an old one (1 where none).
    on_previous_close : bool
        Take dividends as a share of the close before, by the textbook. One that is not below that close has
        no such share and is taken of the ex-date's close after all.

    Returns
    -------
    gross_growth, share_growth : float64 array, shape (n_rows,)
        With dividends reinvested, and from splits alone. 1 at each symbol's first row: what was paid on it
        belongs to those who held before.

    References
    ----------
    The day's factor close / ((close + dividend) * split) reproduces Alpha Vantage's adjusted closes and
    those of the sample; its reciprocal is what accumulates here. The textbook's factor, which Yahoo's follow,
    is (1 - dividend / previous close) / split, the previous close in the ex-date's shares.
    """
    step = (close + dividend) * split / close
    if on_previous_close:
        before = np.empty_like(close)
        before[1:] = close[:-1]
        before[starts[:-1]] = np.inf  # what was paid on the first row belongs to those who held before
        before /= split
        sound = dividend < before
        step[sound] = split[sound] / (1.0 - dividend[sound] / before[sound])
    gross_growth = np.ones_like(close)
    share_growth = np.ones_like(close)
    for first, last in pairwise(starts.tolist()):
        np.cumprod(step[first + 1 : last], out=gross_growth[first + 1 : last])
        np.cumprod(split[first + 1 : last], out=share_growth[first + 1 : last])
    return gross_growth, share_growth


def derive_events(close: np.ndarray, adj_close: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Recover one symbol's splits and dividends from its adjusted closes.

    Parameters
    ----------
    close, adj_close : float64 array, shape (n_sessions,)
        Quoted and fully adjusted closes, oldest first. Positive, no NaN.

    Returns
    -------
    dividend, split : float64 array, shape (n_sessions,)
        Cash a share (0 where none), rounded to 1e-6, and new shares for one old (1 where none).

    Notes
    -----
    The ratio adj_close / close moves at events alone. A factor at a whole number or its reciprocal (3:2 and
    5:4 too) is a split where the quoted close moved with it, otherwise a dividend.
    """
    ratio = adj_close / close
    factor = np.ones_like(close)
    factor[1:] = ratio[:-1] / ratio[1:]
    moved = np.abs(factor - 1.0) > 1e-6
    split = np.ones_like(close)
    n_new = np.round(1.0 / factor * 20.0) / 20.0  # multiples of 1/20 hold 2, 1.5, 1.25, 1.05
    n_old = np.round(factor)
    forward = moved & (factor < 0.96) & (np.abs(factor * n_new - 1.0) < 1e-4)
    reverse = moved & (factor > 1.5) & (np.abs(factor / np.maximum(n_old, 1.0) - 1.0) < 1e-4)
    quoted = np.ones_like(close)
    quoted[1:] = close[1:] / close[:-1]
    followed = np.abs(np.log(quoted / factor)) < 0.5 * np.abs(np.log(np.where(moved, factor, np.e)))
    split = np.where(forward & followed, n_new, split)
    split = np.where(reverse & followed, 1.0 / np.maximum(n_old, 1.0), split)
    dividend = np.where(moved & (split == 1.0), np.round(close * (1.0 / factor - 1.0), 6), 0.0)
    return dividend, split
