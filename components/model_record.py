"""How past forecasts of a model did that said the same as surely, and whether the model is proven."""

from datetime import date

from dash import html
from dash.development.base_component import Component

from components import formats
from models.domain.explanation_views import BinEvidence, ModelStamp


def evidence_body(evidence: BinEvidence | None, model: ModelStamp | None) -> list[Component]:
    """Return how past forecasts like this one did, out of sample, and whether the model is proven."""
    if model is None:
        return [html.P("Without a model there is nothing to judge.", className="plain")]
    if evidence is None:
        words = f"{model.words} has not been judged at this confidence: nothing is known of how right it is."
        return [html.P(words, className="plain"), _proven(model)]
    came = f"{evidence.shown} comes" if evidence.shown else "what they said comes"
    figures = (
        (formats.percent(evidence.accuracy), _right(evidence)),
        (formats.percent(evidence.base_rate), f"base rate: how often {came}, whatever is said"),
        _verdict(evidence),
    )
    return [
        *_shortage(evidence),
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
        html.P(_how_judged(evidence), className="stamp fine-print"),
        _proven(model),
    ]


def _right(evidence: BinEvidence) -> str:
    of_class = f"that said {evidence.shown}" if evidence.shown else "of any class"
    bounds = ""
    if evidence.low is not None and evidence.high is not None:
        bounds = f" · 95 %: {formats.percent(evidence.low)} to {formats.percent(evidence.high)}"
    return (
        f"right, of past signals {of_class} as surely as this ({_bin_words(evidence.bin)}) · "
        f"n = {formats.count(evidence.n)} on {formats.count(evidence.n_sessions)} sessions{bounds}"
    )


def _verdict(evidence: BinEvidence) -> tuple[str, str]:
    """Return where past signals lie beside their base rate, and by how much."""
    if evidence.excess_low is None or evidence.excess_high is None:
        return "too few", f"{formats.count(evidence.n_sessions)} sessions are too few for an interval"
    low, high = (
        formats.signed(100.0 * bound, 1, plus=True) for bound in (evidence.excess_low, evidence.excess_high)
    )
    heads = {"above": "better", "below": "worse", "no edge": "no edge"}
    return heads[evidence.verdict], f"against the base rate: {low} to {high} points (95 %)"


def _shortage(evidence: BinEvidence) -> list[Component]:
    """Say why the evidence is not of the class that is shown."""
    few = evidence.shortage
    if few is None:
        return []
    words = (
        f"Too few past signals said {few.shown} as surely as this: {formats.count(few.n)} on "
        f"{formats.count(few.n_sessions)} sessions. Those of any class stand in."
    )
    return [html.P(words, className="plain")]


def _how_judged(evidence: BinEvidence) -> str:
    period = ""
    if evidence.first_session:
        ends = (date.fromisoformat(day) for day in (evidence.first_session, evidence.last_session))
        period = " from " + " to ".join(formats.day(day) for day in ends)
    return f"Walk-forward, out of sample{period}. Intervals over blocks of sessions."


def _bin_words(name: str) -> str:
    low, high = (float(edge) for edge in name.split(" to "))
    return f"{100 * low:.0f} to {100 * high:.0f} %"


def _proven(model: ModelStamp) -> Component:
    if model.is_proven:
        how = "although the gate refused it" if model.is_forced else "by the gate"
        words = f"{model.words} is proven: promoted {how}, and its score counts."
    else:
        words = f"{model.words} is unproven: its score is shown and has no weight."
    age = f" It learnt from sessions to {formats.day(model.train_to)}."
    return html.P([words, html.Span(age, className="stamp")], className="plain")
