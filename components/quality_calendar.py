"""The buttons beside the calendar that choose its year."""

from dash import html
from dash.development.base_component import Component


def year_buttons(years: list[int], year: int) -> list[Component]:
    """Return the year that is shown between buttons to the one before and the one after; years ascend."""
    place = years.index(year)
    before = years[place - 1] if place > 0 else None
    after = years[place + 1] if place + 1 < len(years) else None
    return [
        _button(before, "‹", "The year before"),
        html.Span(str(year), className="year"),
        _button(after, "›", "The year after"),
    ]


def _button(year: int | None, sign: str, words: str) -> Component:
    return html.Button(
        sign,
        type="button",
        className="range",
        disabled=year is None,
        **{
            "data-filter": "year",
            "data-value": "" if year is None else str(year),
            "aria-label": words,
            "data-tip": words if year is None else str(year),
        },
    )
