"""Value at risk: what could be lost, how it comes about, and whether to believe it: layout only."""

from dash import dcc, html
from dash.development.base_component import Component

from components.book_editor import book_grid, book_tools
from components.figures.risk import CHART_PX
from components.graphs import graph
from components.ids import Var
from components.shell import NavigationEntry
from components.states import skeleton
from components.stress_form import stress_form
from components.var_controls import run_line, var_controls

ENTRY = NavigationEntry("var", "/var", "Risk", "var")
TITLE = "Value at risk"
PATHS = ("/var",)
_ACTIVITY_MS = 1500
_STORES = (
    Var.ASKED,
    Var.LOADED,
    Var.OUTCOMES_SOURCE,
    Var.FAN_SOURCE,
    Var.DRAWDOWNS_SOURCE,
    Var.EXCEPTIONS_SOURCE,
)


def layout() -> Component:
    """Return the page in its loading state: everything has its final size and no data yet."""
    return html.Div(
        [
            *(dcc.Store(id=name) for name in _STORES),
            dcc.Interval(id=Var.ACTIVITY_POLL, interval=_ACTIVITY_MS, disabled=True),
            html.Div(
                skeleton(20), id=Var.SENTENCE, className="summary", role="status", **{"aria-live": "polite"}
            ),
            var_controls(),
            run_line(),
            html.Div(id=Var.NOTICE),
            html.Div(id=Var.ERROR, className="notice-slot"),
            html.Div(id=Var.STATE, className="state-slot"),
            html.Div(
                [
                    html.Div(id=Var.BASIS, className="basis"),
                    html.Div(
                        [html.Div(skeleton(64), className="figure") for _ in range(5)],
                        id=Var.FIGURES,
                        className="risk-figures",
                    ),
                    _charts(),
                    _parts(),
                    _believing(),
                    _stress(),
                    _book(),
                ],
                className="var-body",
            ),
        ],
        id=Var.ROOT,
        className="var is-loading",
    )


def _card(title: str, *content: Component, wide: str = "") -> Component:
    heading = html.H2(title, className="section-title")
    return html.Section([heading, *content], className=f"card {wide}".strip(), **{"aria-label": title})


def _charts() -> Component:
    return html.Div(
        [
            _card("Simulated returns", graph(Var.OUTCOMES, CHART_PX)),
            _card("On the way", graph(Var.FAN, CHART_PX)),
            _card("Largest fall on the way", graph(Var.DRAWDOWNS, CHART_PX)),
        ],
        className="risk-row thirds",
    )


def _parts() -> Component:
    return html.Div(
        [
            _card("Where it comes from", html.Div(skeleton(240), id=Var.SYMBOLS)),
            _card("By sector", html.Div(skeleton(240), id=Var.SECTORS)),
        ],
        className="risk-row halves",
    )


def _believing() -> Component:
    return _card(
        "Can it be believed?",
        html.Div(skeleton(40), id=Var.TRUST, className="trust"),
        html.Div(skeleton(200), id=Var.BACKTEST),
        graph(Var.EXCEPTIONS, 180),
    )


def _stress() -> Component:
    return _card("Stress", stress_form(), html.Div(skeleton(200), id=Var.STRESS))


def _book() -> Component:
    return _card(
        "The book: what if?",
        book_tools(),
        html.Div(book_grid(), className="book-grid"),
    )
