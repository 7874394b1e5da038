"""One symbol's price and volume over its heads by day, on one axis; and the beeswarm of attributions.

The figures carry no colours: they come from ``attention_template``.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from components.figures.heat import month_ticks
from components.figures.price import attention_scale, price_template
from components.theme import Palette
from models.domain.explanation_views import AttentionLine, SymbolPrices
from models.domain.explanations import GlobalImportance

_MAX_POINTS = 250  # of a feature; of more symbols every so many-th is drawn
_BINS = 60
_FULL_WIDTH = 0.4  # of the distance between two features


def symbol_source(line: AttentionLine, prices: SymbolPrices, head: int | None) -> dict[str, Any]:
    """Return one symbol's window as plain JSON; ``head``, from 1, is marked among the heads."""
    return {"figure": symbol_figure(line, prices, head).to_plotly_json()}


def symbol_figure(line: AttentionLine, prices: SymbolPrices, head: int | None) -> go.Figure:
    """Return price and volume over the heads by day. Every session has the same width, bar or no bar."""
    days = [day.isoformat() for day in line.window]
    bars = np.datetime_as_string(prices.session, unit="D").tolist()
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
        day.isoformat() for day, is_filled in zip(line.window, line.is_filled, strict=True) if is_filled
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


def swarm_source(found: GlobalImportance, names: Sequence[str], titles: dict[str, str]) -> dict[str, Any]:
    """Return the attributions of some features, a point a symbol, as plain JSON."""
    return {"figure": swarm_figure(found, names, titles).to_plotly_json()}


def swarm_figure(found: GlobalImportance, names: Sequence[str], titles: dict[str, str]) -> go.Figure:
    """Return a row a feature, strongest on top; the colour is the value's place among the training's."""
    feature = np.array(found.point_features, dtype=np.int64)
    values = np.array(found.point_attributions, dtype=np.float64)
    x: list[float] = []
    y: list[float] = []
    shades: list[float | None] = []
    symbols: list[str] = []
    for row, name in enumerate(names):
        points = np.flatnonzero(feature == found.feature_names.index(name))
        points = points[:: max(1, -(-points.size // _MAX_POINTS))]
        x += np.round(values[points], 5).tolist()
        y += (row + swarm_offsets(values[points])).round(3).tolist()
        shades += [found.point_percentiles[point] for point in points.tolist()]
        symbols += [found.point_symbols[point] for point in points.tolist()]
    figure = go.Figure(
        go.Scatter(
            x=x,
            y=y,
            mode="markers",
            customdata=symbols,
            marker={
                "color": [0.5 if shade is None else round(shade, 3) for shade in shades],
                "cmin": 0.0,
                "cmax": 1.0,
                "size": 5,
            },
            hovertemplate="%{customdata}: %{x:+.3f}, higher than %{marker.color:.0%}<extra></extra>",
        )
    )
    figure.update_layout(
        margin={"l": 8, "r": 12, "t": 8, "b": 34},
        showlegend=False,
        dragmode=False,
        hovermode="closest",
        xaxis={
            "fixedrange": True,
            "zeroline": True,
            "title": {"text": "Attribution"},
            "nticks": 5,
            "tickangle": 0,
        },
        yaxis={
            "fixedrange": True,
            "range": [len(names) - 0.4, -0.6],
            "tickvals": list(range(len(names))),
            "ticktext": [titles[name] for name in names],
            "automargin": True,
            "zeroline": False,
        },
    )
    figure.layout.template = None
    return figure


def swarm_offsets(values: np.ndarray) -> np.ndarray:
    """Return how far each point lies above or below its row, so that equal values stand side by side.

    Parameters
    ----------
    values : float64 array, shape (n,)

    Returns
    -------
    float64 array, shape (n,)
        Within plus and minus ``_FULL_WIDTH``, 0 for a value that stands alone.
    """
    offsets = np.zeros(values.size)
    span = float(np.ptp(values)) if values.size else 0.0
    if span == 0.0:
        return offsets
    bins = np.floor((values - values.min()) / span * (_BINS - 1)).astype(np.int64)
    _, counts = np.unique(bins, return_counts=True)
    step = min(0.08, 2 * _FULL_WIDTH / counts.max())
    for place in np.unique(bins):
        inside = np.flatnonzero(bins == place)
        order = np.arange(inside.size)
        offsets[inside] = ((order + 1) // 2) * np.where(order % 2, 1, -1) * step
    return offsets


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
