"""The data-quality page: what the server tells when there is something new."""

from dataclasses import dataclass
from typing import Any, Protocol

from dash import ALL, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from callbacks.frame import PageView, present_frame
from callbacks.shell import browser
from components import formats, states
from components.figures.quality import trend_source
from components.filters import sector_chips
from components.ids import DataQuality, Quarantine, Shell
from components.quality_cards import key_figures, summary, worst_sessions
from components.quality_filters import problem_chips, rule_strip
from components.quality_tables import quarantine_rows, symbol_rows
from components.supply_cards import supply_cards
from models.domain.errors import DatabaseUnavailableError, NotYetComputedError
from models.domain.feed import Activity
from models.domain.market import DatasetStatus, QuarantineKey
from models.domain.quality_views import QualityReport, RowEvidence, Supply, SymbolEvidence

READY = "quality"
WAITING = "quality is-waiting"


class QualityReader(Protocol):
    """What the data-quality page asks; ``services.queries.data_quality`` answers."""

    def report(self) -> QualityReport:
        """Return all that was assessed."""

    def symbol(self, symbol: str) -> SymbolEvidence:
        """Return what stands behind one symbol's row."""

    def row(self, key: QuarantineKey) -> RowEvidence | None:
        """Return a row in quarantine and the bars around it."""

    def supply(self) -> Supply | None:
        """Return where the data come from and how that goes now."""

    def staleness(self, status: DatasetStatus) -> str:
        """Return how far the data are behind the exchange, empty where they are not."""

    def activity(self) -> Activity:
        """Return what the worker does now."""


@dataclass(frozen=True)
class QualityView(PageView):
    """What a look at the assessment changes on the page, in the order of the callback's outputs.

    ``no_update`` keeps what is on the screen.
    """

    loaded: Any = no_update
    rows: Any = no_update
    quarantine: Any = no_update
    quarantine_note: Any = no_update
    summary: Any = no_update
    figures: Any = no_update
    worst: Any = no_update
    rules: Any = no_update
    problems: Any = no_update
    sectors: Any = no_update
    trend: Any = no_update
    trend_note: Any = no_update
    state: Any = no_update
    page_class: Any = no_update
    is_activity_poll_off: bool = False
    error: Any = None


def present_report(queries: QualityReader, loaded: dict[str, Any] | None) -> QualityView:
    """Return the newest assessment; where it cannot be had, what to say. Data on the screen stay.

    ``loaded``: what the page holds; the same assessment is not sent twice.
    """
    try:
        report = queries.report()
    except NotYetComputedError as missing:
        return _without_report(queries, str(missing), is_shown=loaded is not None)
    except DatabaseUnavailableError:
        return _database_gone(is_shown=loaded is not None)
    if loaded is not None and loaded.get("version") == report.version:
        return QualityView(is_activity_poll_off=True)
    return QualityView(
        loaded={"version": report.version},
        rows=symbol_rows(report),
        quarantine=quarantine_rows(report),
        quarantine_note=_quarantine_note(report),
        summary=summary(report),
        figures=key_figures(report),
        worst=worst_sessions(report),
        rules=rule_strip(report.rules),
        problems=problem_chips(report),
        sectors=sector_chips(
            (row.sector for row in report.symbols), DataQuality.SECTOR_FILTER, DataQuality.SECTOR_COUNT
        ),
        trend=trend_source(report.runs) if len(report.runs) > 1 else no_update,
        trend_note=_trend_note(report),
        state=[],
        page_class=_page_class(report),
        is_activity_poll_off=True,
        frame=_frame(report, queries.staleness(report.status)),
    )


def present_supply(queries: QualityReader) -> Any:
    """Return the cards of freshness and providers; what is shown stays while they cannot be read."""
    try:
        supply = queries.supply()
    except DatabaseUnavailableError:
        return no_update
    return no_update if supply is None else supply_cards(supply)


def _page_class(report: QualityReport) -> str:
    """Return the page's class: parts that have nothing to show take no room."""
    parts = [READY]
    if report.n_quarantine == 0:
        parts.append("has-no-quarantine")
    if len(report.runs) < 2:
        parts.append("has-one-run")
    return " ".join(parts)


def _frame(report: QualityReport, staleness: str) -> dict[str, dict[str, Any]]:
    as_of = report.status.last_session or report.assessed_at.date()
    return present_frame(report.status, as_of, report.status.n_symbols, staleness)


def _quarantine_note(report: QualityReport) -> str:
    n_shown = len(report.quarantine)
    if n_shown == report.n_quarantine:
        return ""
    return (
        f"The first {formats.count(n_shown)} of {formats.count(report.n_quarantine)} rows; all of them with "
        "`python -m app export quality`"
    )


