"""Growth factors that turn quoted prices into adjusted ones."""

from itertools import pairwise

import numpy as np


def growth_factors(
    starts: np.ndarray, close: np.ndarray, dividend: np.ndarray, split: np.ndarray
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

    Returns
    -------
    gross_growth, share_growth : float64 array, shape (n_rows,)
        With dividends reinvested, and from splits alone. 1 at each symbol's first row: what was paid on it
        belongs to those who held before.

    References
    ----------
    The day's factor close / ((close + dividend) * split) reproduces Alpha Vantage's adjusted closes and
    those of the sample; its reciprocal is what accumulates here.
    """
    step = (close + dividend) * split / close
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
