"""Correlation: the matrix, the pair under the pointer, warnings and measures: layout only."""

from dash import dcc, html
from dash.development.base_component import Component

from components.correlation_controls import correlation_controls
from components.ids import Correlation
from components.shell import NavigationEntry
from components.states import skeleton

ENTRY = NavigationEntry("correlation", "/correlation", "Correlation", "correlation")
TITLE = "Correlation"
PATHS = ("/correlation",)
_ACTIVITY_MS = 1500
_STORES = (
    Correlation.ASKED,
    Correlation.LOADED,
    Correlation.SOURCE,
    Correlation.PAIR,
    Correlation.PAIR_SOURCE,
)


def layout() -> Component:
    """Return the page in its loading state: everything has its final size and no data yet."""
    return html.Div(
        [
            *(dcc.Store(id=name) for name in _STORES),
            dcc.Interval(id=Correlation.ACTIVITY_POLL, interval=_ACTIVITY_MS, disabled=True),
            html.Div(
                skeleton(20),
                id=Correlation.SUMMARY,
                className="summary",
                role="status",
                **{"aria-live": "polite"},
            ),
            html.Div(
                [
                    html.Div(
                        html.Div(className="skeleton chip-skeleton"),
                        id=Correlation.SECTORS,
                        className="chips",
                        role="group",
                        **{"aria-label": "Filter by sector"},
                    ),
                    correlation_controls(),
                ],
                className="filters",
            ),
            html.Div(id=Correlation.NOTICE),
            html.Div(id=Correlation.PAST),
            html.Div(id=Correlation.ERROR, className="notice-slot"),
            html.Div(id=Correlation.STATE, className="state-slot"),
            html.Div([_matrix(), _rail()], className="correlation-body"),
        ],
        id=Correlation.ROOT,
        className="correlation is-loading",
    )


def _matrix() -> Component:
    return html.Section(
        [
            html.Div(id=Correlation.MATRIX, className="matrix"),
            html.Div(
                [
                    html.Span("−1"),
                    html.Span(className="scale-bar", **{"aria-hidden": "true"}),
                    html.Span("+1"),
                    html.Span(
                        "Point at a cell for its pair; a click, or Enter, shows its history.",
                        className="legend-words",
                    ),
                ],
                className="matrix-legend",
            ),
        ],
        className="card matrix-card",
        **{"aria-label": "Correlation matrix"},
    )


def _rail() -> Component:
    return html.Div(
        [
            html.Section(
                html.Div("Point at a cell of the matrix.", id=Correlation.POINTED, className="pointed"),
                className="card pointed-card",
                **{"aria-label": "Pair under the pointer"},
            ),
            html.Section(
                [
                    html.Button(
                        "Close",
                        type="button",
                        className="link-button pair-close",
                        **{"data-filter": "pair", "data-value": ""},
                    ),
                    html.Div(id=Correlation.PAIR_HEAD),
                    html.Div(id=Correlation.PAIR_CHART_SLOT, className="pair-chart"),
                    html.Div(id=Correlation.PAIR_NOTE, className="stamp"),
                ],
                id=Correlation.PAIR_CARD,
                className="card",
                hidden=True,
                **{"aria-label": "The chosen pair over time"},
            ),
            _card("What it amounts to", Correlation.MEASURES, 150, "rail-figures"),
            _card("Concentration", Correlation.WARNINGS, 80),
            _card("Pairs", Correlation.EXTREMES, 170),
            _card("Coverage", Correlation.LEFT_OUT, 40),
        ],
        className="correlation-rail",
    )


def _card(title: str, name: str, height_px: int, class_name: str = "") -> Component:
    return html.Section(
        [
            html.H2(title, className="section-title"),
            html.Div(skeleton(height_px), id=name, className=class_name),
        ],
        className="card",
    )
