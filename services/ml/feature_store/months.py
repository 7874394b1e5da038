"""Which rows of a panel lie in which month."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Months:
    """The calendar months of some sessions, and the rows of their panel in each.

    ``names``: such as 2013-03, ascending. ``session_edges``: index of each month's first session and, last,
    the number of sessions. ``order``: the panel's rows, month by month, in each of them in the panel's
    order. ``row_edges``: where in ``order`` each month begins and, last, the number of rows.
    """

    names: tuple[str, ...]
    session_edges: np.ndarray
    order: np.ndarray
    row_edges: np.ndarray

    @classmethod
    def of(cls, sessions: np.ndarray, session: np.ndarray) -> "Months":
        """Return the months of ascending ``sessions``; ``session`` is the one of each row."""
        names, first = np.unique(sessions.astype("datetime64[M]"), return_index=True)
        month = np.searchsorted(names, session.astype("datetime64[M]")).astype(np.uint16)
        return cls(
            tuple(names.astype(str).tolist()),
            np.append(first, sessions.size),
            np.argsort(month, kind="stable"),
            np.concatenate(([0], np.cumsum(np.bincount(month, minlength=names.size)))),
        )

    def sessions_of(self, month: int) -> slice:
        """Return which sessions a month has."""
        return slice(int(self.session_edges[month]), int(self.session_edges[month + 1]))

    def rows_of(self, month: int) -> np.ndarray:
        """Return the panel's rows in a month, ascending."""
        rows: np.ndarray = self.order[self.row_edges[month] : self.row_edges[month + 1]]
        return rows
