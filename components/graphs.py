"""A chart's place: it has its size before its code and its data come, so that nothing below it jumps."""

from dash import dcc, html
from dash.development.base_component import Component

# Before its first data a chart must not flash Plotly's white default.
BLANK = {
    "data": [],
    "layout": {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
    },
}


def graph(name: str, height_px: int) -> Component:
    """Return a chart of a fixed height that is drawn in the browser."""
    drawn = dcc.Graph(
        id=name,
        style={"height": "100%"},
        responsive=True,
        config={"displayModeBar": False, "scrollZoom": False, "doubleClick": False},
        figure=BLANK,
    )
    return html.Div(drawn, className="graph", style={"height": f"{height_px}px"})
