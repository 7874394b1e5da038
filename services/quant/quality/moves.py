"""How each bar moved, and how the market did that day."""

from dataclasses import dataclass

import numpy as np

from models.domain.market import PricePanel
from services.quant.quality.listing import Listing
from services.quant.quality.settings import FlagSettings

NORMAL_CONSISTENCY = 1.4826  # turns a median absolute deviation into a standard deviation, for normal values
_CANDIDATES_A_BLOCK = 20_000


@dataclass(frozen=True, eq=False)
class Moves:
    """Arrays of shape (n_rows,).

    ``growth``: adjusted close over the one of the bar before, splits and dividends taken back; NaN at a
    symbol's first bar. ``move``: the same less 1 from one session to the next, NaN after a gap.
    ``excess``: the move less the median of the market's that day. ``market_moved``: whether at least half of
    the market closed elsewhere than the session before.
    """

    growth: np.ndarray
    move: np.ndarray
    excess: np.ndarray
    market_moved: np.ndarray


def measure_moves(panel: PricePanel, listing: Listing, settings: FlagSettings) -> Moves:
    """Return how each bar moved against the market; indices (``^``) are no part of the market."""
    adjusted = panel.close * panel.gross_growth
    growth = np.full(panel.n_rows, np.nan)
    growth[1:] = adjusted[1:] / adjusted[:-1]
    growth[panel.starts[:-1]] = np.nan
    move = np.where(listing.step == 1, growth - 1.0, np.nan)
    is_index = np.array([symbol.startswith("^") for symbol in panel.symbols], dtype=bool)
    counts = np.isfinite(move) & ~np.repeat(is_index, np.diff(panel.starts))
    median, moved = _market(move[counts], listing.position[counts], listing.calendar.size, settings)
    return Moves(growth, move, move - median[listing.position], moved[listing.position])


def _market(
    move: np.ndarray, position: np.ndarray, n_sessions: int, settings: FlagSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return by session the median move, 0 where too few say anything, and whether half of them moved."""
    n_moves = np.bincount(position, minlength=n_sessions)
    n_moved = np.bincount(position[move != 0.0], minlength=n_sessions)
    enough = n_moves >= settings.min_universe
    median = np.zeros(n_sessions)
    # Places of under 16 bits are sorted by counting, which is many times faster.
    small = position.astype(np.int16) if n_sessions < 2**15 else position
    by_session = move[np.argsort(small, kind="stable")]
    ends = np.cumsum(n_moves)
    for place in np.flatnonzero(enough).tolist():
        median[place] = np.median(by_session[ends[place] - n_moves[place] : ends[place]])
    return median, enough & (2 * n_moved >= n_moves)


def robust_deviation(
    values: np.ndarray, listing: Listing, rows: np.ndarray, settings: FlagSettings
) -> np.ndarray:
    """Return the robust standard deviation of what stood before each of some rows.

    Parameters
    ----------
    values : float64 array, shape (n_rows,)
        NaN where there is none.
    listing : Listing
        Which rows are of the same symbol, and on which sessions.
    rows : int64 array, shape (n_wanted,)
        Rows to measure for; the row itself does not count.
    settings : FlagSettings
        ``baseline_sessions`` and ``min_baseline_moves``.

    Returns
    -------
    float64 array, shape (n_wanted,)
        1.4826 times the median absolute deviation from the median; NaN where there are too few values.

    References
    ----------
    Rousseeuw and Croux (1993), J. American Statistical Association 88, eq. 1.1.
    """
    starts = listing.starts[np.searchsorted(listing.starts, rows, side="right") - 1]
    found = np.full(rows.size, np.nan)
    back = np.arange(-settings.baseline_sessions, 0)
    for begin in range(0, rows.size, _CANDIDATES_A_BLOCK):
        block = slice(begin, begin + _CANDIDATES_A_BLOCK)
        at = rows[block, None] + back
        oldest = listing.position[rows[block]] - settings.baseline_sessions
        valid = (at >= starts[block, None]) & (listing.position[np.maximum(at, 0)] >= oldest[:, None])
        window = np.where(valid, values[np.maximum(at, 0)], np.nan)
        n_known = np.isfinite(window).sum(axis=1)
        deviation = _row_medians(np.abs(window - _row_medians(window)[:, None]))
        enough = n_known >= settings.min_baseline_moves
        found[block] = np.where(enough, NORMAL_CONSISTENCY * deviation, np.nan)
    return found


def _row_medians(window: np.ndarray) -> np.ndarray:
    """Return the median of each row's known values, NaN where it has none."""
    ordered = np.sort(window, axis=1)  # NaN last
    n_known = np.isfinite(ordered).sum(axis=1)
    row = np.arange(len(ordered))
    upper = ordered[row, np.minimum(n_known // 2, ordered.shape[1] - 1)]
    lower = ordered[row, np.maximum((n_known - 1) // 2, 0)]
    return np.where(n_known > 0, 0.5 * (lower + upper), np.nan)
