"""The attention page: what the server tells when there is something new, and what the browser draws."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, html
from dash.exceptions import PreventUpdate

from callbacks.attention_view import (
    IMPORTANCE,
    AttentionReader,
    AttentionView,
    present_importance,
    present_maps,
)
from callbacks.past_session import day_of
from callbacks.shell import browser
from components import states
from components.ids import Attention, Shell
from components.words import with_commands
from models.domain.errors import DatabaseUnavailableError, NotYetComputedError, UserError
from models.domain.explanation_views import AttentionRequest

WAITING = "attention is-waiting"


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
            return present_importance(queries, request, asked, loaded)
        return present_maps(queries, request, asked, loaded)
    except NotYetComputedError as missing:
        return _nothing_yet(queries, str(missing), asked, is_shown=is_shown)
    except UserError as refused:
        return _refused(str(refused), asked, loaded, is_shown=is_shown)
    except DatabaseUnavailableError:
        return _database_gone(is_shown=is_shown)


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
        Output(Attention.SYMBOLS_SOURCE, "data"),
        Output(Attention.SECTOR, "children"),
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
        Input(Attention.SYMBOLS_SOURCE, "data"),
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
