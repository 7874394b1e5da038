"""Plotly templates of every palette, for the browser to choose from."""

from typing import Any

from components.figures.attention import attention_template
from components.figures.models import models_template
from components.figures.price import price_template
from components.figures.quality import quality_template
from components.figures.risk import exceptions_template, fan_template, risk_template
from components.theme import PALETTES


def all_templates() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the templates of each family of figures by palette key."""
    return {
        "price": {each.key: price_template(each) for each in PALETTES},
        "attention": {each.key: attention_template(each) for each in PALETTES},
        "models": {each.key: models_template(each) for each in PALETTES},
        "quality": {each.key: quality_template(each) for each in PALETTES},
        "risk": {each.key: risk_template(each) for each in PALETTES},
        "fan": {each.key: fan_template(each) for each in PALETTES},
        "exceptions": {each.key: exceptions_template(each) for each in PALETTES},
    }
