"""What a model relies on, as figures without colours: a point a symbol, by sector and over time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from components import formats
from components.figures.heat import heat_source, month_ticks
from models.domain.explanation_views import ImportanceReport
from models.domain.explanations import GlobalImportance

N_TRACKED = 12  # features whose points, course and sectors are drawn
_MAX_POINTS = 250  # of a feature; of more symbols every so many-th is drawn
_BINS = 60
_FULL_WIDTH = 0.4  # of the distance between two features


def ranked(report: ImportanceReport) -> list[str]:
    """Return the features by mean absolute attribution, the strongest first."""
    found = report.newest
    order = sorted(range(len(found.feature_names)), key=lambda place: -found.mean_absolute[place])
    return [found.feature_names[place] for place in order]


def swarm_source(found: GlobalImportance, names: Sequence[str], titles: dict[str, str]) -> dict[str, Any]:
    """Return the attributions of some features, a point a symbol, as plain JSON."""
    return {"figure": swarm_figure(found, names, titles).to_plotly_json()}


def swarm_figure(found: GlobalImportance, names: Sequence[str], titles: dict[str, str]) -> go.Figure:
    """Return a row a feature, strongest on top; the colour is the value's place among the training's."""
    feature = np.array(found.point_features, dtype=np.int64)
    values = np.array(found.point_attributions, dtype=np.float64)
    figure = go.Figure()
    for row, name in enumerate(names):
        points = np.flatnonzero(feature == found.feature_names.index(name))
        points = points[:: max(1, -(-points.size // _MAX_POINTS))]
        shades = [found.point_percentiles[point] for point in points.tolist()]
        figure.add_scatter(
            x=np.round(values[points], 5).tolist(),
            y=(row + swarm_offsets(values[points])).round(3).tolist(),
            mode="markers",
            customdata=[found.point_symbols[point] for point in points.tolist()],
            marker={
                "color": [0.5 if shade is None else round(shade, 3) for shade in shades],
                "cmin": 0.0,
                "cmax": 1.0,
                "size": 5,
            },
            hovertemplate="%{customdata}: %{x:+.3f}, value higher than %{marker.color:.0%}"
            f"<extra>{titles[name]}</extra>",
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


def sector_heat(report: ImportanceReport) -> dict[str, Any] | None:
    """Return the strongest features by sector."""
    found = report.newest
    names = ranked(report)[:N_TRACKED]
    sectors = sorted(found.by_sector, key=lambda name: -found.n_by_sector.get(name, 0))
    if not sectors:
        return None
    places = [found.feature_names.index(name) for name in names]
    values = np.array([[found.by_sector[sector][place] for sector in sectors] for place in places])
    labels = [f"{sector or 'No sector'} (n = {found.n_by_sector.get(sector, 0)})" for sector in sectors]
    return heat_source(
        values,
        [(name, report.titles[name], report.titles[name]) for name in names],
        labels,
        ends=("model",),
        words=f"Mean absolute attribution of the {len(names)} strongest features in each sector.",
        hint="Point at a cell: mean |attribution|, and of how many signals.",
        ticks=[(place, sector or "No sector") for place, sector in enumerate(sectors)],
        gutter=170,
        upright=True,
    )


def course_heat(report: ImportanceReport) -> dict[str, Any] | None:
    """Return the strongest features over the evenings that are stored."""
    names = ranked(report)[:N_TRACKED]
    days = [one.session for one in report.history]
    values = np.full((len(names), len(days)), np.nan)
    for column, one in enumerate(report.history):
        size = dict(zip(one.feature_names, one.mean_absolute, strict=True))
        values[:, column] = [size.get(name, np.nan) for name in names]
    return heat_source(
        values,
        [(name, report.titles[name], report.titles[name]) for name in names],
        [formats.day(day) for day in days],
        ends=("model",),
        words=f"Mean absolute attribution of the {len(names)} strongest features over {len(days)} evenings.",
        hint=f"Mean |attribution| by evening, {len(days)} so far.",
        ticks=month_ticks(days),
        gutter=210,
    )
