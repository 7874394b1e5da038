"""Attention: which days the model watches, by symbol and by head, and what it relies on: layout only."""

from dash import dcc, html
from dash.development.base_component import Component

from components.choices import choice
from components.ids import Attention
from components.shell import NavigationEntry
from components.states import skeleton

ENTRY = NavigationEntry("attention", "/attention", "Attention", "attention")
TITLE = "Attention"
PATHS = ("/attention",)
_ACTIVITY_MS = 1500
_STORES = (
    Attention.ASKED,
    Attention.LOADED,
    Attention.SYMBOL_SOURCE,
    Attention.SYMBOLS_SOURCE,
    Attention.MATRIX_SOURCE,
    Attention.SWARM_SOURCE,
    Attention.SECTORS_SOURCE,
    Attention.COURSE_SOURCE,
)
_TABS = (
    ("attention", "Attention", "Which days of its window the model watches."),
    ("importance", "Importance", "Which features move its forecasts, over the universe."),
)
_ORDERS = (
    ("names", "A to Z", "By ticker."),
    ("sectors", "Sectors", "By sector, then by ticker."),
    ("uneven", "Most uneven", "Those whose attention lies on the fewest days come first."),
)


def layout() -> Component:
    """Return the page in its loading state: everything has its final size and no data yet."""
    return html.Div(
        [
            *(dcc.Store(id=name) for name in _STORES),
            dcc.Interval(id=Attention.ACTIVITY_POLL, interval=_ACTIVITY_MS, disabled=True),
            html.Div(
                skeleton(20),
                id=Attention.SUMMARY,
                className="summary",
                role="status",
                **{"aria-live": "polite"},
            ),
            html.Div(
                [
                    choice("tab", Attention.TAB_CHOICE, "What is shown", _TABS),
                    html.Div(
                        [
                            html.Div(id=Attention.TOOLS, className="controls-part"),
                            html.Div(id=Attention.SESSION, className="session-field"),
                        ],
                        className="controls",
                    ),
                ],
                className="filters",
            ),
            html.Div(id=Attention.NOTICE),
            html.Div(id=Attention.PAST),
            html.Div(id=Attention.ERROR, className="notice-slot"),
            html.Div(id=Attention.STATE, className="state-slot"),
            html.Div([_symbol(), _matrix()], id=Attention.MAPS, className="attention-body"),
            html.Div(_importance(), id=Attention.GLOBAL, className="importance-body", hidden=True),
        ],
        id=Attention.ROOT,
        className="attention is-loading",
    )


def _symbol() -> Component:
    return html.Section(
        [
            html.Div(skeleton(20), id=Attention.SYMBOL_HEAD, className="symbol-line"),
            html.Div(id=Attention.SYMBOL_SLOT, className="symbol-chart"),
            html.Div(
                [
                    html.Span("0 %"),
                    html.Span(className="scale-bar is-sequential", **{"aria-hidden": "true"}),
                    html.Span("most attended"),
                    html.Span("× no bar that day", className="legend-words"),
                ],
                className="matrix-legend",
            ),
            html.Div(skeleton(60), id=Attention.VERDICT, className="verdict-card"),
        ],
        className="card symbol-card",
        **{"aria-label": "One symbol's price over its heads by day"},
    )


def _matrix() -> Component:
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Symbols by days", className="section-title"),
                    choice("order", Attention.ORDER_CHOICE, "Order", _ORDERS),
                    html.Label("Sector", htmlFor=Attention.SECTOR, className="visually-hidden"),
                    html.Select(
                        id=Attention.SECTOR, className="chip-field sector-field", **{"data-filter": "sector"}
                    ),
                    html.Label("Symbol", htmlFor=Attention.SYMBOL, className="visually-hidden"),
                    dcc.Input(
                        id=Attention.SYMBOL,
                        type="text",
                        placeholder="Symbol",
                        debounce=True,
                        list=Attention.SYMBOLS,
                        maxLength=20,
                        className="chip-field symbol-field",
                    ),
                    html.Datalist(id=Attention.SYMBOLS),
                ],
                className="card-tools",
            ),
            html.Div(id=Attention.MATRIX, className="heat is-empty"),
        ],
        className="card matrix-card",
        **{"aria-label": "Attention of every symbol by day"},
    )


def _importance() -> list[Component]:
    return [
        _card("Features", Attention.RANKING, "ranking-card", 420),
        html.Div(
            [
                _card(
                    [
                        "By symbol",
                        html.Span("right: towards the class shown", className="stamp"),
                    ],
                    Attention.SWARM_SLOT,
                    "swarm",
                    is_growing=True,
                    below=_swarm_legend(),
                ),
                _card("Over time", Attention.COURSE, "heat is-empty"),
            ],
            className="stack",
        ),
        html.Div(
            [
                _card("Families", Attention.FAMILIES, "", 160),
                _card("By sector", Attention.SECTORS, "heat is-empty", is_growing=True),
                _card("Stability", Attention.STABILITY, "", 40),
            ],
            className="stack",
        ),
    ]


def _swarm_legend() -> Component:
    return html.Div(
        [
            html.Span("Each point a symbol; its value: low"),
            html.Span(className="scale-bar is-sequential", **{"aria-hidden": "true"}),
            html.Span("high"),
        ],
        className="matrix-legend",
    )


def _card(
    title: str | list[str | Component],
    name: str,
    class_name: str,
    height_px: int = 0,
    *,
    is_growing: bool = False,
    below: Component | None = None,
) -> Component:
    content = skeleton(height_px) if height_px else None
    return html.Section(
        [
            html.H2(title, className="section-title"),
            html.Div(content, id=name, className=class_name),
            *([] if below is None else [below]),
        ],
        className="card is-growing" if is_growing else "card",
    )
