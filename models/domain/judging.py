"""How a model is judged: periods, and what is reported of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class Power:
    """What a sample of sessions can and cannot tell.

    ``standard_error`` of the mean IC; ``detectable_ic`` would be found in ``power`` of all cases at a
    one-sided ``level``, over ``n_sessions`` with an IC.
    """

    n_sessions: int
    standard_error: float
    detectable_ic: float
    level: float
    power: float

    def sentence(self) -> str:
        """Say it."""
        return f"{self.n_sessions:,} days detect an IC of {self.detectable_ic:.3f} or more"


@dataclass(frozen=True)
class PartResult:
    """Forecasts of one year, sector or confidence bin.

    ``accuracy`` beside ``base_rate`` (the commonest class) and the ``mean_confidence`` that was stated; all
    shares. ``ic`` is NaN where it is not a matter of whole sessions.
    """

    name: str
    n: int
    accuracy: float
    base_rate: float
    mean_confidence: float
    ic: float


@dataclass(frozen=True)
class SignalEvidence:
    """Past forecasts of one class with the same confidence, out of sample, and what came of them.

    ``shown``: place of the class, None: of any class. ``confidence_from`` to ``confidence_to``: the largest
    probability. ``accuracy``: share that came true. ``base_rate``: share of all forecasts' outcomes that is
    the class they showed, whatever was forecast: what naming it without looking would have reached.
    ``excess``: accuracy above it. Intervals are over blocks of sessions.
    """

    shown: int | None
    confidence_from: float
    confidence_to: float
    n: int
    n_sessions: int
    accuracy: Interval
    base_rate: float
    excess: Interval


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What is reported of a model's forecasts out of sample.

    ``metrics``: accuracy, balanced_accuracy, mcc, f1, brier, log_loss, calibration_error, ic, and
    auc of Up against Down.
    ``ic_lower_bound`` is one-sided, at 90 %. ``confusion``: label by prediction. ``ic_by_horizon``: sessions
    to IC. ``daily_ic`` and ``sessions`` are for comparisons and charts.
    """

    n: int
    n_sessions: int
    first_session: str
    last_session: str
    metrics: Mapping[str, Interval]
    ic_lower_bound: float
    ic_information_ratio: float
    power: Power
    confusion: list[list[int]]
    by_year: tuple[PartResult, ...]
    by_sector: tuple[PartResult, ...]
    by_confidence: tuple[PartResult, ...]
    by_signal: tuple[SignalEvidence, ...]
    ic_by_horizon: Mapping[int, float]
    daily_ic: np.ndarray = field(repr=False)  # float64, NaN where a session has none
    sessions: np.ndarray = field(repr=False)  # datetime64[D]
