"""The attention page: symbols by days, one symbol's heads, and what a model relies on over the universe."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from dash import ALL, Dash, Input, Output, State, html, no_update
from dash.exceptions import PreventUpdate

from callbacks.frame import PageView, present_frame
from callbacks.past_session import day_of, past_session
from callbacks.shell import browser
from callbacks.symbols import shortened
from components import attention_cards as cards
from components import states
from components.figures.attention import swarm_source, symbol_source
from components.ids import Attention, Shell
from components.words import with_commands
from models.domain.errors import DatabaseUnavailableError, NotYetComputedError, UserError
from models.domain.explanation_views import (
    AttentionLine,
    AttentionOverview,
    AttentionRequest,
    ImportanceReport,
    SymbolPrices,
)
from models.domain.feed import Activity
from models.domain.market import DatasetStatus

READY = "attention"
WAITING = "attention is-waiting"
IMPORTANCE = "importance"
_PAST_WORDS = "as the model explained it"


class AttentionReader(Protocol):
    """What the attention page asks; ``services.queries.attention`` answers."""

    def overview(self, request: AttentionRequest) -> AttentionOverview:
        """Return the newest window of every symbol."""

    def prices(self, symbol: str, first: date, last: date) -> SymbolPrices:
        """Return a symbol's bars, adjusted as of the last."""

    def importance(self, request: AttentionRequest) -> ImportanceReport:
        """Return what a model relies on."""

    def staleness(self, status: DatasetStatus) -> str:
        """Return how far the data are behind the exchange, empty where they are not."""

    def activity(self) -> Activity:
        """Return what the worker does now."""


@dataclass(frozen=True)
class AttentionView(PageView):
    """What a look changes on the page, in the order of the callback's outputs.

    ``no_update`` keeps what is on the screen.
    """

    loaded: Any = no_update
    summary: Any = no_update
    tools: Any = no_update
    symbols: Any = no_update
    matrix: Any = no_update
    symbol_head: Any = no_update
    symbol: Any = no_update
    verdict: Any = no_update
    ranking: Any = no_update
    families: Any = no_update
    stability: Any = no_update
    swarm: Any = no_update
    sectors: Any = no_update
    course: Any = no_update
    past: Any = no_update
    state: Any = no_update
    page_class: Any = no_update
    is_activity_poll_off: bool = True
    error: Any = None


def present_attention(
    queries: AttentionReader, asked: dict[str, Any], loaded: dict[str, Any] | None
) -> AttentionView:
    """Return the tab that is asked for; where it cannot be had, what to say. What is on the screen stays.

    ``loaded``: what the page holds; the same is not sent twice.
    """
    tab = IMPORTANCE if asked.get("tab") == IMPORTANCE else "attention"
    is_shown = bool(loaded and loaded.get("tab") == tab)
    request = AttentionRequest(day_of(asked.get("date")), asked.get("model"))
    try:
        if tab == IMPORTANCE:
            return _importance(queries, request, asked, loaded)
        return _maps(queries, request, asked, loaded)
    except NotYetComputedError as missing:
        return _nothing_yet(queries, str(missing), asked, is_shown=is_shown)
    except UserError as refused:
        return _refused(str(refused), asked, loaded, is_shown=is_shown)
    except DatabaseUnavailableError:
        return _database_gone(is_shown=is_shown)


def _maps(
    queries: AttentionReader,
    request: AttentionRequest,
    asked: dict[str, Any],
    loaded: dict[str, Any] | None,
) -> AttentionView:
    overview = queries.overview(request)
    head = asked.get("head")
    if head is not None and not 1 <= head <= overview.n_heads:
        head = None
    lines = cards.ordered(overview.lines, asked.get("order") or "names", head)
    line, unknown = _chosen(lines, asked.get("symbol"))
    matrix = cards.matrix_source(overview, lines, line.symbol, head)
    version = _digest(overview, head, asked.get("order"), line.symbol)
    if loaded is not None and (loaded.get("tab"), loaded.get("version")) == ("attention", version):
        return AttentionView(loaded={**loaded, "asked": asked}, state=[], page_class=READY, error=unknown)
    prices = queries.prices(line.symbol, line.window[0], line.session)
    return AttentionView(
        loaded=_loaded(overview.status, overview.session, "attention", version, asked),
        summary=cards.overview_summary(overview, head),
        tools=cards.tools(overview.models, overview.model, overview.n_heads, head),
        symbols=[html.Option(value=one.symbol, label=one.name) for one in overview.lines],
        matrix=matrix,
        symbol_head=cards.symbol_head(line),
        symbol=symbol_source(line, prices, head),
        verdict=cards.verdict_card(overview),
        past=_past(overview.session, request.as_of, is_newest=overview.is_newest),
        state=[],
        page_class=READY,
        error=unknown,
        frame=_frame(queries, overview.status, overview.session),
    )