def _trend_note(report: QualityReport) -> str:
    n_runs = len(report.runs)
    return (
        "one so far; the curves begin with the second"
        if n_runs == 1
        else f"{formats.count(n_runs)}, each on its own axis"
    )


def _without_report(queries: QualityReader, missing: str, *, is_shown: bool) -> QualityView:
    if is_shown:
        return QualityView(error=states.error_line(f"{missing} What is shown below is what was read last."))
    try:
        activity = queries.activity()
    except DatabaseUnavailableError:
        return _database_gone(is_shown=False)
    if activity.running or activity.failed:
        state = states.first_data(missing, activity, "assessments of data quality")
    else:
        state = states.empty_state(
            "No prices have been assessed yet", missing, "This page fills itself in as soon as they have."
        )
    return QualityView(state=state, page_class=WAITING)


def _database_gone(*, is_shown: bool) -> QualityView:
    if is_shown:
        # The line under the top row says so, and since when; the browser knows both.
        return QualityView()
    return QualityView(state=states.database_gone(), page_class=WAITING)


def register(app: Dash, queries: QualityReader) -> None:
    """Connect the page, but for the symbol's panel, the calendar and the decisions on quarantine."""

    @app.callback(
        Output(DataQuality.LOADED, "data"),
        Output(DataQuality.GRID, "rowData"),
        Output(Quarantine.GRID, "rowData"),
        Output(Quarantine.NOTE, "children"),
        Output(DataQuality.SUMMARY, "children"),
        Output(DataQuality.FIGURES, "children"),
        Output(DataQuality.WORST, "children"),
        Output(DataQuality.RULES, "children"),
        Output(DataQuality.PROBLEMS, "children"),
        Output(DataQuality.SECTORS, "children"),
        Output(DataQuality.TREND_SOURCE, "data"),
        Output(DataQuality.TREND_NOTE, "children"),
        Output(DataQuality.STATE, "children"),
        Output(DataQuality.ROOT, "className"),
        Output(DataQuality.ACTIVITY_POLL, "disabled"),
        Output(DataQuality.ERROR, "children"),
        Input(Shell.REVISION, "data"),
        Input(DataQuality.ACTIVITY_POLL, "n_intervals"),
        State(DataQuality.LOADED, "data"),
    )
    def show_report(
        revision: dict[str, Any] | None, _tick: int | None, loaded: dict[str, Any] | None
    ) -> tuple[Any, ...]:
        if revision is None:
            raise PreventUpdate
        view = present_report(queries, loaded)
        return view.show()

    @app.callback(
        Output(DataQuality.SUPPLY, "children"),
        Input(Shell.REVISION, "data"),
        Input(DataQuality.SUPPLY_POLL, "n_intervals"),
    )
    def show_supply(revision: dict[str, Any] | None, _tick: int | None) -> Any:
        if revision is None:
            raise PreventUpdate
        return present_supply(queries)

    _register_filters(app)


def _register_filters(app: Dash) -> None:
    app.clientside_callback(
        browser("showQuality"),
        Output({"type": DataQuality.PROBLEM_FILTER, "value": ALL}, "className"),
        Output({"type": DataQuality.PROBLEM_FILTER, "value": ALL}, "aria-pressed"),
        Output({"type": DataQuality.PROBLEM_COUNT, "value": ALL}, "children"),
        Output({"type": DataQuality.SECTOR_FILTER, "value": ALL}, "className"),
        Output({"type": DataQuality.SECTOR_FILTER, "value": ALL}, "aria-pressed"),
        Output({"type": DataQuality.SECTOR_COUNT, "value": ALL}, "children"),
        Output({"type": DataQuality.RULE_FILTER, "value": ALL}, "className"),
        Output({"type": DataQuality.RULE_FILTER, "value": ALL}, "aria-pressed"),
        Output({"type": Quarantine.STATUS_FILTER, "value": ALL}, "className"),
        Output({"type": Quarantine.STATUS_FILTER, "value": ALL}, "aria-pressed"),
        Output({"type": Quarantine.STATUS_COUNT, "value": ALL}, "children"),
        Output(DataQuality.GRID_COUNT, "children"),
        Output(DataQuality.GRID_NO_MATCH, "children"),
        Output(DataQuality.GRID_NO_MATCH, "hidden"),
        Output(Quarantine.COUNT, "children"),
        Output(Quarantine.NO_MATCH, "children"),
        Output(Quarantine.NO_MATCH, "hidden"),
        Output(DataQuality.NOTICE, "children"),
        Input(Shell.VIEW, "data"),
        Input(DataQuality.GRID, "rowData"),
        Input(Quarantine.GRID, "rowData"),
    )
    app.clientside_callback(
        browser("exportQuality"),
        Input(DataQuality.GRID_EXPORT, "n_clicks"),
        Input(Quarantine.EXPORT, "n_clicks"),
        prevent_initial_call=True,
    )
