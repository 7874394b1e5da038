"""Controls above the feed's rows: which labels, how much confidence, which session.

They carry ``data-filter`` as the other filters do; ``assets/12-tools.js`` keeps them and the address equal.
"""

from dash import html
from dash.development.base_component import Component

from components.ids import Signals

THRESHOLD_WORDS = (
    "Score above 0.65 Strong buy · above 0.55 Buy · 0.45 to 0.55 Hold · from 0.35 Sell · below Strong sell"
)
QUANTILE_WORDS = (
    "Of the universe's scores in 252 sessions: top 5 % Strong buy · top 20 % Buy · bottom 20 % Sell · "
    "bottom 5 % Strong sell"
)
_THRESHOLD_TIP = "Labels by fixed limits of the score: 0.35, 0.45, 0.55 and 0.65."
_QUANTILE_TIP = (
    "Labels by the score's place among all scores of the universe in the last 252 sessions: highest 5 % "
    "Strong buy, next 15 % Buy, lowest 5 % Strong sell, next 15 % Sell. Confidence stays that of labels "
    "by thresholds."
)
_KINDS = (("", "Thresholds", _THRESHOLD_TIP), ("quantile", "Quantiles", _QUANTILE_TIP))
_CONFIDENCES = (
    ("", "Any confidence"),
    ("50", "≥ 50 %"),
    ("52", "≥ 52 %"),
    ("55", "≥ 55 %"),
    ("base", "> base rate"),
)


def feed_tools() -> Component:
    """Return the controls; the field of the session is made in the browser, where Dash has none."""
    return html.Div(
        [
            html.Div(
                [_kind(*kind) for kind in _KINDS],
                className="choice",
                role="group",
                **{"aria-label": "Labels by"},
            ),
            html.Label("Confidence", htmlFor=Signals.CONFIDENCE, className="visually-hidden"),
            html.Select(
                [html.Option(words, value=value) for value, words in _CONFIDENCES],
                id=Signals.CONFIDENCE,
                className="chip-field",
                **{"data-filter": "confidence"},
            ),
            html.Div(id=Signals.SESSION, className="session-field"),
        ],
        className="feed-tools",
    )


def _kind(value: str, words: str, tip: str) -> Component:
    return html.Button(
        words,
        id={"type": Signals.LABELS_BY, "value": value},
        type="button",
        className="choice-button",
        **{"data-filter": "labels", "data-value": value, "data-tip": tip, "aria-pressed": "false"},
    )


def legend() -> list[Component]:
    """Return what the labels mean, of which the page shows the kind that is chosen."""
    return [
        html.Span(THRESHOLD_WORDS, className="legend-words by-threshold"),
        html.Span(QUANTILE_WORDS, className="legend-words by-quantile"),
    ]
