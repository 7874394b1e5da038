"""Why a model gave its score: attributions that add up, by feature, family and day."""

from typing import Any

import numpy as np
from dash import html
from dash.development.base_component import Component

from components import formats
from components.explanation_words import FAMILIES, METHODS, deletion_badge, deletion_sentence, directions
from components.figures.heat import heat_source, month_ticks
from components.states import skeleton
from models.domain.explanation_views import BinEvidence, FeatureLine, Missing, ModelStamp, ModelWhy
from models.domain.explanations import Explanation, Stability

N_SHOWN = 8  # features with a bar of their own; the rest is one line
_LARGEST_ERROR = 1e-3  # what an attribution may miss its sum by


def why_body(why: ModelWhy) -> list[Component]:
    """Return what stands behind the model's score; with nothing stored, what is missing and what to do."""
    found = why.explanation
    if found is None or why.model is None:
        return missing_body(why)
    shown, hidden = why.lines[:N_SHOWN], why.lines[N_SHOWN:]
    return [
        *_notices(why, found),
        _verdict_line(found, why.model),
        html.Div(
            [*(_feature_row(line, found, _largest(why.lines)) for line in shown), *_rest_rows(found, hidden)],
            className="parts attributions",
        ),
        html.Ul([html.Li(sentence) for sentence in found.sentences[:3]], className="sentences"),
        html.H4("From the baseline to this forecast, by family", className="family"),
        _waterfall(why, found),
        *_attention_lines(why, found),
        html.P(_fine_print(why, found), className="stamp fine-print"),
    ]


def loading_body() -> list[Component]:
    """Return the section in its final size, before anything is known."""
    return [skeleton(22, 240, 60, 220)]


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


def _notices(why: ModelWhy, found: Explanation) -> list[Component]:
    notices: list[Component] = []
    if why.is_replaced and why.model and why.serving:
        words = (
            f"This explains {why.model.words}, whose score the signal holds. "
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
    standing = "proven" if model.is_proven else "unproven: shown, without weight in the score"
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
            html.Span(f"{model.words}, {standing}", className="stamp"),
        ],
        className="model-says",
    )


def _largest(lines: tuple[FeatureLine, ...]) -> float:
    return max((abs(line.attribution) for line in lines), default=1.0) or 1.0


def _feature_row(line: FeatureLine, found: Explanation, largest: float) -> Component:
    tip = line.formula
    if line.percentile is not None:
        tip += f". Higher than {formats.percent(line.percentile, 0)} of the training's values."
    error = f" ± {line.standard_error:.3f}" if line.standard_error else ""
    return _bar_row(
        html.Span(line.title, className="has-tip part-name", tabIndex=0, **{"data-tip": tip}),
        line.words,
        line.attribution,
        largest,
        found,
        error,
    )


def _bar_row(
    name: Component,
    value: str,
    attribution: float,
    largest: float,
    found: Explanation,
    error: str = "",
    class_name: str = "",
) -> Component:
    away, towards = directions(found.shown_class, found.class_names)
    share = min(abs(attribution) / largest, 1.0) * 50
    left = 50 - share if attribution < 0 else 50
    side = "towards" if attribution >= 0 else "away from"
    return html.Div(
        [
            html.Div(name, className="part-what"),
            html.Div(value, className="part-value num"),
            html.Div(
                html.Div(
                    className=f"part-fill is-{towards if attribution >= 0 else away}",
                    style={"left": f"{left:.1f}%", "width": f"{share:.1f}%"},
                ),
                className="part-bar",
                role="img",
                **{"aria-label": f"pushes {side} {found.shown_class} by {abs(attribution):.3f}"},
            ),
            html.Div([formats.signed(attribution, 3, plus=True), error], className="part-sum num"),
        ],
        className=f"part attribution {class_name}".strip(),
    )


def _rest_rows(found: Explanation, hidden: tuple[FeatureLine, ...]) -> list[Component]:
    total = float(found.attributions.sum())
    rows = []
    if hidden:
        rest = sum(line.attribution for line in hidden)
        words = f"{len(hidden)} other features"
        rows.append(
            html.Div(
                [
                    html.Div(html.Span(words, className="quiet"), className="part-what"),
                    html.Div(className="part-value"),
                    html.Div(),
                    html.Div(formats.signed(rest, 3, plus=True), className="part-sum num"),
                ],
                className="part attribution",
            )
        )
    ends = f"{formats.signed(found.output, 3)} less baseline {formats.signed(found.base_output, 3)}"
    words = f"Logit of {found.shown_class}, {ends}"
    rows.append(
        html.Div(
            [
                html.Div(html.Span(words, className="part-name"), className="part-what part-span"),
                html.Div(formats.signed(total, 3, plus=True), className="part-sum num strong"),
            ],
            className="part attribution part-total",
        )
    )
    return rows


