"""What a panel shows instead of data: loading, empty, error, stale."""

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from models.domain.feed import Activity


def skeleton(*heights: int) -> Component:
    """Return grey bars of the given heights in pixels, standing where data will stand."""
    bars = [html.Div(className="skeleton", style={"height": f"{height}px"}) for height in heights]
    return html.Div(bars, className="skeletons", **{"aria-hidden": "true"})


def feed_skeleton(n_rows: int = 8) -> Component:
    """Return the grid's place while it loads: rows of the grid's own height."""
    return html.Div(
        [html.Div(className="skeleton-row") for _ in range(n_rows)],
        className="grid-skeleton",
        **{"aria-label": "Loading signals", "role": "status"},
    )


def empty_state(title: str, why: str, remedy: str = "", progress: Component | None = None) -> Component:
    """Say what is missing, why, and what to do."""
    parts: list[Component | None] = [
        html.Div(title, className="state-title"),
        html.Div(why, className="state-why"),
        progress,
        html.Div(remedy, className="state-remedy") if remedy else None,
    ]
    return html.Div([part for part in parts if part is not None], className="state", role="status")


def first_data(missing: str, activity: Activity, subject: str = "signals") -> Component:
    """Tell how far the first data are: the running job's own sentence and its progress."""
    if activity.failed and not activity.running:
        last = activity.failed[0]
        return empty_state(
            f"The first {subject} could not be computed",
            f"{last.job.value} failed: {last.message}",
            "Nothing half-done was kept. It runs again at its next time, when the worker starts, or with "
            "`python -m app ingest` and `python -m app score`.",
        )
    title = f"The first {subject} are being computed" if activity.worker_alive else f"No {subject} yet"
    remedy = "This page fills itself in as soon as they are there."
    return empty_state(title, activity.sentence or missing, remedy, _progress(activity))


def error_state(title: str, kept: str) -> Component:
    """Say what failed and what is kept, where there is nothing older to show."""
    return html.Div(
        [html.Div(title, className="state-title state-fault"), html.Div(kept, className="state-why")],
        className="state",
        role="alert",
    )


def database_gone() -> Component:
    """Say that nothing can be read, where there is nothing older to show."""
    return error_state(
        "The database is out of reach",
        "Nothing is lost. This page tries again by itself and fills in when it answers.",
    )


def error_line(sentence: str) -> Component:
    """Return a line above data that stay on the screen although reading newer ones failed."""
    return html.Div(sentence, className="notice notice-warn", role="alert")


def banner(sentence: str, kind: str = "warn") -> Component:
    """Return a line under the top row that stands on every page."""
    return html.Div(sentence, className=f"banner banner-{kind}", role="note")


def _progress(activity: Activity) -> Component:
    run = activity.running[0] if activity.running else None
    total = run.progress_total if run else 0
    done = run.progress_done if run else 0
    share = 100 * done / total if total else None
    return dbc.Progress(
        value=100 if share is None else share,
        animated=share is None and activity.worker_alive,
        striped=share is None and activity.worker_alive,
        className="state-progress" + ("" if activity.worker_alive else " is-idle"),
        style={"height": "6px"},
    )
