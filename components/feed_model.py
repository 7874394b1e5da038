"""Which model's score stands in the feed, and whether it counts."""

from collections.abc import Iterable

from dash import dcc, html
from dash.development.base_component import Component

from models.domain.feed import FeedRow


def model_line(rows: Iterable[FeedRow]) -> list[Component]:
    """Return a line that says whose score is shown beside the technical one; nothing without any score."""
    scored = [row for row in rows if row.confluence is not None]
    if not scored:
        return []
    row = next((row for row in scored if row.model is not None), None)
    if row is None:
        return [
            html.Div(
                "Scores are technical alone: no model has scored this session.", className="stamp feed-model"
            )
        ]
    is_counted = counts(row)
    words = " counts in the score" if is_counted else " is shown beside the score and has no weight in it"
    why = f": {row.model_note}" if row.model_note else ""
    return [
        html.Div(
            [
                html.Span(
                    ["proven" if is_counted and not row.model_note else chip_words(row)],
                    className="badge-label none",
                ),
                f" The model {row.model_source}{words}{why}. ",
                dcc.Link("Its evidence", href="/models", className="panel-link"),
            ],
            className="stamp feed-model",
        )
    ]


def chip_words(row: FeedRow) -> str:
    """Return in a word or two what a row's model score is worth."""
    return "promoted by force" if counts(row) else "unproven"


def counts(row: FeedRow) -> bool:
    """Whether the model's score has weight in the confluence."""
    return any(name == "model" for name, _ in row.made_of)
