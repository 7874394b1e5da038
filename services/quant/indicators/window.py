"""What an indicator sees of one symbol."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.domain.market import PricePanel

Values = tuple[np.ndarray, ...]

_EVENT_NOISE = 1e-12


@dataclass(frozen=True, eq=False)
class Window:
    """Adjusted bars of one symbol over sessions without a long gap, oldest first, float64.

    The prices accumulate splits and dividends from the panel's start on (see ``quant.adjustment``) and hold
    no NaN; the volume accumulates splits alone and is NaN where the source has none. Each is computed when
    it is first asked for. ``rows``: the panel's rows, which repeat one where a bar is missing.
    """

    panel: PricePanel
    rows: slice | np.ndarray

    @cached_property
    def size(self) -> int:
        """Number of sessions."""
        return int(self.gross_growth.size)

    @cached_property
    def gross_growth(self) -> np.ndarray:
        """Adjusted price for a quoted one."""
        return self.panel.gross_growth[self.rows]

    @cached_property
    def share_growth(self) -> np.ndarray:
        """Today's shares for one of the panel's start."""
        return self.panel.share_growth[self.rows]

    @cached_property
    def open(self) -> np.ndarray:
        """Adjusted open."""
        return np.asarray(self.panel.open[self.rows] * self.gross_growth)

    @cached_property
    def high(self) -> np.ndarray:
        """Adjusted high."""
        return np.asarray(self.panel.high[self.rows] * self.gross_growth)

    @cached_property
    def low(self) -> np.ndarray:
        """Adjusted low."""
        return np.asarray(self.panel.low[self.rows] * self.gross_growth)

    @cached_property
    def close(self) -> np.ndarray:
        """Adjusted close."""
        return np.asarray(self.panel.close[self.rows] * self.gross_growth)

    @cached_property
    def volume(self) -> np.ndarray:
        """Volume in shares of the panel's start; NaN where the source has none."""
        return np.asarray(self.panel.volume[self.rows] / self.share_growth)

    @cached_property
    def typical_price(self) -> np.ndarray:
        """Mean of adjusted high, low and close."""
        return np.asarray((self.high + self.low + self.close) / 3.0)

    def changes(self, *names: str) -> tuple[np.ndarray, ...]:
        """Return by how much quoted prices differ from those of the session before.

        What depends on the sign of a change, or on which of two is larger, must not hang on the rounding of
        adjusted prices: that differs with the session at which the adjustment begins. Both prices are taken
        as quoted, the older one in the units of the later session; between two sessions without an event that
        changes no bit.

        Parameters
        ----------
        *names
            Of ``open``, ``high``, ``low``, ``close`` and ``typical_price``.

        Returns
        -------
        float64 arrays, shape (size,)
            In the units of the later session; 0 in the first row, and at an event where nothing is left but
            rounding.
        """
        step = self.gross_growth[:-1] / self.gross_growth[1:]
        return tuple(_change(self._quoted(name), step) for name in names)

    def _quoted(self, name: str) -> np.ndarray:
        if name == "typical_price":
            high, low, close = (self._quoted(each) for each in ("high", "low", "close"))
            return np.asarray((high + low + close) / 3.0)
        quoted: np.ndarray = getattr(self.panel, name)[self.rows]
        return quoted


def _change(quoted: np.ndarray, step: np.ndarray) -> np.ndarray:
    change = np.zeros(quoted.size)
    change[1:] = quoted[1:] - quoted[:-1] * step
    at_event = 1 + np.flatnonzero(step != 1.0)
    is_noise = np.abs(change[at_event]) <= _EVENT_NOISE * quoted[at_event]
    change[at_event[is_noise]] = 0.0
    return change
