"""How a model is judged: periods, and what is reported of it."""

from dataclasses import dataclass

import numpy as np

HORIZON_SESSIONS = 5


@dataclass(frozen=True)
class SplitSettings:
    """Lengths in sessions.

    ``horizon_sessions``: how far a label looks ahead; the embargo is as long again.
    ``warm_up_sessions``: features are not whole before them. ``min_train_sessions``: before the first test.
    """

    horizon_sessions: int = HORIZON_SESSIONS
    warm_up_sessions: int = 312
    min_train_sessions: int = 252
    min_test_sessions: int = 63
    max_test_sessions: int = 252
    validation_share: float = 0.2
    min_validation_sessions: int = 63

    @property
    def gap_sessions(self) -> int:
        """Sessions between what is learnt from and what is judged on: horizon and embargo."""
        return 2 * self.horizon_sessions


@dataclass(frozen=True, eq=False)
class Split:
    """Sessions of one fold, each a run of the calendar: datetime64[D], ascending."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class Interval:
    """A figure with its uncertainty: ``low`` to ``high`` covers the truth with probability ``confidence``.

    ``n`` observations over ``n_sessions`` sessions; NaN bounds where the data cannot say.
    """

    value: float
    low: float
    high: float
    confidence: float
    n: int
    n_sessions: int
