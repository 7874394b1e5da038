"""Labels, thresholds and weights of a signal."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np


class Label(StrEnum):
    """What a signal says, best first."""

    STRONG_BUY = "STRONG BUY"
    BUY = "BUY"
    HOLD = "HOLD"
    SELL = "SELL"
    STRONG_SELL = "STRONG SELL"


LABELS = tuple(Label)
TECHNICAL_WEIGHTS = MappingProxyType(
    {"rsi_score": 0.25, "macd_score": 0.25, "ma_score": 0.30, "bb_score": 0.20}
)
CONFLUENCE_WEIGHTS = MappingProxyType({"technical": 0.40, "sentiment": 0.30, "model": 0.30})
SCORE_WARM_UP_SESSIONS = 200
SCORE_BINS = 1001  # a score at three decimals, as it is shown: from 0.000 to 1.000
MATURITY_SESSIONS = 5  # a signal of session t can be judged at the close of t + 5


class Segment(StrEnum):
    """Whether a signal was computed afterwards or before the next session opened."""

    BACKTEST = "backtest"
    LIVE = "live"


@dataclass(frozen=True, eq=False)
class MaturedCounts:
    """Signals that had matured by the close of ``through``, by confluence at three decimals.

    ``ups``, ``totals``: float64 arrays, shape (SCORE_BINS,). ``n_sessions``: their different days.
    """

    through: np.datetime64
    n_sessions: int
    ups: np.ndarray
    totals: np.ndarray

    @classmethod
    def none(cls) -> "MaturedCounts":
        """Return the counts before the first signal."""
        return cls(np.datetime64("0001-01-01", "D"), 0, np.zeros(SCORE_BINS), np.zeros(SCORE_BINS))
