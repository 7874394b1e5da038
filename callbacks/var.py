"""The value-at-risk page: what the server tells when there is something new, and what the browser draws."""

from typing import Any

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from callbacks.shell import browser
from callbacks.var_view import VarReader, present_risk
from components.ids import Shell, Var


def register(app: Dash, queries: VarReader) -> None:
    """Connect the page, but for the runs that it asks for."""

    @app.callback(
        Output(Var.LOADED, "data"),
        Output(Var.SENTENCE, "children"),
        Output(Var.BASIS, "children"),
        Output(Var.FIGURES, "children"),
        Output(Var.OUTCOMES_SOURCE, "data"),
        Output(Var.FAN_SOURCE, "data"),
        Output(Var.DRAWDOWNS_SOURCE, "data"),
        Output(Var.SYMBOLS, "children"),
        Output(Var.SECTORS, "children"),
        Output(Var.TRUST, "children"),
        Output(Var.BACKTEST, "children"),
        Output(Var.EXCEPTIONS_SOURCE, "data"),
        Output(Var.STRESS, "children"),
        Output(Var.BOOK, "rowData"),
        Output(Var.BOOK_MESSAGE, "children"),
        Output(Var.STATE, "children"),
        Output(Var.ROOT, "className"),
        Output(Var.ACTIVITY_POLL, "disabled"),
        Output(Var.ERROR, "children"),
        Output(Var.SIMULATE, "hidden"),
        Input(Shell.REVISION, "data"),
        Input(Var.ASKED, "data"),
        Input(Var.ACTIVITY_POLL, "n_intervals"),
        State(Var.LOADED, "data"),
    )
    def show_risk(
        revision: dict[str, Any] | None,
        asked: dict[str, Any] | None,
        _tick: int | None,
        loaded: dict[str, Any] | None,
    ) -> tuple[Any, ...]:
        if revision is None or asked is None:
            raise PreventUpdate
        view = present_risk(queries, asked, loaded)
        return view.show()

    for source, figure in (
        (Var.OUTCOMES_SOURCE, Var.OUTCOMES),
        (Var.FAN_SOURCE, Var.FAN),
        (Var.DRAWDOWNS_SOURCE, Var.DRAWDOWNS),
        (Var.EXCEPTIONS_SOURCE, Var.EXCEPTIONS),
    ):
        app.clientside_callback(
            browser("drawRisk"),
            Output(figure, "figure"),
            Input(source, "data"),
            Input(Shell.APPEARANCE, "data"),
            State(Shell.TEMPLATES, "data"),
        )
