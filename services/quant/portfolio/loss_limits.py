"""Losses that keep a book from entering, and the one that sells everything."""

from dataclasses import dataclass, field

import numpy as np

from models.domain.portfolio import LossLimits


@dataclass(frozen=True, eq=False)
class Periods:
    """Number of the calendar week and month of each session, int64, shape (n_sessions,)."""

    week: np.ndarray
    month: np.ndarray

    @classmethod
    def of(cls, sessions: np.ndarray) -> "Periods":
        """Count weeks, which begin on Monday, and months of datetime64[D] sessions."""
        day = sessions.astype("datetime64[D]").astype(np.int64)
        return cls((day + 3) // 7, sessions.astype("datetime64[M]").astype(np.int64))  # day 0 was a Thursday


@dataclass
class _Period:
    limit: float
    number: int = -1
    begun_at: float = 0.0  # equity at the close before the period
    is_blocked: bool = False

    def note(self, number: int, equity_before: float, equity: float) -> None:
        if number != self.number:
            self.number, self.begun_at, self.is_blocked = number, equity_before, False
        self.is_blocked |= equity <= self.begun_at * (1.0 - self.limit)


@dataclass
class LossWatch:
    """What the limits say at each close, told the equity of every session in order."""

    limits: LossLimits
    capital: float
    is_stopped: bool = False  # sells everything now
    may_enter: bool = True
    equity: float = field(init=False)  # at the last close
    _peak: float = field(init=False)
    _cash_left: int = 0
    _day: _Period = field(init=False)
    _week: _Period = field(init=False)
    _month: _Period = field(init=False)

    def __post_init__(self) -> None:
        self._peak = self.equity = self.capital
        self._day = _Period(self.limits.day)
        self._week = _Period(self.limits.week)
        self._month = _Period(self.limits.month)

    def note(self, session: int, week: int, month: int, equity: float) -> None:
        """Take in the equity at a close."""
        for period, number in ((self._day, session), (self._week, week), (self._month, month)):
            period.note(number, self.equity, equity)
        self.equity = equity
        self._note_drawdown(equity)
        is_blocked = self._day.is_blocked or self._week.is_blocked or self._month.is_blocked
        self.may_enter = not (is_blocked or self._cash_left)

    def _note_drawdown(self, equity: float) -> None:
        self.is_stopped = False
        if self._cash_left:
            self._cash_left -= 1
            if self._cash_left == 0:
                self._peak = equity
            return
        self._peak = max(self._peak, equity)
        if equity <= self._peak * (1.0 - self.limits.drawdown):
            self.is_stopped = True
            self._cash_left = self.limits.cash_sessions
