"""The simulation that the value-at-risk page asks for: queued, watched, cancelled; and its controls."""

from dataclasses import dataclass, fields
from typing import Any, Protocol

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from callbacks.job_line import cancel_run
from callbacks.requester import requester_address
from callbacks.shell import browser
from callbacks.var_request import read_asked
from callbacks.var_view import VarReader
from components.ids import Shell, Var
from models.domain.errors import DatabaseUnavailableError, InvalidRequestError, UserError
from models.domain.jobs import JobState
from models.domain.risk_request import RiskRequest
from services.commands.risk import may_cancel


class RiskDesk(Protocol):
    """What has simulations run and stopped; ``services.commands.risk`` does."""

    def simulate(self, request: RiskRequest, address: str = "") -> int:
        """Queue a simulation and return its run; ``address``: where the request came from."""

    def cancel_run(self, run_id: int, address: str = "") -> None:
        """Stop a simulation."""


@dataclass(frozen=True)
class RunView:
    """The line of the run, in the order of the callback's outputs."""

    is_hidden: Any = True
    is_poll_off: Any = True
    run_class: Any = "run-line"
    step: Any = no_update
    bar: Any = no_update
    run: Any = None
    is_cancel_hidden: Any = True


def present_run(queries: VarReader, asked: dict[str, Any]) -> RunView:
    """Return the line of the run that computes what is asked for; none where nothing runs."""
    try:
        run = queries.run(read_asked({**asked, "shock": ""}).request)
    except InvalidRequestError:
        return RunView()
    except DatabaseUnavailableError:
        return RunView(no_update, no_update, no_update, run=no_update, is_cancel_hidden=no_update)
    if run is None:
        return RunView()
    is_active = run.state in {JobState.QUEUED, JobState.RUNNING}
    return RunView(
        is_hidden=False,
        is_poll_off=not is_active,
        run_class="run-line" if is_active else "run-line is-over",
        step=f"Simulation: {run.step}" if is_active else f"The simulation was not finished; {run.step}",
        bar={"width": f"{100.0 * (run.share or 0.0):.1f}%"},
        run={"id": run.run_id},
        is_cancel_hidden=not is_active or run.is_stopping or not may_cancel(run.requested_by),
    )


def simulate(desk: RiskDesk, asked: Any) -> str:
    """Have what is asked for simulated; return what to say, also where it is refused."""
    try:
        desk.simulate(read_asked(asked if isinstance(asked, dict) else {}).request, requester_address())
    except UserError as refused:
        return f"Not simulated. {refused}."
    except DatabaseUnavailableError:
        return "Not simulated: the database is out of reach. Try again in a moment."
    return "Queued."


def register(app: Dash, queries: VarReader, desk: RiskDesk) -> None:
    """Connect the run and the controls."""

    @app.callback(
        Output(Var.RUN, "hidden"),
        Output(Var.RUN_POLL, "disabled"),
        Output(Var.RUN, "className"),
        Output(Var.RUN_STEP, "children"),
        Output(Var.RUN_BAR, "style"),
        Output(Var.RUN_ID, "data"),
        Output(Var.RUN_CANCEL, "hidden"),
        Input(Shell.REVISION, "data"),
        Input(Var.ASKED, "data"),
        Input(Var.RUN_POLL, "n_intervals"),
        Input(Var.SIMULATE_NOTE, "children"),
    )
    def show_run(
        revision: dict[str, Any] | None, asked: dict[str, Any] | None, _tick: int | None, _note: str | None
    ) -> tuple[Any, ...]:
        if revision is None or asked is None:
            raise PreventUpdate
        view = present_run(queries, asked)
        return tuple(getattr(view, each.name) for each in fields(view))

    @app.callback(
        Output(Var.SIMULATE_NOTE, "children"),
        Input(Var.SIMULATE, "n_clicks"),
        Input(Var.RUN_CANCEL, "n_clicks"),
        Input(Var.ASKED, "data"),
        State(Var.RUN_ID, "data"),
        prevent_initial_call=True,
    )
    def simulate_or_cancel(_simulate: int | None, _cancel: int | None, asked: Any, run: Any) -> str:
        if ctx.triggered_id == Var.SIMULATE:
            return simulate(desk, asked)
        return cancel_run(desk, run) if ctx.triggered_id == Var.RUN_CANCEL else ""

    _register_browser(app)


def _register_browser(app: Dash) -> None:
    app.clientside_callback(
        browser("askRisk"),
        Output(Var.ASKED, "data"),
        Output(Var.NOTICE, "children"),
        Output(Var.HORIZON, "value"),
        Output({"type": Var.METHOD_CHOICE, "value": ALL}, "aria-pressed"),
        Output({"type": Var.LEVEL_CHOICE, "value": ALL}, "aria-pressed"),
        Input(Shell.VIEW, "data"),
        State(Var.ASKED, "data"),
    )
    app.clientside_callback(browser("chooseHorizon"), Input(Var.HORIZON, "value"), prevent_initial_call=True)
    app.clientside_callback(
        browser("suppose"),
        Input(Var.SHOCK_ADD, "n_clicks"),
        Input(Var.SHOCK_MOVE, "n_submit"),
        State(Var.SHOCK_TARGET, "value"),
        State(Var.SHOCK_MOVE, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        browser("changeBook"),
        Output(Var.BOOK_SYMBOL, "value"),
        Output(Var.BOOK_WEIGHT, "value"),
        Output(Var.BOOK_MESSAGE, "children", allow_duplicate=True),
        Input(Var.BOOK_ADD, "n_clicks"),
        Input(Var.BOOK_WEIGHT, "n_submit"),
        Input(Var.BOOK_SCALE, "n_clicks"),
        State(Var.BOOK_SYMBOL, "value"),
        State(Var.BOOK_WEIGHT, "value"),
        State(Var.BOOK, "rowData"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        browser("showBook"), Output(Var.BOOK_TOTAL, "children"), Input(Var.BOOK, "rowData")
    )
