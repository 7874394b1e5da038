"""What could be lost, and how far that figure can be believed.

Returns and weights are fractions; losses are positive. Every type is a frozen dataclass of plain values and
tuples, so that it can be stored, kept in a cache and shown as it is.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from models.domain.errors import InvalidRequestError
from models.domain.risk_request import Book, RiskMethod, RiskRequest, RiskSettings

CONFIDENCES = (0.90, 0.95, 0.99)
BACKTEST_CONFIDENCES = (0.95, 0.99)
DRAWDOWN_CONFIDENCE = 0.95
LARGE_LOSS = 0.20
FAN_LEVELS = (0.01, 0.05, 0.25, 0.50, 0.75, 0.95, 0.99)
SECTOR_ALERT = 0.30


@dataclass(frozen=True)
class Estimate:
    """A simulated figure and its standard error."""

    value: float
    standard_error: float


@dataclass(frozen=True)
class Contribution:
    """A symbol's or sector's part of the book's risk; the parts add up to the whole.

    ``marginal_var``: how much VaR rises for each unit of weight added, paid from cash.
    """

    name: str
    weight: float
    component_var: float
    marginal_var: float
    component_es: float


@dataclass(frozen=True)
class TailRisk:
    """Loss over the horizon that ``confidence`` of the outcomes stay below, and the mean of those beyond."""

    confidence: float
    value_at_risk: Estimate
    expected_shortfall: Estimate
    by_symbol: tuple[Contribution, ...]
    by_sector: tuple[Contribution, ...]


@dataclass(frozen=True)
class Histogram:
    """Counts between ``edges`` (one more than ``counts``), and what lies outside of them."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    n_below: int
    n_above: int


@dataclass(frozen=True)
class Completion:
    """A symbol whose history is too short, and how it was completed.

    ``share`` of its returns are its beta times the benchmark's return, plus a residual drawn from its own.
    """

    symbol: str
    n_own: int
    share: float
    beta: float


@dataclass(frozen=True)
class FitParameter:
    """What a method estimated from the history, such as the degrees of freedom."""

    name: str
    value: float


@dataclass(frozen=True)
class RiskSnapshot:
    """What one method says of one book over one horizon.

    ``outcomes``: simple returns of the book. ``fan``: for each session of the horizon the quantiles
    ``FAN_LEVELS`` of its return since the start. ``drawdowns``: largest fall from a peak on the way.
    ``history_from`` to ``history_to``: the ``n_history`` sessions it learned from.
    """

    method: RiskMethod
    settings: RiskSettings
    mean: Estimate
    tails: tuple[TailRisk, ...]
    max_drawdown: Estimate
    large_loss_probability: Estimate
    outcomes: Histogram
    drawdowns: Histogram
    fan: tuple[tuple[float, ...], ...]
    history_from: date
    history_to: date
    n_history: int
    completions: tuple[Completion, ...]
    parameters: tuple[FitParameter, ...]
    notes: tuple[str, ...]
    seconds: float

    def tail(self, confidence: float) -> TailRisk:
        """Return the tail at one of ``CONFIDENCES``."""
        for tail in self.tails:
            if math.isclose(tail.confidence, confidence):
                return tail
        raise InvalidRequestError(f"No tail at {confidence}; there are {', '.join(map(str, CONFIDENCES))}")


class BaselZone(StrEnum):
    """The traffic light of the Basel committee."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True)
class TestResult:
    """A likelihood ratio and the share of simulated histories of a right model that have one as large."""

    __test__ = False  # a class of results, not of tests

    statistic: float
    p_value: float


@dataclass(frozen=True)
class ZoneResult:
    """Exceptions among the newest sessions, and the zone they fall into."""

    zone: BaselZone
    n_sessions: int
    n_exceptions: int


@dataclass(frozen=True)
class VarBacktest:
    """Forecasts of one method for the next session, against what came.

    ``independence`` and ``joint`` are None with fewer than 5 exceptions: then nothing can be said of them.
    ``forecasts``: VaR of the last sessions of the back-test, those of ``RiskBacktest.chart_sessions``.
    """

    method: RiskMethod
    confidence: float
    n_exceptions: int
    n_expected: float
    kupiec: TestResult
    independence: TestResult | None
    joint: TestResult | None
    zone: ZoneResult
    exceptions: tuple[date, ...]
    forecasts: tuple[float, ...]


@dataclass(frozen=True)
class RiskBacktest:
    """Value at risk one session ahead over the history, by method and confidence.

    Weights are fixed the session before, forecasts use data up to it. ``coverage``: mean share of the book
    (by weight) that had a price; the rest of it is spread over that part. ``chart_sessions``,
    ``chart_returns``: the newest sessions and what the book returned on them.
    """

    book_label: str
    first: date
    last: date
    n_sessions: int
    coverage: float
    results: tuple[VarBacktest, ...]
    chart_sessions: tuple[date, ...]
    chart_returns: tuple[float, ...]
    notes: tuple[str, ...]


class StressKind(StrEnum):
    """What a stress is made of."""

    HISTORICAL = "historical"
    FACTOR = "factor"
    USER = "user"


@dataclass(frozen=True)
class StressPart:
    """What a symbol or sector adds to the book's return in a stress."""

    name: str
    weight: float
    contribution: float


@dataclass(frozen=True)
class StressResult:
    """The book's return in a stress; None where nothing of it can be told.

    ``coverage``: share of the gross book that has what is needed. What is ``missing`` (symbols) is left out
    of ``book_return``, never counted as 0: ``scaled_return`` supposes that it does as the rest does.
    """

    name: str
    kind: StressKind
    first: date | None
    last: date | None
    book_return: float | None
    scaled_return: float | None
    coverage: float
    missing: tuple[str, ...]
    by_symbol: tuple[StressPart, ...]
    by_sector: tuple[StressPart, ...]
    note: str


@dataclass(frozen=True)
class SectorExposure:
    """A sector's part of the book's gross, beside that of the reference (``RiskReport.reference_label``)."""

    sector: str
    weight: float
    reference_weight: float
    is_alert: bool  # over ``SECTOR_ALERT``


@dataclass(frozen=True)
class RiskReport:
    """All that one run found. ``backtest`` is None where the history is too short, ``notes`` then say so."""

    computed_at: datetime
    request: RiskRequest
    book: Book
    snapshots: tuple[RiskSnapshot, ...]
    backtest: RiskBacktest | None
    stresses: tuple[StressResult, ...]
    exposures: tuple[SectorExposure, ...]
    reference_label: str
    notes: tuple[str, ...]
    data_snapshot: str
    code_version: str

    def snapshot(self, method: RiskMethod) -> RiskSnapshot | None:
        """Return what a method said, None if it was not asked."""
        return next((one for one in self.snapshots if one.method is method), None)
