"""What the value-at-risk page shows: a report, how far it can be trusted, and the run that makes another."""

from dataclasses import dataclass
from enum import StrEnum

from models.domain.jobs import JobState
from models.domain.market import DatasetStatus
from models.domain.risk import RiskReport, StressResult
from models.domain.risk_request import RiskMethod, RiskRequest

DEFAULT_HORIZON = 1
SHOCK_NAME = "What you suppose"


class Verdict(StrEnum):
    """What the back-test says of a method."""

    PASSES = "passes"
    TOO_MANY = "too many exceptions"
    TOO_FEW = "too few exceptions"
    CLUSTERED = "exceptions come in clusters"


@dataclass(frozen=True)
class MethodTrust:
    """The verdict on one method at one confidence."""

    method: RiskMethod
    confidence: float
    verdict: Verdict


@dataclass(frozen=True)
class Trust:
    """Verdicts on every method, and the one that deserves most trust; None where none was tested.

    ``confidence``: that of the back-test it was judged by. ``passes``: whether the best one does.
    """

    confidence: float
    methods: tuple[MethodTrust, ...]
    best: RiskMethod | None
    passes: bool


@dataclass(frozen=True)
class AskedRun:
    """The run that computes what was asked for, or the last that failed to."""

    run_id: int
    state: JobState
    step: str
    share: float | None
    is_stopping: bool
    requested_by: str


@dataclass(frozen=True)
class RiskView:
    """What is known of a request.

    ``report``: that of the request, None where it was never simulated. ``current``: the current book's, at
    the usual settings; None before the first. ``n_behind``: sessions that came since the report's book.
    ``shocks``: what somebody supposes, on the book that is shown.
    """

    status: DatasetStatus
    request: RiskRequest
    report: RiskReport | None
    current: RiskReport | None
    n_behind: int
    trust: Trust | None
    shocks: tuple[StressResult, ...]

    @property
    def shown(self) -> RiskReport | None:
        """The report whose figures stand on the page."""
        return self.report or self.current

    @property
    def is_asked_one(self) -> bool:
        """Whether the figures are those that were asked for."""
        return self.report is not None
