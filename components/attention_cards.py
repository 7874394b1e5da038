"""Cards of the attention page: which days are watched, whether that is a reason, and what can be chosen."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from dash import dcc, html
from dash.development.base_component import Component

from components import formats
from components.explanation_words import as_sentence, deletion_badge, deletion_sentence
from components.figures.attention_matrix import weights_of
from models.domain.explanation_views import AttentionLine, AttentionOverview, ModelStamp

NEWEST = 5  # sessions that "the newest" means in the summary
_N_MODELS = 4  # that can be chosen here; the Models page has all


def overview_summary(
    overview: AttentionOverview, shown: Sequence[AttentionLine], sector: str, head: int | None
) -> list[Component]:
    """Return in a sentence which days the model watches, over the symbols that are shown."""
    if not overview.n_heads:
        words = f"{overview.model.words} has no attention: there are no days to show. Its importance is told."
        return [html.Span(words)]
    mean = np.mean([weights_of(line, head)[-NEWEST:].sum() for line in shown])
    even = NEWEST / len(shown[0].window)
    symbols = f"{formats.count(len(shown))} {'symbol' if len(shown) == 1 else 'symbols'}"
    if sector:
        symbols += f" of {sector}"
    elif overview.n_without:
        verb = "has" if overview.n_without == 1 else "have"
        symbols += f", {formats.count(overview.n_without)} more {verb} no whole window"
    computed = ""
    if overview.computed_at:
        at = overview.computed_at
        computed = f" · computed {at:%H:%M} UTC on {formats.day(at.date())}"
    return [
        html.Span(
            [
                "The newest ",
                html.B(f"{NEWEST} sessions"),
                " hold ",
                html.B(formats.percent(float(mean))),
                f" of the attention; evenly spread it would be {formats.percent(even)}.",
            ]
        ),
        html.Span(
            f"{overview.model.words}, {symbols}, {formats.day(overview.session)} close{computed}",
            className="stamp",
        ),
    ]


def sector_options(lines: Sequence[AttentionLine]) -> list[Component]:
    """Return the sectors to choose from, each with how many symbols it has; none where there is one alone."""
    counts = Counter(line.sector for line in lines)
    if len(counts) < 2:
        return []
    every = html.Option(f"All sectors ({formats.count(len(lines))})", value="")
    each = (html.Option(f"{name} ({formats.count(counts[name])})", value=name) for name in sorted(counts))
    return [every, *each]


def tools(models: Sequence[ModelStamp], shown: ModelStamp, n_heads: int, head: int | None) -> list[Component]:
    """Return the choice of model and of head, each where there is one."""
    known = [one for one in models if one.id != shown.id][: _N_MODELS - 1]
    offered = sorted((shown, *known), key=lambda one: -one.id)
    found = []
    if len(offered) > 1:
        choices = [(str(one.id), one.words, f"{one.words}, {one.status.value}") for one in offered]
        found.append(_choice("model", "Model", choices, str(shown.id)))
    if n_heads > 1:
        heads = [(str(number), str(number), f"Head {number}") for number in range(1, n_heads + 1)]
        choices = [("", "All heads", "The mean over heads"), *heads]
        found.append(_choice("head", "Head", choices, str(head or "")))
    return found


def _choice(name: str, label: str, choices: Sequence[tuple[str, str, str]], chosen: str) -> Component:
    """Return buttons that write their value into the address; the server knows which is chosen."""
    return html.Div(
        [
            html.Button(
                words,
                type="button",
                className="choice-button",
                **{
                    "data-filter": name,
                    "data-value": value,
                    "data-tip": tip,
                    "aria-label": tip,
                    "aria-pressed": str(value == chosen).lower(),
                },
            )
            for value, words, tip in choices
        ],
        className="choice",
        role="group",
        **{"aria-label": label},
    )


def symbol_head(line: AttentionLine) -> list[Component]:
    """Return which symbol is shown, what the model says of it, and the way to its panel."""
    return [
        html.Span(line.symbol, className="pair-title"),
        html.Span(f"{line.name} · {line.sector}", className="quiet ticker-name"),
        html.Span(f"{line.shown_class} {formats.percent(line.probability)}", className="strong"),
        html.Span(f"window to {formats.day(line.session)}", className="stamp"),
        dcc.Link("Why, in its panel", href=f"/signals?symbol={line.symbol}", className="panel-link"),
    ]


def verdict_card(overview: AttentionOverview) -> list[Component]:
    """Return the deletion test: its badge and what it measured."""
    parts: list[Component] = [deletion_badge(overview.deletion, bool(overview.n_heads))]
    if overview.deletion is not None and overview.n_heads:
        parts += [
            html.P(as_sentence(overview.deletion.reason), className="plain"),
            html.P(deletion_sentence(overview.deletion), className="stamp"),
        ]
    elif overview.n_heads:
        words = "Until the deletion test has run, attention is a picture of weights and no reason."
        parts.append(html.P(words, className="plain"))
    return parts
