"""What pages say while they show an earlier session than the newest."""

from datetime import date

from dash import html
from dash.development.base_component import Component

from components import formats


def day_of(text: str | None) -> date | None:
    """Return the day that the address names; None where it names none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def past_session(session: date, asked_for: date | None, what: str) -> Component:
    """Return the line that says that an earlier session is shown; ``what`` says with which values."""
    words = f"Session of {formats.day(session)}: nothing later than its close, {what}. "
    if asked_for not in {None, session}:
        words += f"There was no session on {formats.day(asked_for)}. "
    return html.Div([words, back_to_newest()], className="notice notice-warn")


def back_to_newest() -> Component:
    """Return the button that leaves the earlier session."""
    about = {"data-filter": "date", "data-value": ""}
    return html.Button("Show the newest", type="button", className="link-button", **about)
