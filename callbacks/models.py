"""The Models page: what the server tells when something was judged or decided."""

from dataclasses import dataclass
from typing import Any, Protocol

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from callbacks.frame import PageView, present_frame
from callbacks.shell import browser
from components import formats, states
from components.ids import Models, Shell
from components.model_cards import cards, summary
from components.model_tables import history, model_rows
from components.trial_table import trial_rows
from models.domain.errors import DatabaseUnavailableError, NotYetComputedError
from models.domain.feed import Activity
from models.domain.jobs import JobName
from models.domain.market import DatasetStatus
from models.domain.model_views import ModelDetail, ModelsReport

READY = "models"
WAITING = "models is-waiting"


class ModelsReader(Protocol):
    """What the Models page asks; ``services.queries.models`` answers."""

    def report(self) -> ModelsReport:
        """Return all but what stands behind one chosen model."""

    def detail(self, key: str | None) -> ModelDetail:
        """Return what stands behind one line of the evidence."""

    def staleness(self, status: DatasetStatus) -> str:
        """Return how far the data are behind the exchange, empty where they are not."""

    def activity(self) -> Activity:
        """Return what the worker does now."""


@dataclass(frozen=True)
class ModelsView(PageView):
    """What a look at the models changes on the page, in the order of the callback's outputs.

    ``no_update`` keeps what is on the screen.
    """

    loaded: Any = no_update
    summary: Any = no_update
    cards: Any = no_update
    trials: Any = no_update
    trials_note: Any = no_update
    registry: Any = no_update
    registry_note: Any = no_update
    history: Any = no_update
    state: Any = no_update
    page_class: Any = no_update
    is_activity_poll_off: bool = False
    error: Any = None


def present_models(queries: ModelsReader, loaded: dict[str, Any] | None) -> ModelsView:
    """Return the newest report; where it cannot be had, what to say. What is on the screen stays.

    ``loaded``: what the page holds; the same report is not sent twice.
    """
    try:
        report = queries.report()
    except NotYetComputedError as missing:
        return _without_report(queries, str(missing), is_shown=loaded is not None)
    except DatabaseUnavailableError:
        return _database_gone(is_shown=loaded is not None)
    if loaded is not None and loaded.get("version") == report.version:
        return ModelsView(is_activity_poll_off=True)
    as_of = report.status.last_session
    frame = (
        {}
        if as_of is None
        else present_frame(report.status, as_of, report.status.n_symbols, queries.staleness(report.status))
    )
    return ModelsView(
        loaded={"version": report.version},
        summary=summary(report),
        cards=cards(report),
        trials=trial_rows(report),
        trials_note=_trials_note(report),
        registry=model_rows(report),
        registry_note=_registry_note(report),
        history=history(report.decisions),
        state=[],
        page_class=READY if report.models else f"{READY} has-no-models",
        is_activity_poll_off=True,
        frame=frame,
    )


def _trials_note(report: ModelsReport) -> str:
    n = sum(not line.kind.is_benchmark for line in report.trials)
    others = report.n_benchmark_configurations
    benchmarks = (
        f" {_configurations(others)} on published benchmarks, with data of their own." if others else ""
    )
    return (
        f"{_configurations(n)} tried on these data, each counted once whatever came of it.{benchmarks} "
        f"{_overfitting(report)}"
    )


def _configurations(n: int) -> str:
    return "1 configuration" if n == 1 else f"{formats.count(n)} configurations"


def _overfitting(report: ModelsReport) -> str:
    found = report.overfitting
    if found.probability is None:
        return f"Probability of backtest overfitting: {found.reason} ({found.n_variants} with a book)"
    return (
        f"Probability of backtest overfitting {formats.percent(found.probability, 0)}, from "
        f"{formats.count(found.n_splits)} splits of {formats.count(found.n_sessions)} sessions over "
        f"{formats.count(found.n_variants)} variants"
    )


def _registry_note(report: ModelsReport) -> str:
    n = len(report.models)
    if n == 0:
        return "no model has been trained to be used yet"
    return "1 model" if n == 1 else f"{formats.count(n)} models"


def _without_report(queries: ModelsReader, missing: str, *, is_shown: bool) -> ModelsView:
    if is_shown:
        return ModelsView(error=states.error_line(f"{missing} What is shown below is what was read last."))
    try:
        activity = queries.activity()
    except DatabaseUnavailableError:
        return _database_gone(is_shown=False)
    training = [run for run in (*activity.running, *activity.failed) if run.job is JobName.TRAIN_MODELS]
    if training or "train" not in missing:
        state = states.first_data(missing, activity, "judgements of models")
    else:
        state = states.empty_state(
            "No model has been judged yet", missing, "This page fills itself in as soon as one has."
        )
    return ModelsView(state=state, page_class=WAITING)


def _database_gone(*, is_shown: bool) -> ModelsView:
    if is_shown:
        # The line under the top row says so, and since when; the browser knows both.
        return ModelsView()
    return ModelsView(state=states.database_gone(), page_class=WAITING)


def register(app: Dash, queries: ModelsReader) -> None:
    """Connect the page, but for what stands behind one model and what an administrator decides."""

    @app.callback(
        Output(Models.LOADED, "data"),
        Output(Models.SUMMARY, "children"),
        Output(Models.CARDS, "children"),
        Output(Models.TRIALS, "rowData"),
        Output(Models.TRIALS_NOTE, "children"),
        Output(Models.REGISTRY, "rowData"),
        Output(Models.REGISTRY_NOTE, "children"),
        Output(Models.HISTORY, "children"),
        Output(Models.STATE, "children"),
        Output(Models.ROOT, "className"),
        Output(Models.ACTIVITY_POLL, "disabled"),
        Output(Models.ERROR, "children"),
        Input(Shell.REVISION, "data"),
        Input(Models.ACTIVITY_POLL, "n_intervals"),
        State(Models.LOADED, "data"),
    )
    def show_report(
        revision: dict[str, Any] | None, _tick: int | None, loaded: dict[str, Any] | None
    ) -> tuple[Any, ...]:
        if revision is None:
            raise PreventUpdate
        view = present_models(queries, loaded)
        return view.show()

    app.clientside_callback(
        browser("exportModels"),
        Input(Models.TRIALS_EXPORT, "n_clicks"),
        Input(Models.REGISTRY_EXPORT, "n_clicks"),
        prevent_initial_call=True,
    )
