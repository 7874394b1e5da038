"""The book as a grid of weights that can be changed, and as its rows."""

from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.grids import column, grid, number
from components.ids import Var
from models.domain.risk import RiskReport

COLUMNS: list[dict[str, Any]] = [
    column("symbol", "Ticker", 1, 80, 70, "Ticker on its exchange", cellClass="ticker"),
    column("sector", "Sector", 4, 150, 110, "GICS sector", cellClass="quiet"),
    column(
        "weight", "Weight %", 1, 90, 80, "Double-click or Enter to change it. Negative: short. 0: dropped.",
        editable=True,
        valueParser={"function": "glassboxWeight(params)"},
        **number("weight"),
    ),
    column("current", "Today %", 2, 84, 76, "What the current book holds", **number("weight")),
    column(
        "component", "Of VaR", 3, 84, 76, "Its part of value at risk, in the book that is shown",
        **number("part"),
    ),
    column("drop", "", 1, 70, 64, "What if I drop this?", cellRenderer="GlassboxDrop", sortable=False),
]  # fmt: skip
EXPORT_COLUMNS = ["symbol", "sector", "weight", "current"]


def book_grid() -> Component:
    """Return the grid, without rows yet."""
    return grid(
        Var.BOOK,
        COLUMNS,
        EXPORT_COLUMNS,
        {"cellValueChanged": ["glassboxWeightChanged(params)"]},
        row_id="params.data.symbol",
        row_filter="true",
        singleClickEdit=False,
        stopEditingWhenCellsLoseFocus=True,
        rowClassRules={
            "is-dropped": "params.data.weight === 0",
            "is-changed": "params.data.weight !== params.data.current",
        },
    )


def book_tools() -> Component:
    """Return what adds a position, scales the weights and takes all changes back."""
    return html.Div(
        [
            html.Div(id=Var.BOOK_TOTAL, className="book-total", role="status", **{"aria-live": "polite"}),
            html.Div(
                [
                    html.Label("Ticker to add", htmlFor=Var.BOOK_SYMBOL, className="visually-hidden"),
                    dbc.Input(
                        id=Var.BOOK_SYMBOL,
                        type="text",
                        placeholder="Ticker",
                        maxlength=20,
                        className="chip-field text-field",
                    ),
                    html.Label(
                        "Its weight in per cent", htmlFor=Var.BOOK_WEIGHT, className="visually-hidden"
                    ),
                    dbc.Input(
                        id=Var.BOOK_WEIGHT,
                        type="text",
                        placeholder="%",
                        maxlength=12,
                        className="chip-field text-field short",
                    ),
                    html.Button("Add", id=Var.BOOK_ADD, type="button", className="button"),
                    html.Button(
                        "Scale to 100 %",
                        id=Var.BOOK_SCALE,
                        type="button",
                        className="button",
                        **{"data-tip": "All by one factor, so that nothing is left in cash or borrowed."},
                    ),
                    html.Button(
                        "Reset",
                        id=Var.BOOK_RESET,
                        type="button",
                        className="button",
                        **{"data-filter": "book", "data-value": "", "data-tip": "Back to the current book."},
                    ),
                ],
                className="book-buttons",
            ),
            html.Div(id=Var.BOOK_MESSAGE, className="notice notice-warn", role="alert"),
        ],
        className="book-tools",
    )


def book_rows(
    shown: RiskReport | None, current: RiskReport | None, weights: dict[str, float], parts: dict[str, float]
) -> list[dict[str, Any]]:
    """Return a row for each symbol of the edited book and of the current one.

    Parameters
    ----------
    shown, current : RiskReport or None
        Whose books name the sectors; the current one is what changes are measured against.
    weights : dict
        The book as it stands in the address, fractions by symbol.
    parts : dict
        Component VaR by symbol, where it is known.
    """
    sectors: dict[str, str] = {}
    for report in (shown, current):
        if report is not None:
            sectors |= dict(zip(report.book.symbols, report.book.sectors, strict=True))
    held = {} if current is None else dict(zip(current.book.symbols, current.book.weights, strict=True))
    symbols = sorted({*weights, *held}, key=lambda symbol: (-abs(weights.get(symbol, 0.0)), symbol))
    return [
        {
            "symbol": symbol,
            "sector": sectors.get(symbol, ""),
            "weight": round(100 * weights.get(symbol, 0.0), 4),
            "current": round(100 * held.get(symbol, 0.0), 4),
            "component": parts.get(symbol),
            "drop": not weights.get(symbol),
        }
        for symbol in symbols
    ]
