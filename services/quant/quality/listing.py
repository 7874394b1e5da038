"""On which of the exchange's sessions each symbol has a bar."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.domain.market import PricePanel
from services.quant.sessions import exchange_sessions


@dataclass(frozen=True, eq=False)
class Listing:
    """Sessions with a bar, each symbol's in one ascending run of rows.

    Row ``i`` belongs to ``symbols[code[i]]``; ``starts`` has the first row of each symbol and, last, the
    number of rows. ``session`` is datetime64[D], shape (n_rows,).
    """

    symbols: tuple[str, ...]
    instrument_ids: np.ndarray  # int64, shape (n_symbols,)
    starts: np.ndarray  # int64, shape (n_symbols + 1,)
    session: np.ndarray

    @classmethod
    def of(cls, panel: PricePanel) -> "Listing":
        """Return when the symbols of a panel have bars."""
        return cls(panel.symbols, panel.instrument_ids, panel.starts, panel.session)

    @classmethod
    def of_rows(cls, symbols: Mapping[int, str], owners: np.ndarray, session: np.ndarray) -> "Listing":
        """Return it of rows sorted by instrument number and session.

        Parameters
        ----------
        symbols : mapping
            Of every instrument that has a row.
        owners : int array, shape (n_rows,)
            Instrument numbers.
        session : datetime64[D] array, shape (n_rows,)
        """
        present = np.unique(owners)
        starts = np.searchsorted(owners, np.append(present, np.iinfo(np.int64).max))
        names = tuple(symbols[number] for number in present.tolist())
        return cls(names, present.astype(np.int64), starts.astype(np.int64), session)

    @cached_property
    def calendar(self) -> np.ndarray:
        """The exchange's sessions from the first bar to the last, and any other date that has a bar.

        datetime64[D], ascending.
        """
        if self.session.size == 0:
            return self.session.astype("datetime64[D]")
        first, last = self.session.min(), self.session.max()
        days = exchange_sessions(before_1990=bool(first < np.datetime64("1990-01-01")))
        open_ = np.zeros(int((last - first).astype(np.int64)) + 1, dtype=bool)
        open_[(days[(days >= first) & (days <= last)] - first).astype(np.int64)] = True
        open_[(self.session - first).astype(np.int64)] = True
        sessions: np.ndarray = first + np.flatnonzero(open_)
        return sessions

    @cached_property
    def position(self) -> np.ndarray:
        """The place of each row's session in ``calendar``, int32, shape (n_rows,)."""
        if self.session.size == 0:
            return np.zeros(0, dtype=np.int32)
        first, last = self.calendar[0], self.calendar[-1]
        place = np.zeros(int((last - first).astype(np.int64)) + 1, dtype=np.int32)
        place[(self.calendar - first).astype(np.int64)] = np.arange(self.calendar.size)
        found: np.ndarray = place[(self.session - first).astype(np.int64)]
        return found

    @cached_property
    def step(self) -> np.ndarray:
        """Sessions since the symbol's bar before, int32, shape (n_rows,); 0 at its first."""
        step = np.diff(self.position, prepend=np.int32(0))
        step[self.starts[:-1]] = 0
        return step

    @property
    def code(self) -> np.ndarray:
        """Index into ``symbols`` of each row, int64, shape (n_rows,)."""
        return np.repeat(np.arange(len(self.symbols)), np.diff(self.starts))
