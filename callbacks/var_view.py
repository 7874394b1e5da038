"""What a look at the risk shows on its page: figures, words, or why there are none."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from dash import html, no_update

from callbacks.frame import PageView, present_frame
from callbacks.var_request import Asked, read_asked
from components import states
from components.book_editor import book_rows
from components.figures.risk import drawdowns_figure, exceptions_figure, fan_figure, outcomes_figure
from components.var_cards import basis, key_figures, sentence
from components.var_tables import backtest_table, sectors_table, stress_table, symbols_table
from components.var_words import trust_words
from models.domain.errors import DatabaseUnavailableError, InvalidRequestError, NotYetComputedError
from models.domain.feed import Activity
from models.domain.market import DatasetStatus
from models.domain.risk import RiskReport, RiskSnapshot
from models.domain.risk_request import CASH, RiskMethod, RiskRequest
from models.domain.risk_view import AskedRun, RiskView
from services.commands.risk import may_simulate

READY = "var"
WAITING = "var is-waiting"
_NOT_SIMULATED = (
    "What the controls ask for has not been simulated: the figures below are those of the current book at "
    "the usual settings. "
)
_NEEDS_ROLE = "That takes the role trader: sign in with an account that has it."


class VarReader(Protocol):
    """What the value-at-risk page asks; ``services.queries.var`` answers."""

    def view(
        self, request: RiskRequest, confidence: float, moves: Sequence[tuple[str, float]] = ()
    ) -> RiskView:
        """Return what is known of a request."""

    def run(self, request: RiskRequest) -> AskedRun | None:
        """Return the run that computes it, or the last one where it failed."""

    def staleness(self, status: DatasetStatus) -> str:
        """Return how far the data are behind the exchange, empty where they are not."""

    def activity(self) -> Activity:
        """Return what the worker does now."""


@dataclass(frozen=True)
class VarView(PageView):
    """What a look at the risk changes on the page, in the order of the callback's outputs.

    ``no_update`` keeps what is on the screen.
    """

    loaded: Any = no_update
    sentence: Any = no_update
    basis: Any = no_update
    figures: Any = no_update
    outcomes: Any = no_update
    fan: Any = no_update
    drawdowns: Any = no_update
    symbols: Any = no_update
    sectors: Any = no_update
    trust: Any = no_update
    backtest: Any = no_update
    exceptions: Any = no_update
    stress: Any = no_update
    book: Any = no_update
    book_message: Any = None
    state: Any = no_update
    page_class: Any = no_update
    is_activity_poll_off: bool = True
    error: Any = None
    is_simulate_hidden: Any = True


def present_risk(queries: VarReader, asked: dict[str, Any], loaded: dict[str, Any] | None) -> VarView:
    """Return the risk asked for; where it cannot be had, what to say. What is on the screen stays.

    ``loaded``: what the page holds; the same is not sent twice.
    """
    is_shown = bool(loaded and loaded.get("version"))
    wrong = None
    try:
        wanted = read_asked(asked)
    except InvalidRequestError as refused:
        wrong = f"{refused}."
        wanted = read_asked({**asked, "book": "", "shock": ""})
    try:
        view = queries.view(wanted.request, wanted.confidence, wanted.moves)
    except NotYetComputedError as missing:
        return _nothing_yet(queries, str(missing), is_shown=is_shown)
    except DatabaseUnavailableError:
        return _database_gone(is_shown=is_shown)
    if view.shown is None:
        return replace(_not_simulated(queries, view), book_message=wrong, frame=_frame(queries, view))
    version = _version(view, wanted, wrong)
    if loaded is not None and loaded.get("version") == version:
        return _unchanged(view, wrong)
    return _whole(queries, view, view.shown, wanted, version, wrong)


def _whole(
    queries: VarReader, view: RiskView, report: RiskReport, wanted: Asked, version: str, wrong: str | None
) -> VarView:
    snapshot = chosen_snapshot(view, report, wanted.method)
    confidence = wanted.confidence
    tail = snapshot.tail(confidence)
    other = _compared(view, report, snapshot.method)
    return VarView(
        loaded={"version": version, "as_of": report.book.session.isoformat()},
        sentence=sentence(report, snapshot, confidence),
        basis=basis(view, report, snapshot),
        figures=key_figures(report, snapshot, confidence, other),
        outcomes=outcomes_figure(snapshot, confidence),
        fan=fan_figure(snapshot),
        drawdowns=drawdowns_figure(snapshot),
        symbols=symbols_table(tail),
        sectors=sectors_table(report, tail),
        stress=stress_table((*view.shocks, *report.stresses)),
        book=book_rows(
            report,
            view.current,
            _weights(wanted, report),
            {one.name: one.component_var for one in tail.by_symbol},
        ),
        book_message=wrong,
        state=[],
        page_class=READY,
        error=_not_the_asked_one(view, wrong),
        is_simulate_hidden=_is_simulate_hidden(view, wrong),
        frame=_frame(queries, view),
        **_believed(view, report, snapshot.method),
    )


def _believed(view: RiskView, report: RiskReport, method: RiskMethod) -> dict[str, Any]:
    """Return what the back-test shows, or that there is none."""
    backtest, trust = report.backtest, view.trust
    if backtest is None or trust is None:
        why = "No back-test: the history of this book is too short for one."
        return {"trust": html.P(why, className="plain"), "backtest": [], "exceptions": None}
    result = next(
        (one for one in backtest.results if one.method is method and one.confidence == trust.confidence), None
    )
    return {
        "trust": trust_words(backtest, trust),
        "backtest": backtest_table(backtest, trust),
        "exceptions": None if result is None else exceptions_figure(backtest, result),
    }


def chosen_snapshot(view: RiskView, report: RiskReport, method: RiskMethod | None) -> RiskSnapshot:
    """Return what the chosen method says; without a choice the one that its back-test says most for."""
    wanted = method or (view.trust.best if view.trust is not None else None)
    found = report.snapshot(wanted) if wanted is not None else None
    return found or report.snapshots[0]


def _compared(view: RiskView, report: RiskReport, method: RiskMethod) -> RiskSnapshot | None:
    """Return the current book's figures where an edited one of the same horizon is shown."""
    current = view.current
    if current is None or current is report or report.request.weights is None:
        return None
    is_same_horizon = current.request.settings.horizon_sessions == report.request.settings.horizon_sessions
    return current.snapshot(method) if is_same_horizon else None


