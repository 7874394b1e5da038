"""Controls that narrow a page: the strip of labels, the chips of sectors, the search field.

Each carries ``data-filter`` and ``data-value``; one listener in the browser writes them into the address,
and the address decides what is shown. Counts and widths are set there too, so filtering asks no server.
"""

from collections import Counter
from collections.abc import Iterable

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.formats import ARROWS, DIRECTIONS, count, label_slug, label_text
from components.ids import Shell, Signals
from models.domain.feed import NO_SECTOR
from models.domain.signals import LABELS, Label

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
            html.Span(_segment_name(label), className="segment-name"),
        ],
        id={"type": Signals.LABEL_FILTER, "value": slug},
        type="button",
        className=f"segment segment-{slug}",
        **{"data-filter": "label", "data-value": slug, "data-tip": tip, "aria-pressed": "false"},
    )


def _segment_name(label: Label | None) -> str | list[Component]:
    if label is not None:
        return label_text(label)
    # A score may be there long before the history that a label by quantile needs.
    return [
        html.Span(label_text(None), className="by-threshold"),
        html.Span("No label", className="by-quantile"),
    ]


def sector_chips(
    sectors: Iterable[str | None], button: str = Signals.SECTOR_FILTER, counter: str = Signals.SECTOR_COUNT
) -> list[Component]:
    """Return a chip for all and one for each sector there is, the largest first.

    ``sectors``: one a symbol. ``button`` and ``counter``: types of the ids.
    """
    totals = Counter(sector or NO_SECTOR for sector in sectors)
    names = sorted(totals, key=lambda name: (name == NO_SECTOR, -totals[name], name))
    return [
        chip("sector", "", "All sectors", totals.total(), button, counter),
        *(chip("sector", name, name, totals[name], button, counter) for name in names),
    ]


def chip(
    name: str, value: str, text: str, total: int, button: str, counter: str, tip: str | None = None
) -> Component:
    """Return a button that sets the filter ``name`` to ``value`` and says how many it would show."""
    about = {"data-filter": name, "data-value": value, "aria-pressed": "false"}
    return html.Button(
        [text, html.Span(count(total), id={"type": counter, "value": value}, className="chip-count")],
        id={"type": button, "value": value},
        type="button",
        className="chip",
        **(about if tip is None else {**about, "data-tip": tip}),
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
