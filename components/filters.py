"""Controls that narrow a page: the strip of labels, the chips of sectors, the search field.

Each carries ``data-filter`` and ``data-value``; one listener in the browser writes them into the address,
and the address decides what is shown. Counts and widths are set there too, so filtering asks no server.
"""

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.formats import ARROWS, DIRECTIONS, count, label_slug, label_text
from components.ids import Shell, Signals
from models.domain.feed import FeedRow
from models.domain.signals import LABELS, Label

NO_SECTOR = "No sector"
_STRIP: tuple[Label | None, ...] = (*LABELS, None)


def label_strip() -> Component:
    """Return the labels as a proportional strip, the symbols without a score last."""
    return html.Div(
        [_segment(label) for label in _STRIP],
        id=Signals.LABELS,
        className="label-strip",
        role="group",
        **{"aria-label": "Filter by signal"},
    )


def _segment(label: Label | None) -> Component:
    slug = label_slug(label)
    kind = "hold" if label is None else DIRECTIONS[label]
    tip = "Show only these; once more shows all again."
    if label is None:
        tip = "Symbols without a score; the reason stands in their row. " + tip
    return html.Button(
        [
            html.Span("–", id={"type": Signals.LABEL_COUNT, "value": slug}, className="segment-count"),
            html.Span(
                ARROWS[label] if label else "○", className=f"segment-arrow {kind}", **{"aria-hidden": "true"}
            ),
            html.Span(label_text(label), className="segment-name"),
        ],
        id={"type": Signals.LABEL_FILTER, "value": slug},
        type="button",
        className=f"segment segment-{slug}",
        **{"data-filter": "label", "data-value": slug, "data-tip": tip, "aria-pressed": "false"},
    )


def sector_chips(rows: tuple[FeedRow, ...]) -> list[Component]:
    """Return a chip for all and one for each sector there is, the largest first."""
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.sector or NO_SECTOR] = totals.get(row.sector or NO_SECTOR, 0) + 1
    names = sorted(totals, key=lambda name: (name == NO_SECTOR, -totals[name], name))
    return [_chip("", "All sectors", len(rows)), *(_chip(name, name, totals[name]) for name in names)]


def _chip(value: str, text: str, total: int) -> Component:
    return html.Button(
        [
            text,
            html.Span(
                count(total), id={"type": Signals.SECTOR_COUNT, "value": value}, className="chip-count"
            ),
        ],
        id={"type": Signals.SECTOR_FILTER, "value": value},
        type="button",
        className="chip",
        **{"data-filter": "sector", "data-value": value, "aria-pressed": "false"},
    )


def search_field() -> Component:
    """Return the search for a ticker or company; ``/`` focuses it."""
    return html.Div(
        [
            html.Span(className="icon icon-search", **{"aria-hidden": "true"}),
            html.Label("Search ticker or company", htmlFor=Shell.SEARCH, className="visually-hidden"),
            dbc.Input(
                id=Shell.SEARCH,
                type="search",
                placeholder="Search ticker or company",
                autocomplete="off",
                maxlength="60",
            ),
            html.Kbd("/", **{"aria-hidden": "true"}),
        ],
        className="search",
    )
