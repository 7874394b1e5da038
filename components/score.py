"""Why a symbol has its score: the four parts of the technical score and what the confluence is made of."""

from dataclasses import dataclass

import numpy as np
from dash import html
from dash.development.base_component import Component

from components import formats
from components.feed_model import counts
from models.domain.feed import FeedRow, TickerDetail
from models.domain.signals import CONFLUENCE_WEIGHTS, TECHNICAL_WEIGHTS, Label

# The technical label's own, wider thresholds; the confluence has narrower ones.
_TECHNICAL_RANGES = {
    Label.STRONG_SELL: "below 0.30",
    Label.SELL: "between 0.30 and 0.40",
    Label.HOLD: "between 0.40 and 0.60",
    Label.BUY: "between 0.60 and 0.70",
    Label.STRONG_BUY: "above 0.70",
}
_CONFLUENCE_RANGES = {
    Label.STRONG_SELL: "below 0.35",
    Label.SELL: "between 0.35 and 0.45",
    Label.HOLD: "between 0.45 and 0.55",
    Label.BUY: "between 0.55 and 0.65",
    Label.STRONG_BUY: "above 0.65",
}
_QUANTILE_PLACES = {
    Label.STRONG_SELL: "among the lowest 5 %",
    Label.SELL: "above the lowest 5 %, among the lowest 20 %",
    Label.HOLD: "in the middle 60 %",
    Label.BUY: "among the highest 20 %, below the highest 5 %",
    Label.STRONG_BUY: "among the highest 5 %",
}
_ABSENT = {"sentiment": "No sentiment source yet", "model": "No model yet", "technical": "No technical score"}
_NAMES = {"rsi_score": "RSI 14", "macd_score": "MACD", "ma_score": "Averages", "bb_score": "Bollinger"}
_FORMULAS = {
    "rsi_score": "(70 − RSI) / 40, clipped to 0…1: high where the price has fallen fast",
    "macd_score": "0.6 where MACD is above its signal line, 0.4 where below, 0.5 where equal",
    "ma_score": "0.2 + 0.6 k/3, k = how many of close > SMA 50, SMA 50 > SMA 200, close > SMA 200 hold",
    "bb_score": "0.3 below the lower band, 0.7 above the upper, else 0.5",
}
# A part's bar reaches its end where it moves the technical score by this much.
_FULL_BAR = 0.15


@dataclass(frozen=True)
class ScorePart:
    """One part: ``contribution`` = score x weight; all four add up to the technical score."""

    name: str
    title: str
    evidence: str
    score: float
    weight: float

    @property
    def contribution(self) -> float:
        """What the part adds to the technical score."""
        return self.score * self.weight

    @property
    def push(self) -> float:
        """How far the part moves the technical score from the neutral 0.5."""
        return (self.score - 0.5) * self.weight


def score_parts(detail: TickerDetail) -> tuple[ScorePart, ...]:
    """Return the parts of a symbol's technical score with the values behind them; none without a score."""
    row = detail.row
    scores = {
        "rsi_score": row.rsi_score,
        "macd_score": row.macd_score,
        "ma_score": row.ma_score,
        "bb_score": row.bb_score,
    }
    evidence = _evidence(detail)
    return tuple(
        ScorePart(name, _NAMES[name], evidence[name], score, TECHNICAL_WEIGHTS[name])
        for name, score in scores.items()
        if score is not None
    )


def why_card(detail: TickerDetail) -> list[Component]:
    """Return the parts as bars around neutral, their sum, and what the headline is made of."""
    row = detail.row
    if row.confluence is None:
        return [
            html.P(row.reason or "No score yet.", className="plain strong"),
            html.P(
                "The chart and the indicators that need fewer sessions are shown all the same.",
                className="plain",
            ),
        ]
    parts = score_parts(detail)
    return [
        html.Div([*(_part_row(part) for part in parts), _sum_row(row)], className="parts"),
        *(html.P(sentence, className="plain") for sentence in label_sentences(row)),
    ]


