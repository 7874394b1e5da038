"""What an address shows that no page has."""

from dash import dcc, html
from dash.development.base_component import Component

TITLE = "Not found"


def layout() -> Component:
    """Return the page with the way back."""
    return html.Div(
        [
            html.Div("No page has this address", className="state-title"),
            html.Div("It may have been mistyped, or come from another version.", className="state-why"),
            dcc.Link("Open the signal feed", href="/signals", className="state-remedy"),
        ],
        className="state not-found",
    )
