"""Figures of the value-at-risk page. They carry no colours: those come from the templates below."""

from typing import Any

import plotly.graph_objects as go

from components import formats
from components.figures.completeness import chart_title
from components.theme import Palette, base_template, channels, mix
from models.domain.risk import FAN_LEVELS, Histogram, RiskBacktest, RiskSnapshot, VarBacktest

CHART_PX = 250
_MEDIAN = FAN_LEVELS.index(0.50)
_PAIRS = ((0, -1), (1, -2), (2, -3))  # places of the fan's levels that bound a band
_BANDS = ("98 %", "90 %", "50 %")
_MARGIN = {"l": 44, "r": 12, "t": 24, "b": 34}


def outcomes_figure(snapshot: RiskSnapshot, confidence: float) -> dict[str, Any]:
    """Return the simulated returns with value at risk and expected shortfall marked."""
    tail = snapshot.tail(confidence)
    loss, shortfall = tail.value_at_risk.value, tail.expected_shortfall.value
    figure = go.Figure(_bars(snapshot.outcomes, lambda middle: middle < -loss))
    figure.update_layout(
        _distribution_layout(),
        shapes=[_vertical(-loss, "solid"), _vertical(-shortfall, "dot")],
        annotations=[
            _mark(-loss, f"VaR {formats.percent(loss, 2)}", "left"),
            _mark(-shortfall, f"ES {formats.percent(shortfall, 2)}", "right"),
        ],
    )
    return _source(figure, "risk")


def drawdowns_figure(snapshot: RiskSnapshot) -> dict[str, Any]:
    """Return the largest falls from a peak on the way, the one that 95 % stay below marked."""
    limit = snapshot.max_drawdown.value
    figure = go.Figure(_bars(snapshot.drawdowns, lambda middle: middle > limit))
    figure.update_layout(
        _distribution_layout(),
        shapes=[_vertical(limit, "solid")],
        annotations=[_mark(limit, f"95 % stay below {formats.percent(limit, 2)}", "left")],
    )
    return _source(figure, "risk")


