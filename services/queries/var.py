"""What could be lost, from the reports that jobs have stored."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import Engine

from models.domain.errors import InvalidRequestError
from models.domain.feed import Activity
from models.domain.jobs import JobName, JobRun, JobState
from models.domain.market import DatasetStatus
from models.domain.risk import RiskReport, StressResult
from models.domain.risk_request import SCHEDULED_HORIZONS, RiskRequest, RiskSettings, UserShock
from models.domain.risk_view import SHOCK_NAME, AskedRun, RiskView
from services.ports import Clock
from services.quant.risk.stress import user_shock
from services.quant.risk.trust import judge_methods
from services.quant.sessions import exchange_sessions
from services.queries.activity import TITLES, read_activity
from services.queries.freshness import describe_staleness
from services.queries.shown_dataset import dataset_id_of, shown_dataset
from services.storage.unit_of_work import SqlUnitOfWork

_N_NEWEST = 50


class VarQueries:
    """Reads for the value-at-risk page; each call sees one state of the database."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ")
        self._clock = clock

    def view(
        self, request: RiskRequest, confidence: float, moves: Sequence[tuple[str, float]] = ()
    ) -> RiskView:
        """Return what is known of a request.

        Parameters
        ----------
        request : RiskRequest
            Whose report is shown; where there is none, the current book's at the usual settings.
        confidence : float
            At which the methods are judged.
        moves : sequence of (sector or symbol, return)
            What somebody supposes of the book.

        Raises
        ------
        NotYetComputedError
            If no prices are stored yet; its message says what is going on.
        DatabaseUnavailableError
            If the database is out of reach.
        """
        with shown_dataset(self._engine, self._clock) as (work, status):
            dataset_id = dataset_id_of(status)
            report = work.risk.newest(dataset_id, request.key)
            current = report if request.weights is None else None
            for usual in _usual(request):
                current = current or work.risk.newest(dataset_id, usual.key)
        shown = report or current
        return RiskView(
            status=status,
            request=request,
            report=report,
            current=current,
            n_behind=0 if shown is None else _n_behind(shown, status),
            trust=None
            if shown is None or shown.backtest is None
            else judge_methods(shown.backtest, confidence),
            shocks=() if shown is None else _supposed(shown, moves),
        )

    def run(self, request: RiskRequest) -> AskedRun | None:
        """Return the run that computes a request, or the last one where it failed; None for neither.

        Raises
        ------
        DatabaseUnavailableError
            If the database is out of reach.
        """
        now = self._clock.now()
        with SqlUnitOfWork(self._engine) as work:
            active = work.jobs.active()
            mine = [run for run in active if _computes(run, request)]
            newest = [] if mine else [run for run in work.jobs.newest(_N_NEWEST) if _computes(run, request)]
        if mine:
            return _going_on(mine[-1], active, now)
        if newest and newest[0].state in {JobState.FAILED, JobState.CANCELLED, JobState.SKIPPED}:
            failed = newest[0]
            step = f"{failed.state.value}: {failed.message}"
            return AskedRun(failed.id, failed.state, step, None, False, failed.requested_by)
        return None

    def staleness(self, status: DatasetStatus) -> str:
        """Return how far the data are behind the exchange now, empty where they are not."""
        return describe_staleness(status, self._clock.now())

    def activity(self) -> Activity:
        """Return what the worker does now.

        Raises
        ------
        DatabaseUnavailableError
            If the database is out of reach.
        """
        with SqlUnitOfWork(self._engine) as work:
            return read_activity(work, self._clock)


def _usual(request: RiskRequest) -> tuple[RiskRequest, ...]:
    """Return the requests on the current book that a report may be compared with, the likeliest first."""
    horizons = (request.settings.horizon_sessions, *SCHEDULED_HORIZONS)
    return tuple(
        RiskRequest(settings=RiskSettings(horizon_sessions=each)) for each in dict.fromkeys(horizons)
    )


def _n_behind(report: RiskReport, status: DatasetStatus) -> int:
    """Return how many sessions lie between a report's book and the newest prices."""
    if status.last_session is None:
        return 0
    sessions = exchange_sessions()
    is_later = sessions > np.datetime64(report.book.session, "D")
    return int((is_later & (sessions <= np.datetime64(status.last_session, "D"))).sum())


def _supposed(report: RiskReport, moves: Sequence[tuple[str, float]]) -> tuple[StressResult, ...]:
    """Return what supposed moves do to a book; a name that is no sector of it is taken for a symbol."""
    if not moves:
        return ()
    by_sector = tuple((name, move) for name, move in moves if name in report.book.sectors)
    by_symbol = tuple((name.upper(), move) for name, move in moves if name not in report.book.sectors)
    return (user_shock(report.book, UserShock(SHOCK_NAME, by_symbol, by_sector)),)


def _computes(run: JobRun, request: RiskRequest) -> bool:
    if run.job is not JobName.SIMULATE_RISK:
        return False
    if not run.parameters:  # the evening's
        return request.key in {each.key for each in _usual(RiskRequest())}
    try:
        return RiskRequest.from_parameters(run.parameters).key == request.key
    except InvalidRequestError:
        return False


def _going_on(run: JobRun, active: Sequence[JobRun], now: datetime) -> AskedRun:
    progress = run.progress
    if run.state is JobState.QUEUED:
        before = next((other for other in active if other.state is JobState.RUNNING), None)
        waits_for = f"waits for: {TITLES[before.job].lower()}" if before else "begins in a moment"
        return AskedRun(run.id, run.state, waits_for, None, run.cancel_requested, run.requested_by)
    step = progress.describe(now) or "begins"
    if run.cancel_requested:
        step = f"stops at its next step ({step})"
    share = min(progress.done / progress.total, 1.0) if progress.total else None
    return AskedRun(run.id, run.state, step, share, run.cancel_requested, run.requested_by)