def _weights(wanted: Asked, report: RiskReport) -> dict[str, float]:
    """Return the weights that the grid shows: the edited ones, else those of the report."""
    if wanted.request.weights is not None:
        return {symbol: weight for symbol, weight in wanted.request.weights if symbol != CASH}
    return dict(zip(report.book.symbols, report.book.weights, strict=True))


def _version(view: RiskView, wanted: Asked, wrong: str | None) -> str:
    shown = view.shown
    computed_at = shown.computed_at.isoformat() if shown is not None else ""
    parts = (
        view.status.dataset.id, computed_at, wanted, view.is_asked_one, view.n_behind, wrong, may_simulate(),
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]  # the same in every web process


def _unchanged(view: RiskView, wrong: str | None) -> VarView:
    return VarView(
        state=[],
        page_class=READY,
        book_message=wrong,
        error=_not_the_asked_one(view, wrong),
        is_simulate_hidden=_is_simulate_hidden(view, wrong),
    )


def _is_simulate_hidden(view: RiskView, wrong: str | None) -> bool:
    is_wanted = not view.is_asked_one or view.n_behind > 0
    return wrong is not None or not is_wanted or not may_simulate()


def _not_the_asked_one(view: RiskView, wrong: str | None) -> Any:
    if view.is_asked_one or wrong is not None:
        return None
    what = "Press Simulate to have it computed." if may_simulate() else _NEEDS_ROLE
    return html.Div([_NOT_SIMULATED, what], className="notice notice-warn", role="status")


def _not_simulated(queries: VarReader, view: RiskView) -> VarView:
    """Say that there is no report at all, and what makes one."""
    try:
        activity = queries.activity()
    except DatabaseUnavailableError:
        return _database_gone(is_shown=False)
    state = states.first_data("No risk has been simulated yet.", activity, "risk figures")
    return VarView(
        state=state,
        page_class=WAITING,
        is_activity_poll_off=False,
        is_simulate_hidden=not may_simulate(),
    )


def _nothing_yet(queries: VarReader, missing: str, *, is_shown: bool) -> VarView:
    if is_shown:
        return VarView(error=states.error_line(f"{missing} The figures below are the last that were read."))
    try:
        activity = queries.activity()
    except DatabaseUnavailableError:
        return _database_gone(is_shown=False)
    state = states.first_data(missing, activity, "risk figures")
    return VarView(state=state, page_class=WAITING, is_activity_poll_off=False)


def _database_gone(*, is_shown: bool) -> VarView:
    if is_shown:
        # The line under the top row says so, and since when; the browser knows both.
        return VarView(is_simulate_hidden=no_update, book_message=no_update, error=no_update)
    return VarView(state=states.database_gone(), page_class=WAITING, is_activity_poll_off=False)


def _frame(queries: VarReader, view: RiskView) -> dict[str, dict[str, Any]]:
    shown = view.shown
    last = view.status.last_session
    as_of = shown.book.session if shown is not None else last
    if as_of is None:
        return {}
    return present_frame(view.status, as_of, view.status.n_symbols, queries.staleness(view.status))
