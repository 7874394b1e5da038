"""What has already been done to prices: told from the columns, and from how prices move at splits."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from models.domain.market import PriceBasis
from services.providers.files.bars import FileBars

_VISIBLE_SPLIT = 1.25  # to one: smaller ones drown in a day's move
_MANY_SYMBOL_YEARS = 100.0  # raw prices of so many would hold some split
_CENT = 0.02  # cents: how near a quoted price is to a whole one, in single precision
_MIN_ROWS = 20
_DECIMAL_PRICES = np.datetime64("2001-04-09")


@dataclass(frozen=True)
class FileBasis:
    """How the prices of a file stand to its events."""

    basis: PriceBasis
    takes_splits: bool  # given splits are still to be applied
    takes_dividends: bool
    derives: bool = False  # events come from close against adj_close
    assumed: bool = False  # nothing in the file says what its basis is


def judge(file: FileBars, rows: pd.DataFrame, starts: np.ndarray) -> FileBasis:
    """Tell a file's basis.

    Parameters
    ----------
    file : FileBars
        What its columns declare.
    rows : DataFrame
        Its sound bars, sorted.
    starts : int array, shape (n_symbols + 1,)
        First row of each symbol in ``rows``, then the number of rows.
    """
    close = rows["close"].to_numpy()
    if file.has_events:
        return _judge_given(file, rows, close, starts)
    if file.adjusted:
        adjusted = any(file.adjusted.values())
        return FileBasis(PriceBasis.FULLY_ADJUSTED if adjusted else PriceBasis.RAW, False, False)
    if not file.has_adj_close:
        return FileBasis(PriceBasis.FULLY_ADJUSTED, False, False, assumed=True)
    ratio = rows["adj_close"].to_numpy() / close
    years = len(rows) / 252.0
    if years >= _MANY_SYMBOL_YEARS and np.nanmax(np.abs(ratio - 1.0), initial=0.0) < 1e-9:
        return FileBasis(PriceBasis.FULLY_ADJUSTED, False, False)
    return FileBasis(PriceBasis.RAW, False, False, derives=True)


def derived_basis(n_rows: int, n_splits: int) -> PriceBasis:
    """Return the basis of prices whose adjusted closes showed ``n_splits`` splits."""
    if n_splits == 0 and n_rows / 252.0 >= _MANY_SYMBOL_YEARS:
        return PriceBasis.SPLIT_ADJUSTED
    return PriceBasis.RAW


def _judge_given(file: FileBars, rows: pd.DataFrame, close: np.ndarray, starts: np.ndarray) -> FileBasis:
    if any(file.adjusted.values()) or (not file.has_adj_close and _holds_dividends(rows, close, starts)):
        return FileBasis(PriceBasis.FULLY_ADJUSTED, False, False)
    if _holds_splits(rows["split"].to_numpy(), close, starts):
        return FileBasis(PriceBasis.SPLIT_ADJUSTED, False, True)
    return FileBasis(PriceBasis.RAW, True, True)


def _holds_splits(split: np.ndarray, close: np.ndarray, starts: np.ndarray) -> bool:
    """Whether prices pass most splits without the jump that quoted prices make."""
    at = np.flatnonzero(split != 1.0)
    at = at[~np.isin(at, starts)]
    large = at[np.abs(np.log(split[at])) >= np.log(_VISIBLE_SPLIT)]
    at = large if large.size else at
    if at.size == 0:
        return False
    move = np.log(close[at] / close[at - 1])
    n_smooth = int((np.abs(move) < np.abs(move + np.log(split[at]))).sum())
    return 2 * n_smooth > at.size


def _holds_dividends(rows: pd.DataFrame, close: np.ndarray, starts: np.ndarray) -> bool:
    """Whether closes before a dividend have left the whole cents that shares are quoted in.

    Looks at each symbol up to its last dividend, since prices went decimal: there quoted prices are whole
    cents, as they stand or with the later splits taken back, and prices adjusted for dividends are not.
    """
    dividend, split = rows["dividend"].to_numpy(), rows["split"].to_numpy()
    decimal = rows["session"].to_numpy("datetime64[D]") >= _DECIMAL_PRICES
    n_whole = n_looked_at = 0
    for first, last in pairwise(starts.tolist()):
        paid = np.flatnonzero(dividend[first:last] > 0.0)
        if paid.size == 0:
            continue
        here = slice(first, first + int(paid[-1]))
        later_splits = np.cumprod(split[first + 1 : last][::-1])[::-1][: int(paid[-1])]
        quoted = close[here][decimal[here]]
        taken_back = quoted * later_splits[decimal[here]]
        n_whole += int((_is_whole_cents(quoted) | _is_whole_cents(taken_back)).sum())
        n_looked_at += quoted.size
    return n_looked_at >= _MIN_ROWS and n_whole < 0.5 * n_looked_at


def _is_whole_cents(price: np.ndarray) -> np.ndarray:
    cents = price * 100.0
    found: np.ndarray = np.abs(cents - np.round(cents)) < _CENT
    return found
