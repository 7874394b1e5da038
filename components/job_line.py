"""The line at the foot of every page that tells of the running job, and cancels it."""

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.ids import Shell
from models.domain.activity import ShownRun
from models.domain.jobs import JobState

_POLL_MS = 1000


def job_line(*, may_cancel: bool) -> Component:
    """Return the line, hidden; whoever may not cancel gets no button at all."""
    return html.Div(
        [
            dcc.Interval(id=Shell.JOB_POLL, interval=_POLL_MS, disabled=True),
            dcc.Store(id=Shell.JOB_RUN),
            html.Div(html.Div(id=Shell.JOB_BAR, className="job-bar"), className="job-track"),
            html.Span(className="job-dot", **{"aria-hidden": "true"}),
            html.Span(id=Shell.JOB_TITLE, className="job-title"),
            html.Span(id=Shell.JOB_STEP, className="job-step"),
            html.Span(id=Shell.JOB_NOTE, className="job-note", role="status"),
            *(_cancel_control() if may_cancel else ()),
        ],
        id=Shell.JOB,
        className="job",
        hidden=True,
        role="group",
        **{"aria-label": "Running job"},
    )


def job_class(run: ShownRun) -> str:
    """Return the line's class: what it looks like, and whether there is anything left to cancel."""
    if run.state is not JobState.RUNNING:
        return "job is-over"
    return "job is-stopping" if run.is_stopping else "job"


def question(title: str) -> str:
    """Return what the dialog asks."""
    return f"Cancel “{title}”?"


def _cancel_control() -> tuple[Component, ...]:
    dialog = dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle(id=Shell.JOB_QUESTION), close_button=False),
            dbc.ModalBody(
                html.Ul(
                    [
                        html.Li("The run stops at its next step. What was stored before stays as it is."),
                        html.Li("Jobs that wait for it are skipped. It runs again at its next time."),
                        html.Li("This goes into the audit log under your name."),
                    ]
                )
            ),
            dbc.ModalFooter(
                [
                    html.Button("Let it run", id=Shell.JOB_KEEP, type="button", className="button"),
                    html.Button(
                        "Cancel the run", id=Shell.JOB_STOP, type="button", className="button button-main"
                    ),
                ]
            ),
        ],
        id=Shell.JOB_DIALOG,
        is_open=False,
        centered=True,
        className="dialog",
    )
    button = html.Button("Cancel", id=Shell.JOB_CANCEL, type="button", className="job-cancel")
    return dcc.Store(id=Shell.JOB_ASKED), button, dialog
