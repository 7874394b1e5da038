"""Candles with averages and bands, volume and score below, on one time axis.

The figure carries no colours: they come from ``price_template``, by trace type and order, so that a switch
of theme exchanges the template and nothing else.
"""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from components.theme import Palette, base_template, channels, mix
from models.domain.feed import TickerDetail

# Sessions that each range shows; the longest is all there is.
RANGES = {"3m": 63, "6m": 126, "1y": 252}
# What belongs to the label HOLD, drawn as a band behind the score.
_HOLD_BAND = (0.45, 0.55)
_SPACE = 0.06  # of the visible prices' span, above and below them


def price_figure(detail: TickerDetail) -> go.Figure:
    """Return the chart of one symbol, without colours."""
    session = [str(day) for day in detail.session]
    rising = detail.close >= detail.open
    figure = go.Figure(
        [
            *_bands(session, detail),
            _line(session, detail.sma_50, "SMA 50"),
            _line(session, detail.sma_200, "SMA 200"),
            _line(session, detail.confluence_history, "Score", yaxis="y3", hover="%{y:.3f}"),
            go.Candlestick(
                x=session,
                open=_values(detail.open),
                high=_values(detail.high),
                low=_values(detail.low),
                close=_values(detail.close),
                name="Price",
                yhoverformat=",.2f",
                showlegend=False,
            ),
            _volume(session, detail.volume, rising, "Volume"),
            _volume(session, detail.volume, ~rising, "Volume"),
        ]
    )
    figure.update_layout(_layout(detail))
    # The default template would bring Plotly's own colours back in.
    figure.layout.template = None
    return figure


def chart_source(detail: TickerDetail) -> dict[str, Any]:
    """Return the figure as plain JSON with the axis ranges of each choice of ``RANGES``."""
    return {
        "symbol": detail.row.symbol,
        "figure": price_figure(detail).to_plotly_json(),
        "ranges": {name: visible_range(detail, n_sessions) for name, n_sessions in RANGES.items()},
    }


def visible_range(detail: TickerDetail, n_sessions: int) -> dict[str, Any]:
    """Return the axes' ranges that show the newest ``n_sessions``: Plotly would fit prices to all of them."""
    start = max(detail.session.size - n_sessions, 0)
    shown = slice(start, None)
    series = (detail.low, detail.high, detail.bb_lower, detail.bb_upper, detail.sma_50, detail.sma_200)
    visible = np.concatenate([values[shown] for values in series])
    visible = visible[np.isfinite(visible)]
    low, high = (float(visible.min()), float(visible.max())) if visible.size else (0.0, 1.0)
    space = (high - low or 1.0) * _SPACE
    volume = detail.volume[shown]
    volume = volume[np.isfinite(volume)]
    half_day = np.timedelta64(18, "h")
    return {
        "dtick": "M2" if n_sessions > 200 else "M1",
        "x": [str(detail.session[start] - half_day), str(detail.session[-1] + half_day)],
        "y": [low - space, high + space],
        "y2": [0.0, float(volume.max()) * 1.1 if volume.size and volume.max() > 0 else 1.0],
    }


def price_template(colours: Palette) -> dict[str, Any]:
    """Return the template of the price chart in a palette."""
    template = base_template(colours)
    band = mix(colours["panel"], colours["hold"], 0.45)
    # Plotly lays lines and their fills over candles: the fill must let them through.
    fill = f"rgba({', '.join(str(each) for each in channels(colours['hold']))}, 0.12)"
    template["data"] = {
        # In the order of the figure's traces: upper band, lower band, SMA 50, SMA 200, score.
        "scatter": [
            {"line": {"color": band, "width": 1}},
            {"line": {"color": band, "width": 1}, "fillcolor": fill},
            {"line": {"color": colours["technical"], "width": 1.5}},
            {"line": {"color": colours["model"], "width": 1.5}},
            {"line": {"color": colours["text-2"], "width": 1.25}},
        ],
        "candlestick": [
            {
                "increasing": {"line": {"color": colours["up"], "width": 1}, "fillcolor": colours["up"]},
                "decreasing": {"line": {"color": colours["down"], "width": 1}, "fillcolor": colours["down"]},
            }
        ],
        "bar": [
            *(
                {"marker": {"color": mix(colours["panel"], colours[name], 0.5), "line": {"width": 0}}}
                for name in ("up", "down")
            ),
            {"marker": {"colorscale": attention_scale(colours), "line": {"width": 0}}},
        ],
    }
    template["layout"]["annotationdefaults"] = {"font": {"color": colours["text-3"], "size": 10}}
    template["layout"]["shapedefaults"] = {"fillcolor": fill, "line": {"width": 0}}
    return template


