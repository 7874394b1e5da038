"""The Models page: the evidence table and what stands behind the line that the address names."""

from dataclasses import dataclass, fields
from typing import Any

from dash import Dash, Input, Output, State, html
from dash.exceptions import PreventUpdate

from callbacks.models import ModelsReader
from callbacks.shell import browser
from components import formats, states
from components.figures.models import calibration, chart_sources, learning_curves, running_ic
from components.ids import Models, Shell
from components.model_details import (
    audit_list,
    confusion_table,
    detail_head,
    gate_list,
    horizon_table,
    parts_table,
    settings_list,
)
from components.model_drift import drift_card
from components.model_evidence import evidence_table
from components.model_words import model_title
from models.domain.errors import DatabaseUnavailableError, InvalidRequestError, NotYetComputedError
from models.domain.model_views import ModelDetail, ModelsReport
from models.domain.trials import BASELINES

_LONGEST_KEY = 16
_LEGEND = (
    "95 % intervals from blocks of a month beneath; ◆ is the best of its column by value alone: the interval "
    "says how sure that is"
)


@dataclass(frozen=True)
class DetailView:
    """The evidence table and one line's details, in the order of the callback's outputs."""

    shown: dict[str, Any]
    evidence: Any
    evidence_note: str
    head: Any
    note: Any
    charts: dict[str, Any]
    calibration_note: str
    running_note: str
    curves_note: Any
    confusion: Any
    horizons: Any
    periods: Any
    sectors: Any
    audit: Any
    gate: Any
    drift: Any
    settings: Any


def present_detail(queries: ModelsReader, asked: str | None, loaded: Any, shown: Any) -> DetailView | None:
    """Return what stands behind the line that was asked for, or behind the leading one.

    ``loaded`` and ``shown``: what the page holds; None where that is the same, or nothing can be read. What
    the address names and there is none of is said, and the leading line shown in its place.
    """
    wanted = {"asked": asked, "version": (loaded or {}).get("version")}
    if isinstance(shown, dict) and {name: shown.get(name) for name in wanted} == wanted:
        return None
    note = None
    try:
        report = queries.report()
        try:
            detail = queries.detail(read_key(asked))
        except InvalidRequestError as unknown:
            note = states.error_line(f"{unknown}; the address asks for it. The leading line is shown.")
            detail = queries.detail(None)
    except (NotYetComputedError, DatabaseUnavailableError):
        return None
    return _view(report, detail, wanted, note)


def read_key(asked: Any) -> str | None:
    """Return the line that an address names, None where it names none."""
    return asked[:_LONGEST_KEY] if isinstance(asked, str) and asked else None


def _view(report: ModelsReport, detail: ModelDetail, wanted: dict[str, Any], note: Any) -> DetailView:
    line = detail.line
    sources = {
        Models.CALIBRATION: calibration(detail.by_confidence),
        Models.RUNNING_IC: running_ic(detail),
    }
    if detail.curves or detail.fold_curves:
        sources[Models.CURVES] = learning_curves(detail)
    audit, whose = (
        (detail.audit, "Its own training") if detail.audit else (report.audit, "Newest of these data")
    )
    return DetailView(
        shown={**wanted, "key": line.key},
        evidence=evidence_table(report.evidence, line.key),
        evidence_note=_LEGEND,
        head=detail_head(detail),
        note=note,
        charts=chart_sources(sources),
        calibration_note=_calibration_note(detail),
        running_note=_running_note(detail),
        curves_note=_curves_note(detail),
        confusion=confusion_table(detail),
        horizons=horizon_table(detail),
        periods=parts_table(detail.by_year, "Year", with_ic=True),
        sectors=parts_table(detail.by_sector, "Sector", with_ic=False),
        audit=audit_list(audit, whose),
        gate=gate_list(detail.gate, is_registered=line.model_id is not None),
        drift=drift_card(
            detail.drift, is_serving=line.model_id is not None and line.model_id == report.serving
        ),
        settings=settings_list(detail.settings, detail),
    )


