"""One symbol's price and volume over its heads by day, on one axis.

The figure carries no colours: they come from ``attention_template``.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from components import formats
from components.figures.heat import month_ticks
from components.figures.price import attention_scale, price_template
from components.theme import Palette
from models.domain.explanation_views import AttentionLine, SymbolPrices

_ROOM_COLUMNS = 15  # that the name of the first day needs before the next one


def symbol_source(line: AttentionLine, prices: SymbolPrices, head: int | None) -> dict[str, Any]:
    """Return one symbol's window as plain JSON; ``head``, from 1, is marked among the heads."""
    return {"figure": symbol_figure(line, prices, head).to_plotly_json()}


def symbol_figure(line: AttentionLine, prices: SymbolPrices, head: int | None) -> go.Figure:
    """Return price and volume over the heads by day. Every session has the same width, bar or no bar."""
    days = [formats.day(day) for day in line.window]
    bars = [formats.day(day) for day in prices.session.tolist()]
    rising = prices.close >= prices.open
    names = head_names(line.attention.shape[0], head)
    rows = [*line.attention, line.attention.mean(axis=0)] if len(line.attention) > 1 else [*line.attention]
    weights = np.array(rows, dtype=np.float64)
    figure = go.Figure(
        [
            go.Candlestick(
                x=bars,
                open=_rounded(prices.open),
                high=_rounded(prices.high),
                low=_rounded(prices.low),
                close=_rounded(prices.close),
                name="Price",
                yhoverformat=",.2f",
            ),
            *(_volume(bars, prices.volume, chosen) for chosen in (rising, ~rising)),
            go.Heatmap(
                x=days,
                y=names,
                z=np.round(weights, 5).tolist(),
                yaxis="y3",
                zmin=0.0,
                zmax=float(weights.max()) if weights.size else 1.0,
                xgap=1,
                ygap=2,
                showscale=False,
                hovertemplate="%{x}<br>%{y}: %{z:.1%}<extra></extra>",
            ),
            _without_bar(line, prices),
        ]
    )
    figure.update_layout(_layout(line, days, max(len(names), 1)))
    figure.layout.template = None
    return figure


def head_names(n_heads: int, chosen: int | None = None) -> list[str]:
    """Return the rows of the heads, the mean last where there are several; the chosen one is marked."""
    if n_heads == 1:
        return ["Attention"]
    names = [f"Head {number}" for number in range(1, n_heads + 1)]
    if chosen is not None:
        names[chosen - 1] = f"▸ {names[chosen - 1]}"
    return [*names, "Mean"]


def _without_bar(line: AttentionLine, prices: SymbolPrices) -> go.Scatter:
    """Mark the sessions that have no bar of their own."""
    filled = [
        formats.day(day) for day, is_filled in zip(line.window, line.is_filled, strict=True) if is_filled
    ]
    level = float(prices.low.min()) if prices.low.size else 0.0
    return go.Scatter(
        x=filled,
        y=[level] * len(filled),
        mode="markers",
        name="No bar",
        marker={"symbol": "x-thin-open", "size": 7},
        hovertemplate="No bar: the session before stands in<extra></extra>",
    )


def _volume(days: Sequence[str], volume: np.ndarray, chosen: np.ndarray) -> go.Bar:
    shown = np.flatnonzero(chosen).tolist()
    return go.Bar(
        x=[days[row] for row in shown],
        y=volume[shown].round().tolist(),
        name="Volume",
        yaxis="y2",
        hovertemplate="%{y:.3s}",
    )


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 4) for value in values]


def _layout(line: AttentionLine, days: Sequence[str], n_rows: int) -> dict[str, Any]:
    heads_top = min(0.1 + 0.06 * n_rows, 0.42) if line.attention.size else 0.0
    ticks = month_ticks(line.window)
    if len(ticks) > 1 and ticks[1][0] < _ROOM_COLUMNS:
        del ticks[0]
    side = {"side": "right", "fixedrange": True, "automargin": False}
    return {
        "margin": {"l": 62, "r": 52, "t": 6, "b": 26},
        "showlegend": False,
        "hovermode": "x",
        "dragmode": False,
        "bargap": 0.25,
        "barmode": "overlay",
        "uirevision": line.symbol,
        "xaxis": {
            "type": "category",
            "categoryorder": "array",
            "categoryarray": list(days),
            "range": [-0.5, len(days) - 0.5],
            "fixedrange": True,
            "showgrid": False,
            "rangeslider": {"visible": False},
            "tickvals": [days[place] for place, _ in ticks],
            "ticktext": [text for _, text in ticks],
            "tickangle": 0,
            "anchor": "y3" if line.attention.size else "y2",
        },
        "yaxis": {**side, "domain": [heads_top + 0.2, 1.0], "nticks": 6, "tickformat": ",.6~g"},
        "yaxis2": {**side, "domain": [heads_top + 0.03, heads_top + 0.17], "nticks": 3, "tickformat": ".2~s"},
        "yaxis3": {
            "domain": [0.0, max(heads_top, 0.01)],
            "fixedrange": True,
            "showgrid": False,
            "autorange": "reversed",
            "visible": bool(line.attention.size),
        },
    }


def attention_template(colours: Palette) -> dict[str, Any]:
    """Return the template of both figures in a palette."""
    template = price_template(colours)
    template["data"]["heatmap"] = [{"colorscale": attention_scale(colours)}]
    marker = {
        "color": colours["warn"],
        "colorscale": [[0.0, colours["line"]], [1.0, colours["model"]]],
        "line": {"width": 0.5, "color": colours["text-3"]},
    }
    template["data"]["scatter"] = [{"marker": marker}]
    return template