def attention_scale(colours: Palette) -> list[list[Any]]:
    """Return the sequential scale of attention and heat: panel to model."""
    return [[0.0, colours["raised"]], [1.0, colours["model"]]]


def _line(
    session: list[str], values: np.ndarray, name: str, yaxis: str = "y", hover: str = "%{y:,.2f}"
) -> go.Scatter:
    return go.Scatter(
        x=session,
        y=_values(values),
        name=name,
        mode="lines",
        yaxis=yaxis,
        hovertemplate=hover,
        showlegend=False,
        connectgaps=False,
    )


def _bands(session: list[str], detail: TickerDetail) -> tuple[go.Scatter, go.Scatter]:
    upper = _line(session, detail.bb_upper, "Upper band")
    lower = _line(session, detail.bb_lower, "Lower band")
    lower.fill = "tonexty"
    return upper, lower


def _volume(session: list[str], volume: np.ndarray, chosen: np.ndarray, name: str) -> go.Bar:
    shown = np.flatnonzero(chosen)
    return go.Bar(
        x=[session[row] for row in shown],
        y=_values(volume[shown]),
        name=name,
        yaxis="y2",
        showlegend=False,
        hovertemplate="%{y:.3s}",
    )


def _values(array: np.ndarray) -> list[float | None]:
    """Return numbers as JSON knows them: four decimals at most, None for NaN."""
    return [None if np.isnan(value) else round(float(value), 4) for value in array]


def _layout(detail: TickerDetail) -> dict[str, Any]:
    price_axis = {"side": "right", "fixedrange": True, "automargin": False, "nticks": 6}
    titles = [
        {
            "text": text,
            "xref": "paper",
            "yref": "paper",
            "x": 0,
            "y": y,
            "xanchor": "left",
            "yanchor": "bottom",
            "showarrow": False,
        }
        for text, y in (("Volume", 0.36), ("Score", 0.17))
    ]
    return {
        "annotations": titles,
        "margin": {"l": 4, "r": 48, "t": 6, "b": 34},
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "dragmode": False,
        "showlegend": False,
        "bargap": 0.25,
        "barmode": "overlay",
        "uirevision": detail.row.symbol,
        "xaxis": {
            "type": "date",
            "fixedrange": True,
            "rangeslider": {"visible": False},
            "rangebreaks": _breaks(detail),
            "showgrid": False,
            "hoverformat": "%-d %b %Y",
            # The year stands under the first month that belongs to it.
            "tickformat": "%b\n%Y",
            "tick0": "2000-01-01",
            "anchor": "y3",
            "showspikes": False,
        },
        "yaxis": {**price_axis, "domain": [0.45, 1.0], "tickformat": ",.6~g"},
        "yaxis2": {**price_axis, "domain": [0.235, 0.36], "nticks": 3, "tickformat": ".2~s"},
        "yaxis3": {
            **price_axis,
            "domain": [0.0, 0.17],
            "range": [0.2, 0.8],
            "tickvals": [0.35, 0.5, 0.65],
            "tickformat": ".2f",
        },
        # Its bars come with the model's explanation (assets/13-panel.js); without one it stays empty.
        "yaxis4": {
            "domain": [0.405, 0.43],
            "range": [0, 1],
            "fixedrange": True,
            "visible": False,
            "anchor": "x",
        },
        "shapes": [
            {
                "type": "rect",
                "xref": "paper",
                "yref": "y3",
                "x0": 0,
                "x1": 1,
                "y0": _HOLD_BAND[0],
                "y1": _HOLD_BAND[1],
                "layer": "below",
            }
        ],
    }


def _breaks(detail: TickerDetail) -> list[dict[str, Any]]:
    breaks: list[dict[str, Any]] = [{"bounds": ["sat", "mon"]}]
    if detail.missing_sessions:
        breaks.append({"values": [day.isoformat() for day in detail.missing_sessions]})
    return breaks
