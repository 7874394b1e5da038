"""The running job on every page: asked for while something runs, and not at all while nothing does."""

from dataclasses import dataclass, fields
from typing import Any, Protocol

from dash import Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from callbacks.requester import requester_address
from components.ids import Shell
from components.job_line import job_class, question
from models.domain.activity import ShownRun
from models.domain.errors import DatabaseUnavailableError, UserError

_SHOWN_FROM_S = 1.0  # what is over sooner would only flicker


class RunReader(Protocol):
    """What the line asks; ``services.queries.activity`` answers."""

    def shown(self) -> ShownRun | None:
        """Return the run to tell of, None while there is none."""


class RunDesk(Protocol):
    """What cancels runs; ``services.commands.jobs`` does. It needs the role admin."""

    def cancel_run(self, run_id: int, address: str = "") -> None:
        """Stop a run; ``address``: where the request came from."""


@dataclass(frozen=True)
class LineView:
    """What a look at the runs changes, in the order of the callback's outputs.

    ``is_poll_off``: nothing runs, so nothing is asked until the revision changes.
    """

    is_hidden: Any = True
    is_poll_off: Any = True
    line_class: Any = no_update
    title: Any = no_update
    step: Any = no_update
    bar: Any = no_update
    run: Any = None
    note: Any = None


def present_line(runs: RunReader, known: Any) -> LineView:
    """Return the line as it is now; ``known`` is the run that it has told of so far."""
    try:
        run = runs.shown()
    except DatabaseUnavailableError:
        # The line under the top row says so; what the job does is not known until it answers.
        return LineView(is_poll_off=no_update, run=no_update, note=no_update)
    if run is None:
        return LineView()
    store = {"id": run.run_id, "title": run.title}
    is_same = isinstance(known, dict) and known.get("id") == run.run_id
    return LineView(
        is_hidden=run.age_s < _SHOWN_FROM_S,
        is_poll_off=False,
        line_class=job_class(run),
        title=run.title,
        step=run.step,
        bar={"width": f"{100.0 * (run.share or 0.0):.1f}%"},
        run=no_update if store == known else store,
        note=no_update if is_same else None,  # what was said of another run
    )


def cancel_run(desk: RunDesk, asked: Any) -> str:
    """Cancel the run that was asked about; return what to say, also where it is refused."""
    run_id = asked.get("id") if isinstance(asked, dict) else None
    if not isinstance(run_id, int) or isinstance(run_id, bool):
        return "No run was chosen: nothing was cancelled."
    try:
        desk.cancel_run(run_id, requester_address())
    except UserError as refused:
        return f"Not cancelled. {refused}"
    except DatabaseUnavailableError:
        return "Not cancelled: the database is out of reach. Try again in a moment."
    return "Asked to stop."


def register(app: Dash, runs: RunReader, desk: RunDesk) -> None:
    """Connect the line, the question and the cancelling."""

    @app.callback(
        Output(Shell.JOB, "hidden"),
        Output(Shell.JOB_POLL, "disabled"),
        Output(Shell.JOB, "className"),
        Output(Shell.JOB_TITLE, "children"),
        Output(Shell.JOB_STEP, "children"),
        Output(Shell.JOB_BAR, "style"),
        Output(Shell.JOB_RUN, "data"),
        Output(Shell.JOB_NOTE, "children", allow_duplicate=True),
        Input(Shell.REVISION, "data"),
        Input(Shell.JOB_POLL, "n_intervals"),
        State(Shell.JOB_RUN, "data"),
        prevent_initial_call="initial_duplicate",
    )
    def show_line(revision: dict[str, Any] | None, _tick: int | None, known: Any) -> tuple[Any, ...]:
        if revision is None:
            raise PreventUpdate
        view = present_line(runs, known)
        return tuple(getattr(view, each.name) for each in fields(view))

    @app.callback(
        Output(Shell.JOB_DIALOG, "is_open"),
        Output(Shell.JOB_QUESTION, "children"),
        Output(Shell.JOB_ASKED, "data"),
        Output(Shell.JOB_NOTE, "children"),
        Input(Shell.JOB_CANCEL, "n_clicks"),
        Input(Shell.JOB_KEEP, "n_clicks"),
        Input(Shell.JOB_STOP, "n_clicks"),
        State(Shell.JOB_RUN, "data"),
        State(Shell.JOB_ASKED, "data"),
        prevent_initial_call=True,
    )
    def ask_or_cancel(
        _cancel: int | None, _keep: int | None, _stop: int | None, run: Any, asked: Any
    ) -> tuple[Any, ...]:
        if ctx.triggered_id == Shell.JOB_STOP:
            return False, no_update, None, cancel_run(desk, asked)
        if ctx.triggered_id == Shell.JOB_CANCEL and isinstance(run, dict):
            return True, question(str(run.get("title"))), run, None
        return False, no_update, None, no_update
