"""The value-at-risk page without a database."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.domain.errors import GlassboxError
from models.domain.feed import Activity
from models.domain.market import DatasetStatus
from models.domain.risk import RiskReport
from models.domain.risk_request import RiskRequest, RiskSettings
from models.domain.risk_view import AskedRun, RiskView
from services.quant.risk.trust import judge_methods
from tests.fakes_feed import running
from tests.feed_panels import SAMPLE, status_of
from tests.risk_reports import make_report

TOMORROW = RiskRequest(settings=RiskSettings(horizon_sessions=1))


@dataclass
class FakeVarQueries:
    """Answers like the real queries; ``fault`` is raised instead where it is set."""

    current: RiskReport | None = field(default_factory=lambda: make_report(TOMORROW))
    others: tuple[RiskReport, ...] = ()
    fault: GlassboxError | None = None
    doing: Activity = field(default_factory=running)
    going_on: AskedRun | None = None
    behind: str = ""
    n_behind: int = 0

    def view(
        self, request: RiskRequest, confidence: float, moves: Sequence[tuple[str, float]] = ()
    ) -> RiskView:
        """Return the report of the request where one was put in."""
        if self.fault:
            raise self.fault
        stored = {report.request.key: report for report in (*self.others, self.current) if report is not None}
        report = stored.get(request.key)
        shown = report or self.current
        backtest = None if shown is None else shown.backtest
        trust = None if backtest is None else judge_methods(backtest, confidence)
        status = status_of(SAMPLE, 3)
        return RiskView(status, request, report, self.current, self.n_behind, trust, ())

    def run(self, request: RiskRequest) -> AskedRun | None:
        """Return what was put in."""
        if self.fault:
            raise self.fault
        return self.going_on

    def staleness(self, status: DatasetStatus) -> str:
        """Return what was put in."""
        return self.behind

    def activity(self) -> Activity:
        """Return what was put in."""
        return self.doing


@dataclass
class FakeRiskDesk:
    """Notes what was asked of it; ``fault`` is raised instead where it is set."""

    fault: GlassboxError | None = None
    simulated: list[RiskRequest] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)

    def simulate(self, request: RiskRequest, address: str = "") -> int:
        """Note the request."""
        if self.fault:
            raise self.fault
        self.simulated.append(request)
        return 7

    def cancel_run(self, run_id: int, address: str = "") -> None:
        """Note the run."""
        if self.fault:
            raise self.fault
        self.cancelled.append(run_id)
