"""Completeness as a calendar: the days of one year above the weeks of every year.

The figure carries no colours: they come from ``quality_template``.
"""

from datetime import date
from typing import Any

import numpy as np
import plotly.graph_objects as go

from components import formats

# Upper ends of the share of bars missing that each shade but the last stands for.
LEVELS = (0.0, 0.01, 0.05, 0.25)
LEVEL_WORDS = ("none missing", "up to 1 %", "up to 5 %", "up to 25 %", "more")
_N_WEEKS = 54
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
CALENDAR_PX = 330
_PLOT_PX, _TITLE_PX = 288, 30
_DAY_PX, _WEEK_PX = 15, 24  # of a row, at most


def completeness_calendar(
    session: np.ndarray, n_expected: np.ndarray, n_present: np.ndarray, year: int
) -> go.Figure:
    """Return the days of one year above the weeks of every year, shaded by what is missing.

    Parameters
    ----------
    session : datetime64[D] array, shape (n_sessions,)
        Ascending.
    n_expected, n_present : int64 arrays, shape (n_sessions,)
        Bars that should be there, and that are.
    year : int
        The one that is shown by day.
    """
    years = session.astype("datetime64[Y]").astype(int) + 1970
    week, weekday = _places(session)
    is_shown = (years == year) & (weekday < len(_WEEKDAYS))
    days = _day_map(session[is_shown], n_expected[is_shown], n_present[is_shown])
    first = int(years.min()) if years.size else year
    n_years = (int(years.max()) if years.size else year) - first + 1
    weeks = _week_map(years - first, n_years, week, n_expected, n_present, first)
    figure = go.Figure([days, weeks])
    figure.update_layout(_calendar_layout(year, first, n_years))
    figure.layout.template = None
    return figure


def calendar_source(
    session: np.ndarray, n_expected: np.ndarray, n_present: np.ndarray, year: int
) -> dict[str, Any]:
    """Return the calendar as plain JSON, with the layout of a narrow window: a name for every third month."""
    figure = completeness_calendar(session, n_expected, n_present, year).to_plotly_json()
    axis = figure["layout"]["xaxis"]
    narrow = {**axis, "tickvals": axis["tickvals"][::3], "ticktext": axis["ticktext"][::3]}
    return {"figure": figure, "narrow": {**figure["layout"], "xaxis": narrow}}


def level_of(n_expected: np.ndarray, n_present: np.ndarray) -> np.ndarray:
    """Return the shade of each share missing, 0 to 4; NaN where nothing was expected."""
    with np.errstate(invalid="ignore", divide="ignore"):
        missing = 1.0 - n_present / np.where(n_expected > 0, n_expected, np.nan)
    level = np.searchsorted(np.array(LEVELS), missing - 1e-12).astype(np.float64)
    return np.where(np.isnan(missing), np.nan, level)


