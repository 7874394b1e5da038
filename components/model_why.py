"""Why a model gave its score: what it says, what that rests on, and how far it adds up."""

from dash import html
from dash.development.base_component import Component

from components import formats
from components.attribution_bars import attribution_bars, waterfall
from components.explanation_words import (
    METHODS,
    deletion_badge,
    deletion_sentence,
    directions,
    stability_words,
)
from components.figures.explanation import is_by_day
from components.model_missing import missing_body
from components.states import skeleton
from models.domain.explanation_views import ModelStamp, ModelWhy
from models.domain.explanations import Explanation

_LARGEST_ERROR = 1e-3  # what an attribution may miss its sum by


def why_body(why: ModelWhy) -> list[Component]:
    """Return what stands behind the model's score; with nothing stored, what is missing and what to do."""
    found = why.explanation
    if found is None or why.model is None:
        return missing_body(why)
    return [
        *_notices(why, found),
        _verdict_line(found, why.model),
        attribution_bars(why, found),
        html.Ul([html.Li(sentence) for sentence in found.sentences], className="sentences"),
        html.H4("From the baseline to this forecast, by family", className="family"),
        waterfall(why, found),
        *_attention_lines(why, found),
        html.P(_fine_print(why, found), className="stamp fine-print"),
    ]


def loading_body() -> list[Component]:
    """Return the section in its final size, before anything is known."""
    return [skeleton(34, 236, 185, 226, 136)]


def _notices(why: ModelWhy, found: Explanation) -> list[Component]:
    notices: list[Component] = []
    if why.is_replaced and why.model and why.serving:
        words = (
            f"This explains {why.model.words}, as chosen; {why.serving.words} serves. "
            if why.is_chosen
            else f"This explains {why.model.words}, whose score the signal holds. "
            f"{why.serving.words} has taken its place since. "
        )
        about = {"data-filter": "model", "data-value": str(why.serving.id)}
        button = html.Button(
            f"Explain with {why.serving.words}", type="button", className="link-button", **about
        )
        notices.append(html.Div([words, button], className="notice notice-warn"))
    if why.model and found.model_hash != why.model.content_hash:
        words = "The model was trained anew since: these figures are of its earlier content."
        notices.append(html.Div(words, className="notice notice-warn"))
    n_filled = int(found.is_filled.sum())
    if n_filled:
        words = (
            f"{n_filled} of the window's {len(found.window)} sessions "
            f"{'has' if n_filled == 1 else 'have'} no bar of {why.symbol}: the session before stands in."
        )
        notices.append(html.Div(words, className="notice notice-warn"))
    if found.additivity_error > _LARGEST_ERROR:
        words = "The parts do not add up to the output: do not rely on them."
        notices.append(html.Div(words, className="notice notice-warn"))
    return notices


def _verdict_line(found: Explanation, model: ModelStamp) -> Component:
    """Return what the model says, as probabilities, and which model it is."""
    away, towards = directions(found.shown_class, found.class_names)
    del away
    shares = [
        f"{name} {formats.percent(float(value))}"
        for name, value in zip(found.class_names, found.probabilities, strict=True)
        if name != found.shown_class
    ]
    standing = "proven" if model.is_proven else "unproven: without weight"
    return html.Div(
        [
            html.Span(
                [
                    html.Span(found.shown_class, className=f"strong {towards}"),
                    f" {formats.percent(found.shown_probability)}",
                ],
                className="key-figure",
            ),
            html.Span(" · ".join(shares), className="quiet"),
            html.Span(f"{model.words}, {formats.day(found.session)} close, {standing}", className="stamp"),
        ],
        className="model-says",
    )


def _attention_lines(why: ModelWhy, found: Explanation) -> list[Component]:
    if not found.attention.size:
        words = "This kind of model has no attention"
        instead = "the heat below is its attribution by day"
        if not is_by_day(found):
            instead = "it sees one session alone"
        return [html.P(f"{words}; {instead}.", className="plain")]
    lines: list[Component] = [
        html.Div(
            [
                html.H4("Attention by day, under the price", className="family"),
                deletion_badge(why.deletion),
            ],
            className="badge-line",
        )
    ]
    if why.deletion is not None:
        lines.append(html.P(deletion_sentence(why.deletion), className="stamp"))
    return lines


def _fine_print(why: ModelWhy, found: Explanation) -> str:
    parts = [
        f"{METHODS[found.method]} on the logit of {found.shown_class}; baseline: {found.baseline}",
        f"sums to the output within {_power(found.additivity_error)}",
        f"families: exact Shapley values, within {_power(found.family_error)}",
        f"model content {found.model_hash[:8]}",
    ]
    return "; ".join(parts) + ". " + stability_words(why.stability, why.symbol)


def _power(error: float) -> str:
    return "1e-16" if error < 1e-16 else f"{error:.0e}"