def fan_figure(snapshot: RiskSnapshot) -> dict[str, Any]:
    """Return the quantiles of the return since the start, session by session."""
    days = list(range(len(snapshot.fan) + 1))
    paths = [[0.0, *(row[place] for row in snapshot.fan)] for place in range(len(FAN_LEVELS))]
    traces = []
    for (low, high), words in zip(_PAIRS, _BANDS, strict=True):
        traces.append(_line(days, paths[low], f"lower end of {words}"))
        traces.append(_line(days, paths[high], f"upper end of {words}", fill="tonexty"))
    traces.append(_line(days, paths[_MEDIAN], "median"))
    figure = go.Figure(traces)
    figure.update_layout(
        margin=_MARGIN,
        showlegend=False,
        hovermode="x unified",
        dragmode=False,
        xaxis={"fixedrange": True, "showgrid": False, "dtick": max(1, -(-len(snapshot.fan) // 7))},
        yaxis={"fixedrange": True, "tickformat": "+.2~%", "nticks": 6, "zeroline": True},
        annotations=[chart_title("sessions from now; bands of 50, 90 and 98 %", 0, 1.0)],
    )
    return _source(figure, "fan")


def exceptions_figure(backtest: RiskBacktest, result: VarBacktest) -> dict[str, Any]:
    """Return what the book returned on each session against the loss that was forecast the day before."""
    days = [day.isoformat() for day in backtest.chart_sessions]
    limits = [-forecast for forecast in result.forecasts]
    exceptions = [
        place
        for place, (made, limit) in enumerate(zip(backtest.chart_returns, limits, strict=True))
        if made < limit
    ]
    hover = "%{y:.2%}"
    figure = go.Figure(
        [
            go.Scatter(x=days, y=backtest.chart_returns, name="return", mode="markers", hovertemplate=hover),
            go.Scatter(x=days, y=limits, name="forecast limit", mode="lines", hovertemplate=hover),
            go.Scatter(
                x=[days[place] for place in exceptions],
                y=[backtest.chart_returns[place] for place in exceptions],
                name="exception",
                mode="markers",
                hovertemplate=hover,
            ),
        ]
    )
    figure.update_layout(
        margin={**_MARGIN, "t": 8},
        showlegend=False,
        hovermode="x unified",
        dragmode=False,
        xaxis={
            "type": "date",
            "fixedrange": True,
            "showgrid": False,
            "nticks": 8,
            "hoverformat": "%-d %b %Y",
        },
        yaxis={"fixedrange": True, "tickformat": "+.2~%", "nticks": 6, "zeroline": True},
    )
    return _source(figure, "exceptions")


def _bars(histogram: Histogram, is_tail: Any) -> list[go.Bar]:
    """Return the bins in two traces, the calm ones and those of the tail, as shares of all outcomes."""
    total = sum(histogram.counts) + histogram.n_below + histogram.n_above
    bins = list(zip(histogram.edges[:-1], histogram.edges[1:], histogram.counts, strict=True))
    parts: tuple[list[Any], list[Any]] = ([], [])
    for low, high, count in bins:
        parts[is_tail((low + high) / 2.0)].append((low, high, count))
    return [
        go.Bar(
            x=[(low + high) / 2.0 for low, high, _ in part],
            width=[high - low for low, high, _ in part],
            y=[count / total for _, _, count in part],
            customdata=[f"{formats.percent(low, 2)} to {formats.percent(high, 2)}" for low, high, _ in part],
            hovertemplate="%{customdata}: %{y:.2%} of the paths<extra></extra>",
        )
        for part in parts
    ]


def _distribution_layout() -> dict[str, Any]:
    return {
        "margin": _MARGIN,
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "bargap": 0.06,
        "barmode": "overlay",
        "xaxis": {"fixedrange": True, "showgrid": False, "tickformat": ".2~%", "nticks": 8},
        "yaxis": {"fixedrange": True, "tickformat": ".2~%", "nticks": 4},
    }


def _vertical(at: float, dash: str) -> dict[str, Any]:
    edge = {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper"}
    return {**edge, "line": {"dash": dash, "width": 1.5}}


def _mark(at: float, words: str, side: str) -> dict[str, Any]:
    return {
        "text": words,
        "x": at,
        "y": 1.0,
        "yref": "paper",
        "xanchor": side,
        "yanchor": "bottom",
        "showarrow": False,
    }


def _line(days: list[int], values: list[float], name: str, **more: Any) -> go.Scatter:
    return go.Scatter(x=days, y=values, name=name, mode="lines", hovertemplate="%{y:+.2%}", **more)


def _source(figure: go.Figure, family: str) -> dict[str, Any]:
    figure.layout.template = None
    return {"figure": figure.to_plotly_json(), "family": family}


def risk_template(colours: Palette) -> dict[str, Any]:
    """Return the template of distributions: calm outcomes, then the tail."""
    template = base_template(colours)
    calm = mix(colours["panel"], colours["accent"], 0.55)
    template["data"] = {"bar": [{"marker": {"color": calm}}, {"marker": {"color": colours["down"]}}]}
    return _with_marks(template, colours)


def fan_template(colours: Palette) -> dict[str, Any]:
    """Return the template of the fan: each band's lower and upper end, then the median."""
    template = base_template(colours)
    red, green, blue = channels(colours["accent"])
    ends = []
    for share in (0.12, 0.18, 0.26):
        edge = {"line": {"width": 0, "color": colours["accent"]}}
        ends += [edge, {**edge, "fillcolor": f"rgba({red},{green},{blue},{share})"}]
    template["data"] = {"scatter": [*ends, {"line": {"width": 1.5, "color": colours["accent"]}}]}
    return _with_marks(template, colours)


def exceptions_template(colours: Palette) -> dict[str, Any]:
    """Return the template of the back-test: returns, the forecast, exceptions."""
    template = base_template(colours)
    template["data"] = {
        "scatter": [
            {"marker": {"size": 3, "color": colours["hold"]}},
            {"line": {"width": 1.25, "color": colours["accent"]}},
            {"marker": {"size": 7, "color": colours["down"], "symbol": "x-thin-open"}},
        ]
    }
    return _with_marks(template, colours)


def _with_marks(template: dict[str, Any], colours: Palette) -> dict[str, Any]:
    template["layout"]["shapedefaults"] = {"line": {"color": colours["text"]}}
    template["layout"]["annotationdefaults"] = {"font": {"color": colours["text-2"], "size": 11}}
    return template