def _places(session: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the week of the year, the one with 1 January being 0, and the weekday, Monday being 0."""
    start = session.astype("datetime64[Y]").astype("datetime64[D]")
    weekday = (session.astype(int) + 3) % 7  # 1 January 1970 was a Thursday
    first_weekday = (start.astype(int) + 3) % 7
    week = ((session - start).astype(int) + first_weekday) // 7
    return week, weekday


def _day_map(session: np.ndarray, n_expected: np.ndarray, n_present: np.ndarray) -> go.Heatmap:
    week, weekday = _places(session)
    shade = np.full((len(_WEEKDAYS), _N_WEEKS), np.nan)
    shade[weekday, week] = level_of(n_expected, n_present)
    words = np.full(shade.shape, "", dtype=object)
    for place, day in enumerate(session.tolist()):
        words[weekday[place], week[place]] = _day_words(day, int(n_expected[place]), int(n_present[place]))
    return _heatmap(shade, words, list(_WEEKDAYS), "y")


def _week_map(
    row: np.ndarray, n_years: int, week: np.ndarray, n_expected: np.ndarray, n_present: np.ndarray, first: int
) -> go.Heatmap:
    shape = (n_years, _N_WEEKS)
    expected, present = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    np.add.at(expected, (row, week), n_expected)
    np.add.at(present, (row, week), n_present)
    shade = level_of(expected, present)
    words = np.full(shape, "", dtype=object)
    for place in zip(*np.nonzero(expected), strict=True):
        missing = int(expected[place] - present[place])
        words[place] = (
            f"{first + place[0]}, week {place[1] + 1}: {_missing_words(missing, int(expected[place]))}"
        )
    return _heatmap(shade, words, [str(first + each) for each in range(n_years)], "y2")


def _heatmap(shade: np.ndarray, words: np.ndarray, rows: list[str], yaxis: str) -> go.Heatmap:
    return go.Heatmap(
        z=[[None if np.isnan(value) else value + 0.5 for value in line] for line in shade],
        x=list(range(_N_WEEKS)),
        y=rows,
        text=words.tolist(),
        hovertemplate="%{text}<extra></extra>",
        hoverongaps=False,
        yaxis=yaxis,
        zmin=0,
        zmax=len(LEVEL_WORDS),
        showscale=False,
        xgap=2,
        ygap=2,
    )


def _day_words(day: date, n_expected: int, n_present: int) -> str:
    return f"{day:%a} {formats.day(day)}: {_missing_words(n_expected - n_present, n_expected)}"


def _missing_words(n_missing: int, n_expected: int) -> str:
    if n_missing == 0:
        return f"all {formats.count(n_expected)} bars" if n_expected != 1 else "its one bar"
    return f"{formats.count(n_missing)} of {formats.count(n_expected)} bars missing"


def _calendar_layout(year: int, first: int, n_years: int) -> dict[str, Any]:
    room = _PLOT_PX - _DAY_PX * len(_WEEKDAYS) - _TITLE_PX
    row_px = min(_WEEK_PX, room / n_years)
    top_of_weeks = room / _PLOT_PX
    step = max(1, int(np.ceil(13 / row_px)))
    months = np.arange(f"{year}-01", f"{year + 1}-01", dtype="datetime64[M]").astype("datetime64[D]")
    weeks, _ = _places(months)
    weeks_axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "showline": False, "ticks": ""}
    return {
        "margin": {"l": 38, "r": 4, "t": 20, "b": 22},
        "dragmode": False,
        "hovermode": "closest",
        "uirevision": "calendar",
        "xaxis": {
            **weeks_axis,
            "anchor": "y2",
            "range": [-0.5, _N_WEEKS - 0.5],
            "tickmode": "array",
            "tickvals": (weeks + 1).tolist(),
            "ticktext": [f"{month:%b}" for month in months.tolist()],
            "ticklen": 0,
        },
        "yaxis": {
            **weeks_axis,
            "type": "category",
            "autorange": "reversed",
            "domain": [1.0 - _DAY_PX * len(_WEEKDAYS) / _PLOT_PX, 1.0],
            "tickvals": ["Mon", "Wed", "Fri"],
        },
        "yaxis2": {
            **weeks_axis,
            "type": "category",
            "autorange": True,
            "domain": [top_of_weeks - n_years * row_px / _PLOT_PX, top_of_weeks],
            "tickvals": [str(each) for each in range(first + n_years - 1, first - 1, -step)],
        },
        "annotations": [
            chart_title(f"{year} by day", 0, 1.0),
            chart_title("Every year by week; a click shows its days", 0, top_of_weeks),
        ],
        "shapes": [
            {
                "type": "rect",
                "xref": "paper",
                "yref": "y2",
                "x0": 0,
                "x1": 1,
                "y0": year - first - 0.5,
                "y1": year - first + 0.5,
            }
        ],
    }


def chart_title(text: str, x: float, y: float) -> dict[str, Any]:
    """Return an annotation that names a chart; its lower left corner lies at ``x``, ``y`` of the paper."""
    return {
        "text": text,
        "xref": "paper",
        "yref": "paper",
        "x": x,
        "y": y,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
    }
