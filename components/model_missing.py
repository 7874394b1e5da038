"""Why there is no explanation of a signal, and what to do."""

from dash import html
from dash.development.base_component import Component

from components import formats
from components.explanation_words import as_sentence
from components.words import with_commands
from models.domain.explanation_views import Missing, ModelWhy


def missing_body(why: ModelWhy) -> list[Component]:
    """Say why there is no explanation, and what to do."""
    title, remedy = _missing_words(why)
    waits = why.missing is Missing.WAITING and why.worker_lives
    spinner = html.Span(className="spinner", **{"aria-hidden": "true"}) if waits else None
    return [
        html.Div(
            [html.P([spinner, title] if waits else title, className="plain strong")]
            + ([html.P(with_commands(remedy), className="plain")] if remedy else []),
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
        Missing.FAILED: (f"{model} could not explain {formats.day(why.session)}", as_sentence(why.said)),
    }
    return words.get(why.missing or Missing.WAITING) or _waiting_words(model, why)


def _waiting_words(model: str, why: ModelWhy) -> tuple[str, str]:
    if why.worker_lives:
        remedy = "The worker has been asked for it; it appears here by itself."
        return f"{model} is explaining {formats.day(why.session)}", remedy
    remedy = (
        "It is asked for, and appears here once one runs: `python -m app worker`, or all with `make run`."
    )
    return f"No worker is running, so {formats.day(why.session)} is not explained yet", remedy
