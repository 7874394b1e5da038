"""Plotly templates of every palette, for the browser to choose from."""

from typing import Any

from components.figures.price import price_template
from components.theme import PALETTES


def all_templates() -> dict[str, dict[str, Any]]:
    """Return the price chart's template by palette key."""
    return {each.key: price_template(each) for each in PALETTES}
