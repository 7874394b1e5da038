"""The signal feed with the ticker panel beside it: layout only."""

from dash import dcc, html
from dash.development.base_component import Component

from components.feed_tools import feed_tools, legend
from components.figures.price import RANGES
from components.filters import label_strip
from components.ids import Signals
from components.model_why import loading_body
from components.shell import NavigationEntry
from components.states import feed_skeleton, skeleton
from components.tables import signal_grid

ENTRY = NavigationEntry("signals", "/signals", "Signals", "signals")
TITLE = "Signal feed"
PATHS = ("/", "/signals")
_ACTIVITY_MS = 1500


def layout() -> Component:
    """Return the page in its loading state: everything has its final size and no data yet."""
    return html.Div(
        [
            *(
                dcc.Store(id=name)
                for name in (
                    Signals.SELECTED,
                    Signals.DATE,
                    Signals.LOADED,
                    Signals.PANEL_SHOWN,
                    Signals.CHART_SOURCE,
                    Signals.ASKED_MODEL,
                    Signals.MODEL_SHOWN,
                    Signals.DAY_HEAT_SOURCE,
                    Signals.STRIP,
                )
            ),
            dcc.Interval(id=Signals.ACTIVITY_POLL, interval=_ACTIVITY_MS, disabled=True),
            dcc.Interval(id=Signals.MODEL_POLL, interval=_ACTIVITY_MS, disabled=True),
            label_strip(),
            html.Div(
                [
                    html.Div(
                        _chip_skeleton(),
                        id=Signals.SECTORS,
                        className="chips",
                        role="group",
                        **{"aria-label": "Filter by sector"},
                    ),
                    feed_tools(),
                ],
                className="filters",
            ),
            html.Div(id=Signals.PAST, className="notice-slot", role="status"),
            html.Div(id=Signals.NOTICE, className="notice-slot", role="status"),
            html.Div(id=Signals.ERROR, className="notice-slot"),
            html.Div([_feed(), _panel()], className="columns"),
        ],
        id=Signals.ROOT,
        className="signals is-loading",
    )


def _chip_skeleton() -> list[Component]:
    return [html.Div(className="skeleton chip-skeleton") for _ in range(5)]


def _feed() -> Component:
    card = html.Section(
        [
            html.Div(feed_skeleton(), id=Signals.STATE, className="state-slot"),
            html.Div(
                [signal_grid(), html.Div(id=Signals.NO_MATCH, className="no-match", hidden=True)],
                id=Signals.GRID_FRAME,
                className="grid-frame",
            ),
            html.Div(
                [
                    html.Span(id=Signals.COUNT),
                    html.Button(
                        [html.Span(className="icon icon-download", **{"aria-hidden": "true"}), "Export CSV"],
                        id=Signals.EXPORT,
                        type="button",
                        className="link-button",
                    ),
                    *legend(),
                ],
                id=Signals.FOOTER,
                className="grid-footer",
            ),
        ],
        className="feed",
        **{"aria-label": "Signals"},
    )
    return html.Div(
        [card, html.Div(id=Signals.SCALE, className="scale-slot")], id=Signals.BODY, className="feed-column"
    )


def _panel() -> Component:
    return html.Aside(
        [
            html.Div(
                [
                    html.Div(id=Signals.PANEL_HEAD, className="panel-head"),
                    html.Button(
                        html.Span(className="icon icon-x", **{"aria-hidden": "true"}),
                        id=Signals.PANEL_CLOSE,
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
            html.Div(id=Signals.PANEL_NOTE, className="panel-note"),
            html.Div(skeleton(44, 300, 120, 90), className="panel-skeleton"),
            html.Div(
                [
                    _chart_tools(),
                    html.Div(id=Signals.CHART_SLOT, className="price-chart"),
                    _section("Why this score", "bars show the push from neutral 0.5", Signals.WHY),
                    _section("Evidence", "out of sample", Signals.EVIDENCE),
                    _model_section(),
                    _section("The model's record", "out of sample", Signals.MODEL_EVIDENCE, skeleton(103)),
                    _section("Indicators", "of that session; formula on hover", Signals.INDICATORS),
                ],
                className="panel-body",
            ),
        ],
        id=Signals.PANEL,
        className="panel",
        **{"aria-label": "Ticker"},
    )  # fmt: skip


def _chart_tools() -> Component:
    legend = (("sma-50", "SMA 50"), ("sma-200", "SMA 200"), ("band", "Bollinger 20/2"), ("score", "Score"))
    return html.Div(
        [
            html.Div(
                [html.Span([html.I(className=f"swatch {kind}"), words]) for kind, words in legend],
                className="chart-legend",
            ),
            html.Div(
                [
                    html.Button(
                        name.upper(),
                        id={"type": Signals.RANGE, "value": name},
                        type="button",
                        className="range",
                        **{"data-filter": "range", "data-value": name, "aria-pressed": "false"},
                    )
                    for name in RANGES
                ],
                id=Signals.RANGES,
                className="ranges",
                role="group",
                **{"aria-label": "Range of the chart"},
            ),
        ],
        className="chart-tools",
    )


def _model_section() -> Component:
    return html.Section(
        [
            html.H3(
                ["Why this model score", html.Span("shares of the output that add up", className="stamp")],
                className="section-title",
            ),
            html.Div(loading_body(), id=Signals.MODEL_WHY, className="model-body"),
            html.Div(id=Signals.DAY_HEAT, className="heat is-empty"),
            html.Div(id=Signals.WHAT_IF, className="what-if"),
            html.Div(id=Signals.WHAT_IF_ANSWER, className="what-if-answer", role="status"),
        ],
        id=Signals.MODEL,
        className="panel-section model-why is-loading",
    )


def _section(title: str, note: str, name: str, loading: Component | None = None) -> Component:
    return html.Section(
        [
            html.H3([title, html.Span(note, className="stamp")], className="section-title"),
            html.Div(loading, id=name),
        ],
        className="panel-section",
    )
