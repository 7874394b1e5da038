"""What if: the strongest features under the hand, and what the model would say. Never a signal."""

from dash import dcc, html
from dash.development.base_component import Component

from components import formats
from components.ids import Signals
from models.domain.what_if import Adjustable, WhatIfAnswer, WhatIfGround

_STEPS = 200
_BEYOND = 0.15  # of the range: how far a slider goes past what training has seen, to say that it may not


def opener() -> Component:
    """Return the button that opens the question."""
    return _button("open", "What if the values were others?", "button")


def _button(value: str, words: str, class_name: str) -> Component:
    about = {"type": Signals.WHAT_IF_BUTTON, "value": value}
    return html.Button(words, id=about, type="button", className=class_name)


def sliders(ground: WhatIfGround) -> list[Component]:
    """Return a slider a feature; the marks are the ends of what training has seen."""
    return [
        html.Div([_slider(each) for each in ground.features], className="what-if-sliders"),
        html.Div(
            [
                _button("reset", "As it was", "link-button"),
                html.Span(
                    "Changes the newest session alone; the ones before it stay as they were.",
                    className="stamp",
                ),
            ],
            className="what-if-foot",
        ),
    ]


def _slider(feature: Adjustable) -> Component:
    span = feature.high - feature.low or 1.0
    return html.Div(
        [
            html.Div(
                [html.Span(feature.title), html.Span(f"now {feature.words}", className="stamp")],
                className="what-if-name",
            ),
            dcc.Slider(
                id={"type": Signals.WHAT_IF_SLIDER, "value": feature.name},
                min=round(feature.low - _BEYOND * span, 6),
                max=round(feature.high + _BEYOND * span, 6),
                step=span / _STEPS,
                value=feature.value,
                marks={feature.low: "lowest seen", feature.high: "highest seen"},
                updatemode="drag",
                included=False,
                allow_direct_input=False,
            ),
        ],
        className="what-if-row",
    )


def answer_card(answer: WhatIfAnswer) -> list[Component]:
    """Return the forecast as it would be beside the one that is."""
    if not answer.changed:
        return [html.P("Move a slider: the model's answer stands here at once.", className="plain")]
    changed = ", ".join(f"{title} {words}" for title, words in answer.changed)
    return [
        html.Div(
            [
                html.Span("Hypothetical", className="verdict-badge is-warn"),
                html.Span(changed, className="quiet"),
            ],
            className="what-if-head",
        ),
        html.Div(
            [
                *(
                    _change(f"P({name})", formats.percent(before), formats.percent(after), after - before)
                    for name, before, after in zip(
                        answer.class_names, answer.now.probabilities, answer.then.probabilities, strict=True
                    )
                ),
                _change(
                    "Model score",
                    formats.score(answer.now.score),
                    formats.score(answer.then.score),
                    answer.then.score - answer.now.score,
                ),
            ],
            className="what-if-changes",
        ),
        html.P(_signal_words(answer), className="plain strong"),
    ]


def _change(name: str, before: str, after: str, difference: float) -> Component:
    return html.Div(
        [
            html.Span(name, className="quiet"),
            html.Span(before, className="num"),
            html.Span("→", **{"aria-label": "to"}),
            html.Span(after, className="num strong"),
            html.Span(formats.signed(difference, 3, plus=True), className="stamp num"),
        ],
        className="what-if-change",
    )


def _signal_words(answer: WhatIfAnswer) -> str:
    now, then = answer.now, answer.then
    if then.label is None:
        return "There is no signal to change: no source has a score."
    if not answer.counts:
        return (
            f"The signal would stay {formats.label_text(now.label)}: an unproven model has no weight in it."
        )
    scores = f"score {formats.score(now.confluence)} to {formats.score(then.confluence)}"
    if now.label is then.label:
        return f"The signal would stay {formats.label_text(then.label)} ({scores})."
    turn = f"from {formats.label_text(now.label)} to {formats.label_text(then.label)}"
    return f"The signal would turn {turn} ({scores})."


def refusal(why: str) -> list[Component]:
    """Return why there is no answer."""
    return [html.Div(f"{why}.", className="notice notice-warn", role="status")]