def _calibration_note(detail: ModelDetail) -> str:
    error = detail.line.figure("calibration_error").value
    expected = "" if error is None else f"; expected error {formats.percent(error, 2)}"
    overlap = max(detail.horizon_sessions, 1)
    return f"came true (●, 95 % counting every {overlap}th) against stated; dashes: commonest class{expected}"


def _running_note(detail: ModelDetail) -> str:
    own = model_title(detail.line.name)
    beside = f"; dotted: {model_title(detail.beside_name)}" if detail.beside_name else ""
    return f"{own}{beside}. A steady rise is an edge; a flat or wandering line is none"


def _curves_note(detail: ModelDetail) -> Any:
    if detail.curves or detail.fold_curves:
        return html.Span(_epoch_words(detail), className="stamp")
    name = model_title(detail.line.name)
    if detail.line.name in BASELINES:
        why = f"{name} does not learn by epochs, so it has none."
    elif detail.line.model_id is None:
        why = f"This trial of {name} stored none: curves are kept with models of the registry."
    else:
        why = f"{name} was registered without its learning curves."
    return html.P(why, className="plain nothing")


def _epoch_words(detail: ModelDetail) -> str:
    folds = f"{len(detail.fold_curves)} folds before their tests" if detail.fold_curves else ""
    if not detail.curves:
        return f"Validation loss of {folds}; nothing was trained on all sessions."
    n_epochs = max(len(curve.values) for curve in detail.curves)
    kept = f", the weights of epoch {detail.best_epoch} were kept" if detail.best_epoch else ""
    return f"Training on all sessions: {n_epochs} epochs{kept}{'; thin: ' if folds else ''}{folds}."


def register(app: Dash, queries: ModelsReader) -> None:
    """Connect the evidence, the details and the drawing of the figures."""

    @app.callback(
        Output(Models.SHOWN, "data"),
        Output(Models.EVIDENCE, "children"),
        Output(Models.EVIDENCE_NOTE, "children"),
        Output(Models.DETAIL_HEAD, "children"),
        Output(Models.DETAIL_NOTE, "children"),
        Output(Models.CHARTS_SOURCE, "data"),
        Output(Models.CALIBRATION_NOTE, "children"),
        Output(Models.RUNNING_IC_NOTE, "children"),
        Output(Models.CURVES_NOTE, "children"),
        Output(Models.CONFUSION, "children"),
        Output(Models.HORIZONS, "children"),
        Output(Models.PERIODS, "children"),
        Output(Models.SECTORS, "children"),
        Output(Models.AUDIT, "children"),
        Output(Models.GATE, "children"),
        Output(Models.DRIFT, "children"),
        Output(Models.SETTINGS, "children"),
        Input(Models.LOADED, "data"),
        Input(Models.EXAMINED, "data"),
        State(Models.SHOWN, "data"),
    )
    def show_detail(loaded: dict[str, Any] | None, asked: Any, shown: Any) -> tuple[Any, ...]:
        if loaded is None:
            raise PreventUpdate
        view = present_detail(queries, asked, loaded, shown)
        if view is None:
            raise PreventUpdate
        return tuple(getattr(view, each.name) for each in fields(view))

    app.clientside_callback(
        browser("examined"),
        Output(Models.EXAMINED, "data"),
        Input(Shell.VIEW, "data"),
        State(Models.EXAMINED, "data"),
    )
    app.clientside_callback(browser("markModelRows"), Input(Models.SHOWN, "data"))
    for graph in (Models.CALIBRATION, Models.RUNNING_IC, Models.CURVES):
        app.clientside_callback(
            browser("drawModel"),
            Output(graph, "figure"),
            Input(Models.CHARTS_SOURCE, "data"),
            Input(Shell.APPEARANCE, "data"),
            State(Shell.TEMPLATES, "data"),
            State(graph, "id"),
        )
