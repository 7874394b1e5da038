"""How past forecasts of a model did at the confidence of one, and whether the model is proven."""

from datetime import date

from dash import html
from dash.development.base_component import Component

from components import formats
from models.domain.explanation_views import BinEvidence, ModelStamp


def evidence_body(evidence: BinEvidence | None, model: ModelStamp | None) -> list[Component]:
    """Return how past forecasts of this confidence did, out of sample, and whether the model is proven."""
    if model is None:
        return [html.P("Without a model there is nothing to judge.", className="plain")]
    if evidence is None:
        words = f"{model.words} has not been judged at this confidence: nothing is known of how right it is."
        return [html.P(words, className="plain"), _proven(model)]
    sure = f"as sure as this ({_bin_words(evidence.bin)})"
    bounds = f"{formats.percent(evidence.low)} to {formats.percent(evidence.high)}"
    verdicts = {
        "above": ("better", "than the base rate: the interval lies above it"),
        "below": ("worse", "than the base rate: the interval lies below it"),
        "no edge": ("no edge", "the interval includes the base rate"),
    }
    head, words = verdicts[evidence.verdict]
    figures = (
        (
            formats.percent(evidence.accuracy),
            f"right, of forecasts {sure} · n = {formats.count(evidence.n)} · 95 %: {bounds}",
        ),
        (formats.percent(evidence.base_rate), "base rate: the commonest outcome of the same forecasts"),
        (head, words),
    )
    period = ""
    if evidence.first_session:
        ends = (date.fromisoformat(day) for day in (evidence.first_session, evidence.last_session))
        period = " from " + " to ".join(formats.day(day) for day in ends)
    note = (
        f"Walk-forward, out of sample{period}. Interval after Wilson for {evidence.n_independent:,.0f} "
        f"cases: labels of {evidence.horizon_sessions} sessions overlap."
    )
    return [
        html.Div(
            [
                html.Div(
                    [html.Div(value, className="key-figure"), html.Div(text, className="stamp")],
                    className="figure",
                )
                for value, text in figures
            ],
            className="figures",
        ),
        html.P(note, className="stamp fine-print"),
        _proven(model),
    ]


def _bin_words(name: str) -> str:
    low, high = (float(edge) for edge in name.split(" to "))
    return f"{100 * low:.0f} to {100 * high:.0f} %"


def _proven(model: ModelStamp) -> Component:
    if model.is_proven:
        how = "although the gate refused it" if model.is_forced else "by the gate"
        words = f"{model.words} is proven: promoted {how}, and its score counts."
    else:
        words = f"{model.words} is unproven: its score is shown and has no weight."
    return html.P(words, className="plain")