def _chosen(lines: list[AttentionLine], symbol: str | None) -> tuple[AttentionLine, Any]:
    """Return the symbol that the address names, or the first one; a wrong one is named."""
    if not symbol:
        return lines[0], None
    found = next((line for line in lines if line.symbol == symbol), None)
    if found is not None:
        return found, None
    words = f"“{shortened(symbol)}” has no window of this model and session; {lines[0].symbol} is shown."
    return lines[0], states.error_line(words)


def _importance(
    queries: AttentionReader,
    request: AttentionRequest,
    asked: dict[str, Any],
    loaded: dict[str, Any] | None,
) -> AttentionView:
    report = queries.importance(request)
    version = repr(
        (report.model, report.models, report.newest.session, len(report.history), report.stability)
    )
    if loaded is not None and (loaded.get("tab"), loaded.get("version")) == (IMPORTANCE, version):
        return AttentionView(loaded={**loaded, "asked": asked}, state=[], page_class=READY)
    names = cards.ranked(report)[: cards.N_TRACKED]
    session = report.newest.session
    return AttentionView(
        loaded=_loaded(report.status, session, IMPORTANCE, version, asked),
        summary=cards.importance_summary(report),
        tools=cards.tools(report.models, report.model, 0, None),
        ranking=cards.ranking_card(report),
        families=cards.families_card(report),
        stability=cards.stability_card(report),
        swarm=swarm_source(report.newest, names, report.titles),
        sectors=cards.sector_heat(report),
        course=cards.course_heat(report),
        past=_past(session, request.as_of, is_newest=session == report.status.last_session),
        state=[],
        page_class=READY,
        frame=_frame(queries, report.status, session),
    )


def _digest(overview: AttentionOverview, *chosen: Any) -> str:
    found = hashlib.sha256()
    for line in overview.lines:
        found.update(line.attention.tobytes())
        found.update(repr((line.symbol, line.session, line.shown_class, line.probability)).encode())
    about = (overview.model, overview.models, overview.deletion, overview.status, overview.session, *chosen)
    found.update(repr(about).encode())
    return found.hexdigest()[:16]


def _loaded(
    status: DatasetStatus, session: date, tab: str, version: str, asked: dict[str, Any]
) -> dict[str, Any]:
    first, last = status.first_session or session, status.last_session or session
    return {
        "tab": tab,
        "version": version,
        "asked": asked,
        "as_of": session.isoformat(),
        "first": first.isoformat(),
        "last": last.isoformat(),
    }


def _past(session: date, asked_for: date | None, *, is_newest: bool) -> Any:
    return [] if is_newest else past_session(session, asked_for, _PAST_WORDS)


def _frame(queries: AttentionReader, status: DatasetStatus, session: date) -> dict[str, dict[str, Any]]:
    return present_frame(status, session, status.n_symbols, queries.staleness(status))


def _nothing_yet(
    queries: AttentionReader, missing: str, asked: dict[str, Any], *, is_shown: bool
) -> AttentionView:
    if is_shown:
        return AttentionView(error=states.error_line(f"{missing} Below is what was read last."))
    try:
        activity = queries.activity()
    except DatabaseUnavailableError:
        return _database_gone(is_shown=False)
    remedy = "This page fills itself in as soon as there is something."
    if activity.running:
        remedy = f"{activity.sentence}. {remedy}"
    state = html.Div(
        [
            html.Div("Nothing to show of the model yet", className="state-title"),
            html.Div(with_commands(missing), className="state-why"),
            html.Div(remedy, className="state-remedy"),
        ],
        className="state",
        role="status",
    )
    return AttentionView(
        loaded={"asked": asked}, state=state, page_class=WAITING, is_activity_poll_off=False, summary=[]
    )


