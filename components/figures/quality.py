"""The measures of quality over the assessments, and the colours of the data-quality page's figures.

Figures carry no colours: they come from ``quality_template``, so that a switch of theme exchanges the
template and nothing else.
"""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from components.figures.completeness import chart_title
from components.theme import Palette, base_template, mix
from models.domain.quality_views import AssessedRun

TREND_PX = 330
# Of the way from panel to model; the first is the ground of a session from which nothing is missing.
_SHADES = (0.0, 0.3, 0.55, 0.8, 1.0)
_MEASURES = (
    ("completeness", "Completeness"),
    ("validity", "Validity"),
    ("timeliness", "Timeliness"),
    ("uniqueness", "Uniqueness"),
    ("n_quarantined", "Rows in quarantine"),
    ("n_flagged", "Bars flagged"),
)


def trend(runs: Sequence[AssessedRun]) -> go.Figure:
    """Return the measures and counts of each assessment, oldest first, each on an axis of its own."""
    moments = [run.assessed_at.isoformat() for run in runs]
    figure = go.Figure(
        [
            go.Scatter(
                x=moments,
                y=[getattr(run, name) for run in runs],
                name=title,
                mode="lines+markers",
                xaxis=f"x{place}",
                yaxis=f"y{place}",
                hovertemplate="%{y:,}<extra></extra>" if _is_count(name) else "%{y:.3%}<extra></extra>",
            )
            for place, (name, title) in enumerate(_MEASURES, start=1)
        ]
    )
    figure.update_layout(_trend_layout(runs, 3))
    figure.layout.template = None
    return figure


def trend_source(runs: Sequence[AssessedRun]) -> dict[str, Any]:
    """Return the trend as plain JSON, with the layout of a narrow window: two columns."""
    return {"figure": trend(runs).to_plotly_json(), "narrow": _trend_layout(runs, 2)}


def _trend_layout(runs: Sequence[AssessedRun], n_columns: int) -> dict[str, Any]:
    n_rows = -(-len(_MEASURES) // n_columns)
    # Between the small charts, of the whole: room for the ticks.
    column_gap, row_gap = 0.27 / n_columns, 0.5 / n_rows
    days = {run.assessed_at.date() for run in runs}
    time_axis = {
        "fixedrange": True,
        "showgrid": False,
        "nticks": 4 if n_columns > 2 else 2,
        "tickangle": 0,
        "hoverformat": "%-d %b %Y, %H:%M UTC",
        "tickformat": "%-d %b\n%Y" if len(days) > 1 else "%H:%M\n%-d %b %Y",
        "type": "date",
    }
    layout: dict[str, Any] = {
        "margin": {"l": 52, "r": 16, "t": 26, "b": 34},
        "showlegend": False,
        "hovermode": "x",
        "dragmode": False,
        "annotations": [],
    }
    for place, (name, title) in enumerate(_MEASURES):
        row, column = divmod(place, n_columns)
        left = column * (1.0 + column_gap) / n_columns
        top = 1.0 - row * (1.0 + row_gap) / n_rows
        number = str(place + 1) if place else ""  # Plotly's first axis has none
        layout[f"xaxis{number}"] = {
            **time_axis,
            "domain": [left, left + (1.0 + column_gap) / n_columns - column_gap],
            "anchor": f"y{number}",
        }
        layout[f"yaxis{number}"] = {
            "domain": [max(top - (1.0 + row_gap) / n_rows + row_gap, 0.0), top],
            "anchor": f"x{number}",
            "fixedrange": True,
            "nticks": 4,
            **_value_axis(name, [getattr(run, name) for run in runs]),
        }
        layout["annotations"].append({**chart_title(title, left, top), "yshift": 4})
    return layout


def _is_count(name: str) -> bool:
    return name.startswith("n_")


def _value_axis(name: str, values: Sequence[float | None]) -> dict[str, Any]:
    if _is_count(name):
        return {"tickformat": ",d", "range": _span(values, 1.0, None)}
    return {"tickformat": ".5~%", "range": _span(values, 0.0005, 1.0)}


def quality_template(colours: Palette) -> dict[str, Any]:
    """Return the template of both figures in a palette."""
    template = base_template(colours)
    shades = [mix(colours["raised"], colours["model"], share) for share in _SHADES]
    shades[0] = mix(colours["raised"], colours["line"], 0.6)
    steps = [[end / len(shades), shade] for place, shade in enumerate(shades) for end in (place, place + 1)]
    template["data"] = {
        "heatmap": [{"colorscale": steps}],
        "scatter": [
            {
                "line": {"color": colours["accent"], "width": 1.25},
                "marker": {"color": colours["accent"], "size": 4},
            }
        ],
    }
    template["layout"]["annotationdefaults"] = {"font": {"color": colours["text-2"], "size": 11}}
    template["layout"]["shapedefaults"] = {"line": {"color": colours["accent"], "width": 1}}
    return template


def _span(values: Sequence[float | None], least: float, most: float | None) -> list[float]:
    """Return an axis around the values, ``least`` or more to each side and hardly over ``most``."""
    known = [value for value in values if value is not None]
    if not known:
        return [0.0, 1.0]
    low, high = min(known), max(known)
    space = max((high - low) * 0.15, least)
    top = high + space
    return [low - space, top if most is None else min(top, most + space * 0.1)]
