"""How explanations are said and coloured: methods, families, directions, verdicts."""

from dash import html
from dash.development.base_component import Component

from components import formats
from models.domain.explanations import AttentionVerdict, DeletionTest, Method, Stability
from models.domain.features import FeatureFamily

METHODS = {
    Method.INTEGRATED_GRADIENTS: "Integrated gradients",
    Method.SHAPLEY_SAMPLING: "SHAP, sampled over features",
    Method.TREE_SHAP: "TreeSHAP",
    Method.LINEAR: "Exact for a linear model",
}
FAMILIES = {
    FeatureFamily.MOMENTUM: "Momentum",
    FeatureFamily.VOLATILITY: "Volatility",
    FeatureFamily.TREND: "Trend",
    FeatureFamily.VOLUME: "Volume",
    FeatureFamily.RELATIVE_STRENGTH: "Relative strength",
    FeatureFamily.CROSS_SECTION: "Against the universe",
    FeatureFamily.REGIME: "Market regime",
    FeatureFamily.CALENDAR: "Calendar",
}


def directions(shown_class: str, class_names: tuple[str, ...]) -> tuple[str, str]:
    """Return the colour tokens of a push away from the shown class and of one towards it.

    Towards Up is up, towards Down is down; a class between them is no direction.
    """
    if shown_class == class_names[-1]:
        return "down", "up"
    if shown_class == class_names[0]:
        return "up", "down"
    return "hold", "model"


def deletion_badge(test: DeletionTest | None, has_attention: bool = True) -> Component:
    """Return the verdict of the deletion test as a badge; the words alone say all."""
    if not has_attention:
        return html.Span("No attention", className="verdict-badge")
    if test is None:
        tip = "Nobody has tested yet whether this model's attention matters for what it says."
        return html.Span("Not tested", className="verdict-badge is-warn", tabIndex=0, **{"data-tip": tip})
    is_faithful = test.verdict is AttentionVerdict.FAITHFUL
    sign, words = ("✓", "Faithful") if is_faithful else ("!", "Do not read this as a reason")
    return html.Span(
        [html.Span(sign, **{"aria-hidden": "true"}), f" {words}"],
        className=f"verdict-badge {'is-sound' if is_faithful else 'is-warn'}",
        tabIndex=0,
        **{"data-tip": as_sentence(test.reason)},
    )


def as_sentence(words: str) -> str:
    """Return words that a computation wrote as a sentence of their own."""
    return f"{words[:1].upper()}{words[1:]}".removesuffix(".") + "."


def deletion_sentence(test: DeletionTest) -> str:
    """Return what the deletion test measured, with its interval and sample."""
    if test.low is None or test.high is None:
        interval = "no interval: too few sessions"
    else:
        bounds = f"{formats.signed(test.low, 3)} to {formats.signed(test.high, 3)}"
        interval = f"{formats.percent(test.confidence, 0)}: {bounds}"
    return (
        f"Setting the {test.n_days_dropped} most attended days to the baseline moves the output by "
        f"{test.most:.3f}, random days by {test.random:.3f}, the least attended by {test.least:.3f}, the "
        f"newest by {test.newest:.3f}. Most less random: {formats.signed(test.difference, 3, plus=True)} "
        f"({interval}; n = {formats.count(test.n_windows)} windows of {formats.count(test.n_sessions)} "
        "sessions)."
    )


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
