"""Two symbols' correlation over time. The figure carries no colours: they come from ``quality_template``."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from models.domain.correlation import RollingPair

PAIR_PX = 190


def rolling_figure(pair: RollingPair) -> go.Figure:
    """Return the rolling correlation over the interval of the whole window."""
    known = ~np.isnan(pair.correlation)
    days = np.datetime_as_string(pair.session[known], unit="D").tolist()
    figure = go.Figure(
        go.Scatter(
            x=days,
            y=[round(value, 4) for value in pair.correlation[known].tolist()],
            mode="lines",
            hovertemplate="%{y:.2f}<extra></extra>",
        )
    )
    figure.update_layout(
        margin={"l": 30, "r": 8, "t": 8, "b": 34},
        showlegend=False,
        hovermode="x unified",
        dragmode=False,
        xaxis={
            "type": "date",
            "fixedrange": True,
            "showgrid": False,
            "nticks": 5,
            "hoverformat": "%-d %b %Y",
            "tickformat": "%b\n%Y",
        },
        yaxis={"range": [-1, 1], "fixedrange": True, "tickvals": [-1, -0.5, 0, 0.5, 1], "zeroline": True},
        shapes=[
            {
                "type": "rect",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": pair.low,
                "y1": pair.high,
                "layer": "below",
                "opacity": 0.25,
            }
        ],
    )
    figure.layout.template = None
    return figure


def rolling_source(pair: RollingPair) -> dict[str, Any]:
    """Return the figure as plain JSON."""
    return {"figure": rolling_figure(pair).to_plotly_json()}
