"""Controls of the correlation page, in one row."""

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.choices import choice
from components.ids import Correlation
from models.domain.correlation import MAX_WINDOW, MIN_WINDOW, CorrelationMethod, MatrixOrder

METHOD_WORDS = {
    CorrelationMethod.PEARSON: "Pearson",
    CorrelationMethod.SPEARMAN: "Spearman",
    CorrelationMethod.LEDOIT_WOLF: "Ledoit-Wolf",
}
_METHOD_TIPS = {
    CorrelationMethod.PEARSON: "Product-moment correlation of daily total returns.",
    CorrelationMethod.SPEARMAN: "Of the returns' ranks: one wild day counts no more than any other.",
    CorrelationMethod.LEDOIT_WOLF: "Pearson, shrunk towards none by as much as its own noise asks for.",
}
_ORDERS = (
    (MatrixOrder.CLUSTERS.value, "Clusters", "Symbols that move together stand side by side."),
    (MatrixOrder.SECTORS.value, "Sectors", "By sector, the largest first, clustered within each."),
    (MatrixOrder.NAMES.value, "A to Z", "By ticker."),
)
_WINDOWS = (60, 126, 252, 504, 1260)


def correlation_controls() -> Component:
    """Return method, window, order and session; the field of the session is made in the browser."""
    methods = [(each.value, METHOD_WORDS[each], _METHOD_TIPS[each]) for each in CorrelationMethod]
    return html.Div(
        [
            choice("method", Correlation.METHOD_CHOICE, "Method", methods),
            choice("order", Correlation.ORDER_CHOICE, "Order", _ORDERS),
            html.Div(
                [
                    html.Label("Window", htmlFor=Correlation.WINDOW),
                    dbc.Input(
                        id=Correlation.WINDOW,
                        type="number",
                        min=MIN_WINDOW,
                        max=MAX_WINDOW,
                        step=1,
                        debounce=True,
                        list="correlation-windows",
                        className="chip-field number-field",
                    ),
                    html.Datalist(
                        [html.Option(value=str(each)) for each in _WINDOWS], id="correlation-windows"
                    ),
                    html.Span("sessions", className="stamp"),
                ],
                className="labelled-field",
            ),
            html.Div(id=Correlation.SESSION, className="session-field"),
        ],
        className="controls",
    )