def label_sentences(row: FeedRow) -> list[str]:
    """Return what the labels rest on, in words."""
    sentences = []
    if row.label is not None:
        sentences.append(
            f"Headline: {formats.label_text(row.label)}, as the score {formats.score(row.confluence)} lies "
            f"{_CONFLUENCE_RANGES[row.label]}. Made of {formats.shares(row.made_of)}."
        )
    if counts(row):
        grace = f" ({row.model_note})" if row.model_note else ""
        sentences.append(f"The model {row.model_source} says {formats.score(row.model)}{grace}.")
    absent = missing_sources(row)
    if absent:
        sentences.append(absent)
    if row.quantile_label is not None:
        sentences.append(
            f"By quantile: {formats.label_text(row.quantile_label)}, as the score stands "
            f"{_QUANTILE_PLACES[row.quantile_label]} of the universe's over the last 252 sessions."
        )
    if row.technical_label is not None:
        sentences.append(
            f"Technical label: {formats.label_text(row.technical_label)} "
            f"({_TECHNICAL_RANGES[row.technical_label]}), by its own, wider thresholds."
        )
    return sentences


def missing_sources(row: FeedRow) -> str:
    """Return which sources are missing or unproven and where their weight went; empty where all count."""
    present = [name for name, _ in row.made_of]
    absent = [name for name in CONFLUENCE_WEIGHTS if name not in present]
    if not present or not absent:
        return ""
    weight = formats.percent(sum(CONFLUENCE_WEIGHTS[name] for name in absent), 0)
    sentences = [_ABSENT[name] if getattr(row, name) is None else _unproven(row) for name in absent]
    words = ", ".join([sentences[0], *(sentence[0].lower() + sentence[1:] for sentence in sentences[1:])])
    return f"{words}: {'its' if len(absent) == 1 else 'their'} {weight} went to {' and '.join(present)}."


def _unproven(row: FeedRow) -> str:
    """Say whose score is shown and does not count, and why."""
    source = f" {row.model_source}" if row.model_source else ""
    why = f" ({row.model_note[0].lower()}{row.model_note[1:]})" if row.model_note else ""
    return f"The model{source} says {formats.score(row.model)} and is unproven{why}"


def _evidence(detail: TickerDetail) -> dict[str, str]:
    values = {each.metadata.name: each.value for each in detail.indicators}
    macd, signal = values.get("macd"), values.get("macd_signal")
    macd_text = ""
    if macd is not None and signal is not None:
        place = "above" if macd > signal else "below" if macd < signal else "at"
        shown, beside = formats.signed(macd, 2), formats.signed(signal, 2)
        is_close = shown == beside and macd != signal
        macd_text = f"{shown}, just {place} signal" if is_close else f"{shown} {place} signal {beside}"
    close, sma_50, sma_200 = (_last(array) for array in (detail.close, detail.sma_50, detail.sma_200))
    held = sum((close > sma_50, sma_50 > sma_200, close > sma_200))
    lower, upper = _last(detail.bb_lower), _last(detail.bb_upper)
    place = (
        "below the lower band"
        if close < lower
        else "above the upper band"
        if close > upper
        else "inside the bands"
    )
    return {
        "rsi_score": f"= {_last(detail.rsi_14):.1f}",
        "macd_score": macd_text,
        "ma_score": f"{held} of 3 hold",
        "bb_score": place,
    }


def _last(array: np.ndarray) -> float:
    return float(array[-1]) if array.size else float("nan")


def _part_row(part: ScorePart) -> Component:
    share = min(abs(part.push) / _FULL_BAR, 1.0) * 50
    left = 50 - share if part.push < 0 else 50
    text = f"{formats.score(part.score)} × {formats.percent(part.weight, 0)} ="
    return html.Div(
        [
            html.Div(
                [
                    html.Span(
                        part.title,
                        className="has-tip part-name",
                        tabIndex=0,
                        **{"data-tip": _FORMULAS[part.name]},
                    ),
                    html.Span(part.evidence, className="part-evidence"),
                ],
                className="part-what",
            ),
            html.Div(
                html.Div(className="part-fill", style={"left": f"{left:.1f}%", "width": f"{share:.1f}%"}),
                className="part-bar",
                role="img",
                **{"aria-label": f"moves the score by {formats.signed(part.push, 3, plus=True)}"},
            ),
            html.Div(text, className="part-product num"),
            html.Div(formats.score(part.contribution), className="part-sum num"),
        ],
        className="part",
    )


def _sum_row(row: FeedRow) -> Component:
    return html.Div(
        [
            html.Div(
                html.Span("Technical score", className="part-name"),
                className="part-what",
            ),
            html.Div(className="part-rule"),
            html.Div("sum", className="part-product"),
            html.Div(formats.score(row.technical), className="part-sum num strong"),
        ],
        className="part part-total",
    )
