"""One explanation as figures without colours: features by day, and the attention strip under the price."""

from typing import Any

import numpy as np

from components import formats
from components.attribution_bars import N_SHOWN
from components.explanation_words import directions
from components.figures.heat import heat_source, month_ticks
from models.domain.explanation_views import ModelWhy
from models.domain.explanations import Explanation


def is_by_day(found: Explanation) -> bool:
    """Return whether an explanation is shared out among several days."""
    return found.day_attributions.size > 0 and len(found.window) > 1


def day_heat(why: ModelWhy) -> dict[str, Any] | None:
    """Return the strongest features by day of the window; None where they are not shared out by day."""
    found = why.explanation
    if found is None or not is_by_day(found):
        return None
    shown = why.lines[:N_SHOWN]
    places = [found.feature_names.index(line.name) for line in shown]
    days = found.window
    return heat_source(
        found.day_attributions[:, places].T.astype(np.float64),
        [(line.name, line.title, line.title) for line in shown],
        [formats.day(day) for day in days],
        ends=directions(found.shown_class, found.class_names),
        words=(
            f"What the {len(shown)} strongest features add to the logit of {found.shown_class}, by day of "
            f"the window of {len(days)} sessions; the sums stand in the list above."
        ),
        hint="Point at a cell, or use the arrow keys: what it adds to the logit.",
        title="Features by day",
        sides=(f"away from {found.shown_class}", f"towards {found.shown_class}"),
        ticks=month_ticks(days),
        gutter=150,
        decimals=4,
    )


def attention_strip(why: ModelWhy) -> dict[str, Any] | None:
    """Return the attention of each day, the mean over heads, for the strip under the price."""
    found = why.explanation
    if found is None or not found.attention.size:
        return None
    weights = found.attention.mean(axis=0).astype(np.float64)
    return {
        "symbol": why.symbol,
        "days": [day.isoformat() for day in found.window],
        "weights": [round(float(weight), 5) for weight in weights],
        "even": 1.0 / len(found.window),
    }
