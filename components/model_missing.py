"""Why there is no explanation of a signal, and what to do."""

from dash import html
from dash.development.base_component import Component

from components import formats
from models.domain.explanation_views import Missing, ModelWhy


def missing_body(why: ModelWhy) -> list[Component]:
    """Say why there is no explanation, and what to do."""
    title, remedy = _missing_words(why)
    waits = why.missing is Missing.WAITING
    spinner = html.Span(className="spinner", **{"aria-hidden": "true"}) if waits else None
    return [
        html.Div(
            [html.P([spinner, title] if waits else title, className="plain strong")]
            + ([html.P(remedy, className="plain")] if remedy else []),
            className="why-missing",
            role="status",
        )
    ]


def _missing_words(why: ModelWhy) -> tuple[str, str]:
    model = why.model.words if why.model else "the model"
    words = {
        Missing.NO_MODEL: (
            "No model yet: the score is technical alone",
            "`python -m app train` trains one; its score and the reasons for it then stand here.",
        ),
        Missing.NONE_SERVES: (
            "No model can score now",
            "Each was refused, rolled back or is damaged; the Models page says why.",
        ),
        Missing.UNKNOWN_MODEL: ("There is no such model", "Choose one on the Attention or the Models page."),
        Missing.SHORT_HISTORY: (
            f"No model score yet: {why.said}",
            f"{model} needs whole features over its window; it fills in by itself as sessions come.",
        ),
        Missing.WAITING: (
            f"{model} is explaining {formats.day(why.session)}",
            "The worker has been asked for it; it appears here by itself.",
        ),
        Missing.FAILED: (f"{model} could not explain {formats.day(why.session)}", why.said),
    }
    return words[why.missing or Missing.WAITING]