def _refused(
    why: str, asked: dict[str, Any], loaded: dict[str, Any] | None, *, is_shown: bool
) -> AttentionView:
    if is_shown and loaded is not None:
        line = states.error_line(f"{why}. Below is what was read last.")
        return AttentionView(error=line, loaded={**loaded, "asked": asked})
    state = states.error_state("This cannot be shown", f"{why}.")
    return AttentionView(loaded={"asked": asked}, state=state, page_class=WAITING, summary=[])


def _database_gone(*, is_shown: bool) -> AttentionView:
    if is_shown:
        # The line under the top row says so, and since when; the browser knows both.
        return AttentionView()
    return AttentionView(state=states.database_gone(), page_class=WAITING, is_activity_poll_off=False)


def register(app: Dash, queries: AttentionReader) -> None:
    """Connect the page."""

    @app.callback(
        Output(Attention.LOADED, "data"),
        Output(Attention.SUMMARY, "children"),
        Output(Attention.TOOLS, "children"),
        Output(Attention.SYMBOLS, "children"),
        Output(Attention.MATRIX_SOURCE, "data"),
        Output(Attention.SYMBOL_HEAD, "children"),
        Output(Attention.SYMBOL_SOURCE, "data"),
        Output(Attention.VERDICT, "children"),
        Output(Attention.RANKING, "children"),
        Output(Attention.FAMILIES, "children"),
        Output(Attention.STABILITY, "children"),
        Output(Attention.SWARM_SOURCE, "data"),
        Output(Attention.SECTORS_SOURCE, "data"),
        Output(Attention.COURSE_SOURCE, "data"),
        Output(Attention.PAST, "children"),
        Output(Attention.STATE, "children"),
        Output(Attention.ROOT, "className"),
        Output(Attention.ACTIVITY_POLL, "disabled"),
        Output(Attention.ERROR, "children"),
        Input(Shell.REVISION, "data"),
        Input(Attention.ASKED, "data"),
        Input(Attention.ACTIVITY_POLL, "n_intervals"),
        State(Attention.LOADED, "data"),
    )
    def show_attention(
        revision: dict[str, Any] | None,
        asked: dict[str, Any] | None,
        _tick: int | None,
        loaded: dict[str, Any] | None,
    ) -> tuple[Any, ...]:
        if revision is None or asked is None:
            raise PreventUpdate
        view = present_attention(queries, asked, loaded)
        return view.show()

    _register_browser(app)


def _register_browser(app: Dash) -> None:
    app.clientside_callback(
        browser("askAttention"),
        Output(Attention.ASKED, "data"),
        Output(Attention.NOTICE, "children"),
        Output(Attention.MAPS, "hidden"),
        Output(Attention.GLOBAL, "hidden"),
        Output({"type": Attention.TAB_CHOICE, "value": ALL}, "aria-pressed"),
        Output({"type": Attention.ORDER_CHOICE, "value": ALL}, "aria-pressed"),
        Input(Shell.VIEW, "data"),
        State(Attention.ASKED, "data"),
    )
    app.clientside_callback(
        browser("attentionLoaded"),
        Output(Attention.SYMBOL, "value"),
        Input(Attention.LOADED, "data"),
        Input(Attention.MATRIX_SOURCE, "data"),
    )
    app.clientside_callback(
        browser("chooseAttentionSymbol"),
        Input(Attention.SYMBOL, "value"),
        prevent_initial_call=True,
    )
    for slot, source in (
        (Attention.MATRIX, Attention.MATRIX_SOURCE),
        (Attention.SECTORS, Attention.SECTORS_SOURCE),
        (Attention.COURSE, Attention.COURSE_SOURCE),
    ):
        app.clientside_callback(
            browser("drawHeat"),
            Output(slot, "className"),
            Input(source, "data"),
            Input(Shell.APPEARANCE, "data"),
        )
    for slot, chart, source in (
        (Attention.SYMBOL_SLOT, Attention.SYMBOL_CHART, Attention.SYMBOL_SOURCE),
        (Attention.SWARM_SLOT, Attention.SWARM, Attention.SWARM_SOURCE),
    ):
        app.clientside_callback(
            browser("placeAttentionChart"),
            Output(slot, "children"),
            Input(source, "data"),
            State(slot, "children"),
        )
        app.clientside_callback(
            browser("drawAttentionChart"),
            Output(chart, "figure"),
            Input(source, "data"),
            Input(Shell.APPEARANCE, "data"),
            Input(slot, "children"),
            State(Shell.TEMPLATES, "data"),
        )
