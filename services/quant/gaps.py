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
    before_gap, n_missing = _gaps(panel, market_sessions)
    breaks = n_missing > max_sessions
    n_filled = np.where(breaks, 0, n_missing)
    total = int(n_filled.sum())
    is_filled = np.zeros(panel.n_rows + total, dtype=bool)
    source = np.arange(is_filled.size)
    if total:
        filled_places = np.repeat(before_gap + 1, n_filled) + np.arange(total)
        is_filled[filled_places] = True
        # Each filled place repeats a row, so that what follows stands one place further from its row.
        source -= np.repeat(np.arange(total + 1), np.diff(filled_places, prepend=0, append=source.size))
    first_rows = np.union1d(panel.starts, before_gap[breaks] + 1)
    n_filled_before = np.concatenate(([0], np.cumsum(n_filled)))
    window_starts = first_rows + n_filled_before[np.searchsorted(before_gap, first_rows)]
    return FilledPanel(source, is_filled, window_starts.astype(np.int64))


def _gaps(panel: PricePanel, market_sessions: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows after which sessions are missing, and how many; int64."""
    day = _days(panel.session)
    # From one calendar day to the next, and from one symbol to the next, none is missing: what is left
    # to look at is mostly weekends.
    is_step = np.diff(day) != 1
    is_step[panel.starts[1:-1] - 1] = False
    row = np.flatnonzero(is_step)
    if market_sessions is None:
        place = _place_of_day(day)
        n_missing = place[day[row + 1]] - place[day[row]] - 1
    else:
        here, there = (np.searchsorted(market_sessions, panel.session[rows]) for rows in (row, row + 1))
        n_missing = there - here - 1
    return row[n_missing > 0], n_missing[n_missing > 0]


def session_positions(session: np.ndarray) -> np.ndarray:
    """Return the place of each date among the different ones, without sorting them."""
    day = _days(session)
    return np.asarray(_place_of_day(day)[day])


def _days(session: np.ndarray) -> np.ndarray:
    """Return the days since the first date; int32."""
    day = session.astype("datetime64[D]", copy=False).view(np.int64)
    return (day - (day.min() if day.size else 0)).astype(np.int32)


def _place_of_day(day: np.ndarray) -> np.ndarray:
    """Return, for each day since the first date, the place of the last date up to it; int64."""
    present = np.zeros(int(day.max(initial=-1)) + 1, dtype=bool)
    present[day] = True
    return np.cumsum(present) - 1


def distinct_sessions(session: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Return the dates, datetime64[D], ascending, that the positions of ``session_positions`` count."""
    sessions = np.empty(int(position.max(initial=-1)) + 1, dtype="datetime64[D]")
    sessions[position] = session
    return sessions
