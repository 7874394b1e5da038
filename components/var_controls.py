"""Controls of the value-at-risk page, in one row, and the line of the run that they may start."""

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.choices import choice
from components.ids import Var
from models.domain.risk_request import MAX_HORIZON_SESSIONS, METHOD_TITLES, RiskMethod

# The address names none of them: the back-test chooses.
TRUSTED = "trusted"
_SHORT = {
    RiskMethod.GBM: "GBM",
    RiskMethod.STUDENT_T: "Student-t",
    RiskMethod.BLOCK_BOOTSTRAP: "Bootstrap",
    RiskMethod.FILTERED_HISTORICAL: "Filtered",
}
_LEVELS = (
    ("90", "90 %", "Once in 10 it is worse."),
    ("95", "95 %", "Once in 20 it is worse."),
    ("99", "99 %", "Once in 100 it is worse."),
)
PATHS = (10_000, 100_000, 300_000, 1_000_000)
_HORIZONS = (1, 5, 10, 21, 63, 252)
RUN_POLL_MS = 1_000


def var_controls() -> Component:
    """Return confidence, horizon, method and paths."""
    methods = [
        (TRUSTED, "Most trusted", "The method that its back-test says most for."),
        *((each.value, _SHORT[each], METHOD_TITLES[each]) for each in RiskMethod),
    ]
    return html.Div(
        [
            choice("level", Var.LEVEL_CHOICE, "Confidence", _LEVELS, default="95"),
            html.Div(
                [
                    html.Label("Horizon", htmlFor=Var.HORIZON),
                    dbc.Input(
                        id=Var.HORIZON,
                        type="number",
                        min=1,
                        max=MAX_HORIZON_SESSIONS,
                        step=1,
                        debounce=True,
                        list="var-horizons",
                        className="chip-field number-field",
                    ),
                    html.Datalist([html.Option(value=str(each)) for each in _HORIZONS], id="var-horizons"),
                    html.Span("sessions", className="stamp"),
                ],
                className="labelled-field",
            ),
            choice("method", Var.METHOD_CHOICE, "Method", methods),
            html.Div(
                [
                    html.Label("Paths", htmlFor=Var.PATHS),
                    html.Select(
                        [html.Option(f"{each:,}", value=str(each)) for each in PATHS],
                        id=Var.PATHS,
                        className="chip-field",
                        **{"data-filter": "paths"},
                    ),
                ],
                className="labelled-field",
            ),
            html.Button(
                "Simulate", id=Var.SIMULATE, type="button", className="button button-main", hidden=True
            ),
            html.Span(id=Var.SIMULATE_NOTE, className="stamp", role="status"),
        ],
        className="controls",
    )


def run_line() -> Component:
    """Return the line of the run that computes what was asked for."""
    return html.Div(
        [
            dcc.Interval(id=Var.RUN_POLL, interval=RUN_POLL_MS, disabled=True),
            dcc.Store(id=Var.RUN_ID),
            html.Div(html.Div(id=Var.RUN_BAR, className="job-bar"), className="job-track"),
            html.Span(className="job-dot", **{"aria-hidden": "true"}),
            html.Span(id=Var.RUN_STEP, role="status"),
            html.Button("Cancel", id=Var.RUN_CANCEL, type="button", className="job-cancel"),
        ],
        id=Var.RUN,
        className="run-line",
        hidden=True,
    )
