"""Missing sessions: short gaps are filled with the bar before, a longer one ends the window."""

from dataclasses import dataclass

import numpy as np

from models.domain.market import PricePanel

MAX_FILLED_SESSIONS = 5


@dataclass(frozen=True, eq=False)
class FilledPanel:
    """A panel's rows on the market's sessions.

    ``source``: int64, shape (n_filled_rows,), the panel's row that stands at each place.
    ``is_filled``: whether that row is a repetition for a session without a bar.
    ``window_starts``: first place of each window without a long gap, and, last, the number of places.
    """

    source: np.ndarray
    is_filled: np.ndarray
    window_starts: np.ndarray


def fill_gaps(
    panel: PricePanel,
    max_sessions: int = MAX_FILLED_SESSIONS,
    *,
    market_sessions: np.ndarray | None = None,
) -> FilledPanel:
    """Lay each symbol on the sessions on which any symbol of the panel has a bar.

    A gap of up to ``max_sessions`` is filled with the bar before it; after a longer one a new window
    begins. Nothing that comes later changes what stands at an earlier session. Where the panel is only a part
    of the market, ``market_sessions``, ascending, are laid under instead.
    """
    if market_sessions is None:
        position = session_positions(panel.session)
    else:
        position = np.searchsorted(market_sessions, panel.session)
    step = np.diff(position)
    step[panel.starts[1:-1] - 1] = 1  # from one symbol to the next is no gap
    before_gap = np.flatnonzero(step > 1)  # gaps are few: only they are looked at
    n_missing = step[before_gap] - 1
    breaks = n_missing > max_sessions
    n_filled = np.where(breaks, 0, n_missing)
    total = int(n_filled.sum())
    is_filled = np.zeros(panel.n_rows + total, dtype=bool)
    source = np.arange(is_filled.size)
    if total:
        is_filled[np.repeat(before_gap + 1, n_filled) + np.arange(total)] = True
        source -= np.cumsum(is_filled)
    first_rows = np.union1d(panel.starts, before_gap[breaks] + 1)
    n_filled_before = np.concatenate(([0], np.cumsum(n_filled)))
    window_starts = first_rows + n_filled_before[np.searchsorted(before_gap, first_rows)]
    return FilledPanel(source, is_filled, window_starts.astype(np.int64))


def session_positions(session: np.ndarray) -> np.ndarray:
    """Return the place of each date among the different ones, without sorting them."""
    day = session.astype("datetime64[D]", copy=False).view(np.int64)
    if day.size == 0:
        return day
    day = day - day.min()
    present = np.zeros(int(day.max()) + 1, dtype=bool)
    present[day] = True
    return np.asarray((np.cumsum(present) - 1)[day])


def distinct_sessions(session: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Return the dates, datetime64[D], ascending, that the positions of ``session_positions`` count."""
    sessions = np.empty(int(position.max(initial=-1)) + 1, dtype="datetime64[D]")
    sessions[position] = session
    return sessions
