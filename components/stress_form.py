"""What somebody supposes: a move of a sector or of a symbol, written into the address."""

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.ids import Var


def stress_form() -> Component:
    """Return the fields of one supposed move."""
    return html.Div(
        [
            html.Label("Suppose that", htmlFor=Var.SHOCK_TARGET),
            dbc.Input(
                id=Var.SHOCK_TARGET,
                type="text",
                placeholder="sector or ticker",
                maxlength=40,
                className="chip-field text-field",
            ),
            html.Label("moves by", htmlFor=Var.SHOCK_MOVE),
            dbc.Input(
                id=Var.SHOCK_MOVE,
                type="text",
                placeholder="−20",
                maxlength=8,
                className="chip-field text-field short",
            ),
            html.Span("%", className="stamp"),
            html.Button("Show", id=Var.SHOCK_ADD, type="button", className="button"),
            html.Button(
                "Clear",
                type="button",
                className="link-button",
                **{"data-filter": "shock", "data-value": ""},
            ),
        ],
        className="stress-form",
    )
