"""The two grids of the data-quality page, each beside what stands behind its chosen row."""

from dash import html
from dash.development.base_component import Component

from components.ids import DataQuality, Quarantine
from components.quality_filters import status_chips
from components.quality_tables import quarantine_grid, symbol_grid
from components.quarantine_card import nothing_chosen
from components.states import skeleton


def symbols_section() -> Component:
    """Return the symbols with their filters, and the panel of the one that is open; no data yet."""
    return html.Div(
        [
            html.Div(
                id=DataQuality.PROBLEMS,
                className="chips",
                role="group",
                **{"aria-label": "Filter by problem"},
            ),
            html.Div(
                id=DataQuality.SECTORS, className="chips", role="group", **{"aria-label": "Filter by sector"}
            ),
            html.Div(id=DataQuality.NOTICE, className="notice-slot", role="status"),
            html.Div(
                [
                    html.Section(
                        [
                            html.Div(
                                [
                                    symbol_grid(),
                                    html.Div(id=DataQuality.GRID_NO_MATCH, className="no-match", hidden=True),
                                ],
                                className="quality-grid-frame",
                            ),
                            _footer(DataQuality.GRID_COUNT, DataQuality.GRID_EXPORT),
                        ],
                        className="feed",
                        **{"aria-label": "Symbols"},
                    ),
                    _panel(),
                ],
                className="quality-columns symbols-row",
            ),
        ]
    )


def _footer(count: str, export: str, note: str | None = None) -> Component:
    notes = [] if note is None else [html.Span(id=note, className="legend-words")]
    return html.Div(
        [
            html.Span(id=count),
            html.Button(
                [html.Span(className="icon icon-download", **{"aria-hidden": "true"}), "Export CSV"],
                id=export,
                type="button",
                className="link-button",
            ),
            *notes,
        ],
        className="grid-footer",
    )


def _panel() -> Component:
    return html.Aside(
        [
            html.Div(
                [
                    html.Div(id=DataQuality.PANEL_HEAD, className="panel-head"),
                    html.Button(
                        html.Span(className="icon icon-x", **{"aria-hidden": "true"}),
                        id=DataQuality.PANEL_CLOSE,
                        type="button",
                        className="tool panel-close",
                        **{
                            "aria-label": "Close panel",
                            "data-tip": "Close (Escape)",
                            "data-filter": "symbol",
                            "data-value": "",
                        },
                    ),
                ],
                className="panel-top",
            ),
            html.Div(id=DataQuality.PANEL_NOTE, className="panel-note"),
            html.Div(skeleton(44, 90, 120), className="panel-skeleton"),
            html.Div(id=DataQuality.PANEL_BODY, className="panel-body"),
        ],
        id=DataQuality.PANEL,
        className="panel",
        **{"aria-label": "Symbol"},
    )


def quarantine_section() -> Component:
    """Return the quarantine beside the row that is chosen; no data yet."""
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Quarantine", className="section-title"),
                    html.Div(
                        status_chips(),
                        className="chips",
                        role="group",
                        **{"aria-label": "Filter by decision"},
                    ),
                ],
                className="card-head",
            ),
            html.Div(
                [
                    html.Div(
                        [
                            html.Div(
                                [
                                    quarantine_grid(),
                                    html.Div(id=Quarantine.NO_MATCH, className="no-match", hidden=True),
                                ],
                                className="quality-grid-frame",
                            ),
                            _footer(Quarantine.COUNT, Quarantine.EXPORT, Quarantine.NOTE),
                        ],
                        className="feed",
                    ),
                    _row(),
                ],
                className="quality-columns",
            ),
        ],
        className="quarantine",
        **{"aria-label": "Quarantine"},
    )


def _row() -> Component:
    return html.Section(
        [
            html.Div(nothing_chosen(), id=Quarantine.DETAIL, className="row-detail"),
            html.Div(id=Quarantine.RESULT, className="row-result", role="status", **{"aria-live": "polite"}),
            html.Div(
                [
                    html.Button("Release…", id=Quarantine.RELEASE, type="button", className="button"),
                    html.Button("Confirm…", id=Quarantine.CONFIRM, type="button", className="button"),
                ],
                id=Quarantine.ACTIONS,
                className="row-actions",
                hidden=True,
            ),
        ],
        className="card row-card",
        **{"aria-label": "The row that was chosen"},
    )
