"""Data quality: the verdict, completeness by day, the rules, every symbol, the quarantine: layout only."""

from dash import dcc, html
from dash.development.base_component import Component

from components.figures.completeness import CALENDAR_PX, LEVEL_WORDS
from components.figures.quality import TREND_PX
from components.graphs import graph
from components.ids import DataQuality, Quarantine
from components.quality_sections import quarantine_section, symbols_section
from components.quarantine_card import decision_dialog
from components.shell import NavigationEntry
from components.states import skeleton

ENTRY = NavigationEntry("data-quality", "/data-quality", "Data", "data-quality")
TITLE = "Data quality"
PATHS = ("/data-quality",)
_ACTIVITY_MS = 1500
# Ages and the next trial of a paused provider change with time alone.
_SUPPLY_MS = 60_000
_STORES = (
    DataQuality.LOADED,
    DataQuality.YEAR,
    DataQuality.CALENDAR_SOURCE,
    DataQuality.TREND_SOURCE,
    DataQuality.SELECTED,
    DataQuality.PANEL_SHOWN,
    Quarantine.ROW,
    Quarantine.ASKED,
)


def layout() -> Component:
    """Return the page in its loading state: everything has its final size and no data yet."""
    return html.Div(
        [
            *(dcc.Store(id=name) for name in _STORES),
            dcc.Interval(id=DataQuality.ACTIVITY_POLL, interval=_ACTIVITY_MS, disabled=True),
            dcc.Interval(id=DataQuality.SUPPLY_POLL, interval=_SUPPLY_MS),
            decision_dialog(),
            html.Div(id=DataQuality.ERROR, className="notice-slot"),
            html.Div(id=DataQuality.STATE, className="state-slot"),
            html.Div(
                [_top(), symbols_section(), quarantine_section(), _trend()],
                className="quality-body",
            ),
        ],
        id=DataQuality.ROOT,
        className="quality is-loading",
    )


def _top() -> Component:
    return html.Div(
        [
            html.Div(
                skeleton(20),
                id=DataQuality.SUMMARY,
                className="summary",
                role="status",
                **{"aria-live": "polite"},
            ),
            html.Div(
                [html.Div(skeleton(64), className="figure") for _ in range(6)],
                id=DataQuality.FIGURES,
                className="quality-figures",
            ),
            html.Div(
                [
                    html.Div([_calendar(), _rules()], className="quality-main"),
                    _rail(),
                ],
                className="quality-columns",
            ),
        ]
    )


def _rail() -> Component:
    return html.Div(
        [
            html.Div(
                skeleton(120, 150),
                id=DataQuality.SUPPLY,
                className="supply",
                role="group",
                **{"aria-label": "Freshness and provider"},
            ),
            html.Section(
                [
                    html.H3("Sessions that lack most", className="section-title"),
                    html.Div(skeleton(100), id=DataQuality.WORST, className="worst-slot"),
                ],
                className="card",
            ),
        ],
        className="quality-rail",
    )


def _calendar() -> Component:
    legend = [
        html.Span([html.I(className=f"swatch level level-{place}"), words])
        for place, words in enumerate(LEVEL_WORDS)
    ]
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Completeness by session", className="section-title"),
                    html.Div(legend, className="chart-legend"),
                    html.Div(
                        id=DataQuality.YEARS, className="ranges", role="group", **{"aria-label": "Year"}
                    ),
                ],
                className="card-head",
            ),
            graph(DataQuality.CALENDAR, CALENDAR_PX),
        ],
        className="card calendar",
        **{"aria-label": "Completeness by session"},
    )


def _rules() -> Component:
    return html.Section(
        skeleton(28, 28),
        id=DataQuality.RULES,
        className="card rules",
        **{"aria-label": "What the rules found"},
    )


def _trend() -> Component:
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Over the assessments", className="section-title"),
                    html.Span(id=DataQuality.TREND_NOTE, className="stamp"),
                ],
                className="card-head",
            ),
            graph(DataQuality.TREND, TREND_PX),
        ],
        className="card trend",
        **{"aria-label": "Quality over the assessments"},
    )
