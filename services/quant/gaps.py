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


def fill_gaps(panel: PricePanel, max_sessions: int = MAX_FILLED_SESSIONS) -> FilledPanel:
    """Lay each symbol on the sessions on which any symbol of the panel has a bar.

    A gap of up to ``max_sessions`` is filled with the bar before it; after a longer one a new window
    begins. Nothing that comes later changes what stands at an earlier session.
    """
    position = _positions(panel.session)
    step = np.diff(position, append=0)
    is_last = np.zeros(panel.n_rows, dtype=bool)
    is_last[panel.starts[1:] - 1] = True
    n_missing = np.where(is_last, 0, step - 1)
    breaks = n_missing > max_sessions
    repeats = 1 + np.where(breaks, 0, n_missing)
    source = np.repeat(np.arange(panel.n_rows), repeats)
    is_filled = np.ones(source.size, dtype=bool)
    first_place = np.cumsum(repeats) - repeats
    is_filled[first_place] = False
    begins = 1 + np.flatnonzero((breaks | is_last)[:-1])
    window_starts = np.concatenate(([0], first_place[begins], [source.size])).astype(np.int64)
    return FilledPanel(source, is_filled, np.unique(window_starts))


def _positions(session: np.ndarray) -> np.ndarray:
    """Return the place of each date among the different ones, without sorting them."""
    day = session.astype("datetime64[D]").astype(np.int64)
    if day.size == 0:
        return day
    day = day - day.min()
    present = np.zeros(int(day.max()) + 1, dtype=bool)
    present[day] = True
    return np.asarray((np.cumsum(present) - 1)[day])
