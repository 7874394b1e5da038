"""Sentences with commands in them."""

from dash import html
from dash.development.base_component import Component


def with_commands(sentence: str) -> list[str | Component]:
    """Return a sentence whose parts between backticks are set as code."""
    parts = sentence.split("`")
    return [html.Code(part) if place % 2 else part for place, part in enumerate(parts) if part]
