"""Attributions as bars: a feature a line, and the families as steps from the baseline to the forecast."""

from dash import html
from dash.development.base_component import Component

from components import formats
from components.explanation_words import FAMILIES, directions
from models.domain.explanation_views import FeatureLine, ModelWhy
from models.domain.explanations import Explanation

N_SHOWN = 8  # features with a bar of their own; the rest is one line


def attribution_bars(why: ModelWhy, found: Explanation) -> Component:
    """Return the strongest features, the rest of them, and the sum that all come to."""
    shown, hidden = why.lines[:N_SHOWN], why.lines[N_SHOWN:]
    rows = [_feature_row(line, found, _largest(why.lines)) for line in shown]
    return html.Div([*rows, *_rest_rows(found, hidden)], className="parts attributions")


def _largest(lines: tuple[FeatureLine, ...]) -> float:
    return max((abs(line.attribution) for line in lines), default=1.0) or 1.0


def _feature_row(line: FeatureLine, found: Explanation, largest: float) -> Component:
    tip = f"{line.title}: {line.formula}"
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


def waterfall(why: ModelWhy, found: Explanation) -> Component:
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