def _waterfall(why: ModelWhy, found: Explanation) -> Component:
    """Return the families as steps from the baseline's output to this one, on one scale."""
    place = found.class_names.index(found.shown_class)
    base_share = float(found.base_probabilities[place])
    steps = [found.base_output]
    for _, value in why.families:
        steps.append(steps[-1] + value)
    low, high = min(*steps, found.output), max(*steps, found.output)
    span = (high - low) or 1.0
    away, towards = directions(found.shown_class, found.class_names)

    def at(value: float) -> float:
        return 100.0 * (value - low) / span

    rows = [_end_row("Baseline", at(found.base_output), found.base_output, base_share)]
    for (family, value), begin in zip(why.families, steps, strict=False):
        left, right = sorted((at(begin), at(begin + value)))
        rows.append(
            html.Div(
                [
                    html.Div(FAMILIES[family], className="part-what quiet"),
                    html.Div(
                        html.Div(
                            className=f"part-fill is-{towards if value >= 0 else away}",
                            style={"left": f"{left:.2f}%", "width": f"{max(right - left, 0.4):.2f}%"},
                        ),
                        className="part-bar is-step",
                    ),
                    html.Div(formats.signed(value, 3, plus=True), className="part-sum num"),
                    html.Div(className="part-sum"),
                ],
                className="part step",
            )
        )
    rows.append(_end_row("This forecast", at(found.output), found.output, found.shown_probability))
    return html.Div(rows, className="parts waterfall")


def _end_row(name: str, at: float, output: float, share: float) -> Component:
    return html.Div(
        [
            html.Div(name, className="part-what part-name"),
            html.Div(
                html.Div(className="step-mark", style={"left": f"{at:.2f}%"}), className="part-bar is-step"
            ),
            html.Div(formats.signed(output, 3), className="part-sum num"),
            html.Div(formats.percent(share), className="part-sum num strong"),
        ],
        className="part step step-end",
    )


def _attention_lines(why: ModelWhy, found: Explanation) -> list[Component]:
    if not found.attention.size:
        words = "This kind of model has no attention; the heat below is its attribution by day."
        return [html.P(words, className="plain")] if found.day_attributions.size else []
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


def stability_words(found: Stability | None, symbol: str | None = None) -> str:
    """Return how alike another training explains the same, as a rank correlation."""
    if found is None:
        return "Stability over retrainings: only one training so far."
    own = found.by_symbol.get(symbol or "")
    parts = []
    if symbol and own is not None:
        parts.append(f"{own:.2f} for {symbol}")
    if found.median is not None:
        parts.append(f"{found.median:.2f} in the median of {formats.count(found.n_symbols)} symbols")
    if found.universe is not None:
        parts.append(f"{found.universe:.2f} over the universe")
    words = ", ".join(parts) or "the two share too few features"
    return f"Stability (rank correlation with the attributions of model {found.other_model_id}): {words}."


def evidence_body(evidence: BinEvidence | None, model: ModelStamp | None) -> list[Component]:
    """Return how past forecasts of this confidence did, out of sample, and whether the model is proven."""
    if model is None:
        return [html.P("Without a model there is nothing to judge.", className="plain")]
    if evidence is None:
        words = f"{model.words} has not been judged at this confidence: nothing is known of how right it is."
        return [html.P(words, className="plain"), _proven(model)]
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
            f"right, of forecasts of {evidence.bin} · n = {formats.count(evidence.n)} · 95 %: {bounds}",
        ),
        (formats.percent(evidence.base_rate), "base rate: the commonest outcome of the same forecasts"),
        (head, words),
    )
    period = ""
    if evidence.first_session:
        period = f" from {evidence.first_session} to {evidence.last_session}"
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


def _proven(model: ModelStamp) -> Component:
    if model.is_proven:
        how = "although the gate refused it" if model.is_forced else "by the gate"
        words = f"{model.words} is proven: promoted {how}, and its score counts."
    else:
        words = f"{model.words} is unproven: its score is shown and has no weight."
    return html.P(words, className="plain")


def day_heat(why: ModelWhy) -> dict[str, Any] | None:
    """Return the strongest features by day of the window; None where they are not shared out by day."""
    found = why.explanation
    if found is None or not found.day_attributions.size:
        return None
    shown = why.lines[:N_SHOWN]
    places = [found.feature_names.index(line.name) for line in shown]
    days = found.window
    return heat_source(
        found.day_attributions[:, places].T.astype(np.float64),
        [(line.name, line.title, line.title) for line in shown],
        [formats.day(day) for day in days],
        ends=directions(found.shown_class, found.class_names),
        words=(
            f"What the {len(shown)} strongest features add to the logit of {found.shown_class}, by day of "
            f"the window of {len(days)} sessions; the sums stand in the list above."
        ),
        hint="Point at a cell, or use the arrow keys: what that feature on that day adds to the output.",
        ticks=month_ticks(days),
        gutter=150,
        decimals=4,
    )


def attention_strip(why: ModelWhy) -> dict[str, Any] | None:
    """Return the attention of each day, the mean over heads, for the strip under the price."""
    found = why.explanation
    if found is None or not found.attention.size:
        return None
    weights = found.attention.mean(axis=0).astype(np.float64)
    return {
        "symbol": why.symbol,
        "days": [day.isoformat() for day in found.window],
        "weights": [round(float(weight), 5) for weight in weights],
        "even": 1.0 / len(found.window),
    }
