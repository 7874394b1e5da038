"""Where the scores of a small universe stand between the labels' thresholds."""

from dash import html
from dash.development.base_component import Component

from components import formats
from models.domain.feed import FeedRow
from models.domain.signals import Label

# A larger universe fills the page with rows and would crowd the axis.
MOST_SYMBOLS = 12
_LANE_PX = 17
# Lower ends of the labels, worst first; the axis shows what lies between its own two ends.
_ZONES = (
    (Label.STRONG_SELL, 0.0),
    (Label.SELL, 0.35),
    (Label.HOLD, 0.45),
    (Label.BUY, 0.55),
    (Label.STRONG_BUY, 0.65),
)
_CLOSE_UP = (0.25, 0.75)
_ROOM = 0.17  # share of the axis that a mark's words take, on a phone


def score_scale(rows: tuple[FeedRow, ...]) -> list[Component]:
    """Return the axis with a mark for each symbol that has a score; nothing for a large universe."""
    scored = sorted((row.confluence, row.symbol) for row in rows if row.confluence is not None)
    if not scored or len(rows) > MOST_SYMBOLS:
        return []
    is_close = _CLOSE_UP[0] <= scored[0][0] and scored[-1][0] <= _CLOSE_UP[1]
    low, high = _CLOSE_UP if is_close else (0.0, 1.0)
    places = [((score - low) / (high - low), score, symbol) for score, symbol in scored]
    lanes = stagger([place for place, _, _ in places], _ROOM)
    n_lanes = max(lanes) + 1
    marks = [
        _mark(place, score, symbol, n_lanes - lane)
        for (place, score, symbol), lane in zip(places, lanes, strict=True)
    ]
    return [
        html.Section(
            [
                html.Div(marks, className="scale-marks", style={"height": f"{n_lanes * _LANE_PX}px"}),
                html.Div(_zones(low, high), className="scale-axis"),
                html.Div(_limits(low, high), className="scale-limits", **{"aria-hidden": "true"}),
            ],
            className="scale",
            **{"aria-label": "Scores between the labels’ thresholds"},
        )
    ]


def stagger(places: list[float], room: float) -> list[int]:
    """Return the lane of each place, in rising order, so that words of width ``room`` do not overlap.

    A mark stands below all those whose words reach over it, so no mark's line crosses any words.
    """
    lanes: list[int] = []
    for place in places:
        above = [lane for other, lane in zip(places, lanes, strict=False) if other + room > place]
        lanes.append(max(above) + 1 if above else 0)
    return lanes


def _mark(place: float, score: float, symbol: str, height_lanes: int) -> Component:
    return html.Div(
        html.Button(
            [symbol, html.Span(formats.score(score))],
            type="button",
            **{
                "data-filter": "symbol",
                "data-value": symbol,
                "aria-label": f"Open {symbol}, score {score:.3f}",
            },
        ),
        className="scale-mark",
        style={"left": f"{place * 100:.2f}%", "height": f"{height_lanes * _LANE_PX}px"},
    )


def _zones(low: float, high: float) -> list[Component]:
    ends = [*(start for _, start in _ZONES[1:]), 1.0]
    zones = []
    for (label, start), end in zip(_ZONES, ends, strict=True):
        width = (min(end, high) - max(start, low)) / (high - low)
        zones.append(
            html.Div(
                formats.label_text(label),
                className=f"scale-zone {formats.DIRECTIONS[label]}",
                style={"width": f"{width * 100:.2f}%"},
            )
        )
    return zones


def _limits(low: float, high: float) -> list[Component]:
    return [
        html.Span(f"{start:.2f}", style={"left": f"{(start - low) / (high - low) * 100:.2f}%"})
        for _, start in _ZONES[1:]
    ]
