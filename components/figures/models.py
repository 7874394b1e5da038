"""Calibration, running IC and learning curves of one model; colours come from ``models_template``."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from components.figures.completeness import chart_title
from components.model_words import model_title
from components.theme import Palette, base_template, mix
from models.domain.model_views import ModelDetail, Part

CALIBRATION_PX = 300
RUNNING_IC_PX = 220
CURVES_PX = 220
_SKILL = "validation_mcc"
_EPOCH_LINES = (
    ("validation_loss", "y", "validation loss"),
    ("train_loss", "y", "training loss"),
    (_SKILL, "y2", "validation MCC"),
)
_MAX_POINTS = 600  # of the running IC; more than pixels show nothing


def calibration(parts: Sequence[Part]) -> go.Figure:
    """Return how often forecasts came true against what they stated, above how many there were."""
    stated, came = [part.mean_confidence for part in parts], [part.accuracy for part in parts]
    low, high = _span([*stated, *came, *(part.base_rate for part in parts)])
    figure = go.Figure(
        [
            go.Scatter(
                x=stated,
                y=came,
                mode="markers",
                name="came true",
                marker={"size": 8},
                error_y={
                    "array": [part.high - part.accuracy for part in parts],
                    "arrayminus": [part.accuracy - part.low for part in parts],
                    "thickness": 1,
                    "width": 3,
                },
                customdata=[f"{part.low:.1%} to {part.high:.1%}, n = {part.n:,}" for part in parts],
                hovertemplate="stated %{x:.1%}, came true %{y:.1%} (%{customdata})<extra></extra>",
            ),
            go.Scatter(
                x=stated,
                y=[part.base_rate for part in parts],
                mode="markers",
                name="commonest class",
                marker={"symbol": "line-ew-open", "size": 12},
                hovertemplate="commonest class %{y:.1%}<extra></extra>",
            ),
            go.Bar(
                x=stated,
                y=[part.n for part in parts],
                yaxis="y2",
                width=(high - low) / 40,
                hovertemplate="%{y:,} forecasts<extra></extra>",
            ),
        ]
    )
    share = {"range": [low, high], "tickformat": ".0%", "fixedrange": True, "nticks": 6}
    n_most = max((part.n for part in parts), default=1)
    figure.update_layout(
        margin={"l": 46, "r": 12, "t": 8, "b": 34},
        showlegend=False,
        hovermode="closest",
        dragmode=False,
        bargap=0,
        xaxis={**share, "title": {"text": "stated confidence"}, "anchor": "y2"},
        yaxis={**share, "domain": [0.3, 1.0]},
        yaxis2={
            "range": [0, n_most * 1.6],
            "fixedrange": True,
            "domain": [0.0, 0.2],
            "showticklabels": False,
            "showgrid": False,
        },
        annotations=[
            {
                **chart_title(f"{part.n:,}", part.mean_confidence, part.n),
                "xref": "x",
                "yref": "y2",
                "xanchor": "center",
            }
            for part in parts
        ],
        shapes=[{"type": "line", "x0": low, "y0": low, "x1": high, "y1": high, "line": {"dash": "dot"}}],
    )
    figure.layout.template = None
    return figure


def running_ic(detail: ModelDetail) -> go.Figure:
    """Return the running sum of the daily IC: a straight rise is a steady edge, a flat line is none."""
    traces = [_line(model_title(detail.line.name), detail.sessions, detail.cumulative_ic)]
    if detail.beside_name:
        beside = _line(model_title(detail.beside_name), detail.beside_sessions, detail.beside_ic)
        beside.line = {"dash": "dot"}
        traces.append(beside)
    figure = go.Figure(traces)
    figure.update_layout(
        margin={"l": 46, "r": 12, "t": 8, "b": 28},
        showlegend=False,
        hovermode="x unified",
        dragmode=False,
        xaxis={"fixedrange": True, "showgrid": False, "type": "date", "hoverformat": "%-d %b %Y"},
        yaxis={"fixedrange": True, "nticks": 6, "zeroline": True},
    )
    figure.layout.template = None
    return figure


def learning_curves(detail: ModelDetail) -> go.Figure:
    """Return losses by epoch above the validation's MCC, with the epoch whose weights were kept.

    Thin lines are the validation losses of the walk-forward's folds.
    """
    curves = {curve.name: curve.values for curve in detail.curves}
    has_skill = _SKILL in curves
    traces = [
        _by_epoch(values, words, axis, {"dash": "dot"} if name.startswith("train") else {})
        for name, axis, words in _EPOCH_LINES
        if (values := curves.get(name)) is not None
    ]
    traces += [_by_epoch(one.values, one.name, "y", {"width": 0.6}) for one in detail.fold_curves]
    for trace in traces[len(traces) - len(detail.fold_curves) :]:
        trace.update(opacity=0.6, hoverinfo="skip", hovertemplate=None)
    figure = go.Figure(traces)
    titles = [
        ("loss; dotted: training; thin: folds" if detail.fold_curves else "loss; dotted: training", 1.0)
    ]
    if has_skill:
        titles.append(("validation MCC", 0.26))
    figure.update_layout(
        margin={"l": 52, "r": 12, "t": 20, "b": 34},
        showlegend=False,
        hovermode="x unified",
        dragmode=False,
        xaxis={
            "fixedrange": True,
            "showgrid": False,
            "title": {"text": "epoch"},
            "nticks": 8,
            "anchor": "free",
            "position": 0.0,
        },
        yaxis={"fixedrange": True, "nticks": 5, "domain": [0.42 if has_skill else 0.0, 1.0]},
        yaxis2={"fixedrange": True, "nticks": 3, "domain": [0.0, 0.26]},
        annotations=[chart_title(words, 0.0, top) for words, top in titles],
        shapes=[_epoch_line(detail.best_epoch)] if detail.best_epoch else [],
    )
    figure.layout.template = None
    return figure


def _by_epoch(values: Sequence[float], words: str, axis: str, line: dict[str, Any]) -> go.Scatter:
    return go.Scatter(
        x=list(range(1, len(values) + 1)),
        y=list(values),
        name=words,
        yaxis=axis,
        mode="lines",
        line=line,
        hovertemplate="%{y:.4f}",
    )


def chart_sources(figures: Mapping[str, go.Figure]) -> dict[str, Any]:
    """Return figures by the id of their graph, as plain JSON."""
    return {name: figure.to_plotly_json() for name, figure in figures.items()}


def models_template(colours: Palette) -> dict[str, Any]:
    """Return the template of these figures in a palette."""
    template = base_template(colours)
    # What is looked at, what it is held against, what is apart, and then any number in the background.
    order = ("model", "text-2", "technical", *("hold" for _ in range(20)))
    template["layout"]["colorway"] = [colours[name] for name in order]
    template["layout"]["shapedefaults"] = {"line": {"color": colours["text-3"], "width": 1}}
    template["layout"]["annotationdefaults"] = {"font": {"color": colours["text-2"], "size": 11}}
    template["layout"]["yaxis"] = {**template["layout"]["yaxis"], "zerolinecolor": colours["text-3"]}
    template["data"] = {
        "scatter": [{"line": {"width": 1.5}}],
        "bar": [{"marker": {"color": mix(colours["panel"], colours["text-3"], 0.5)}}],
    }
    return template


def _line(name: str, sessions: np.ndarray, values: np.ndarray) -> go.Scatter:
    step = max(1, -(-sessions.size // _MAX_POINTS))
    # From the end, so that the newest session is always among them.
    shown = np.arange(sessions.size - 1, -1, -step)[::-1]
    return go.Scatter(
        x=[str(day) for day in sessions[shown]],
        y=[round(float(value), 3) for value in values[shown]],
        name=name,
        mode="lines",
        hovertemplate="%{y:.2f}",
    )


def _epoch_line(epoch: int) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": epoch,
        "x1": epoch,
        "y0": 0.0,
        "y1": 1.0,
        "yref": "paper",
        "line": {"dash": "dash"},
    }


def _span(values: Sequence[float]) -> tuple[float, float]:
    """Return whole tenths around shares and some room, at least two of them."""
    low = float(np.floor((min(values, default=0.3) - 0.01) * 10.0) / 10.0)
    high = float(np.ceil((max(values, default=0.5) + 0.01) * 10.0) / 10.0)
    return low, max(high, low + 0.2)
