"""Cards of the attention page: what is watched, whether that is a reason, and what a model relies on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from dash import dcc, html
from dash.development.base_component import Component

from components import formats
from components.explanation_words import (
    FAMILIES,
    METHODS,
    as_sentence,
    deletion_badge,
    deletion_sentence,
)
from components.figures.heat import heat_source, month_ticks
from components.model_why import stability_words
from models.domain.explanation_views import (
    AttentionLine,
    AttentionOverview,
    ImportanceReport,
    ModelStamp,
)
from models.domain.features import FeatureFamily

NEWEST = 5  # sessions that "the newest" means in the summary
N_RANKED = 20
_N_MODELS = 4  # that can be chosen here; the Models page has all
N_TRACKED = 12  # features whose course and whose sectors are drawn


def ordered(lines: Sequence[AttentionLine], order: str, head: int | None) -> list[AttentionLine]:
    """Return the symbols in the order asked for: by name, by sector, or the most uneven attention first."""
    if order == "sectors":
        return sorted(lines, key=lambda line: (line.sector, line.symbol))
    if order == "uneven":
        return sorted(lines, key=lambda line: (-_unevenness(weights_of(line, head)), line.symbol))
    return sorted(lines, key=lambda line: line.symbol)


def weights_of(line: AttentionLine, head: int | None) -> np.ndarray:
    """Return a symbol's attention by day: of one head, from 1, or the mean over all; float64."""
    if not line.attention.size:
        return np.zeros(len(line.window))
    rows = line.attention if head is None else line.attention[head - 1 : head]
    mean: np.ndarray = rows.mean(axis=0, dtype=np.float64)
    return mean


def _unevenness(weights: np.ndarray) -> float:
    return float((weights**2).sum())


def matrix_source(
    overview: AttentionOverview, lines: Sequence[AttentionLine], chosen: str, head: int | None
) -> dict[str, Any] | None:
    """Return symbols by days; a symbol's days without a window are empty. None without attention."""
    if not overview.n_heads:
        return None
    days = sorted({day for line in lines for day in line.window})
    place = {day: column for column, day in enumerate(days)}
    values = np.full((len(lines), len(days)), np.nan)
    for row, line in enumerate(lines):
        values[row, [place[day] for day in line.window]] = weights_of(line, head)
    even = 1.0 / len(lines[0].window)
    means = np.nanmean(values, axis=0)
    what = "mean over heads" if head is None else f"head {head}"
    return heat_source(
        values,
        [(line.symbol, line.symbol, f"{line.symbol} · {line.sector}") for line in lines],
        [formats.day(day) for day in days],
        ends=("model",),
        words=(
            f"Attention of {formats.count(len(lines))} symbols by day, {what}. Above: the mean over all "
            "symbols; the dashed line is even attention. Arrow keys move, Enter opens a symbol."
        ),
        hint="Point at a cell; a click, or Enter, shows that symbol beside it.",
        ticks=month_ticks(days),
        unit="share",
        chosen=chosen,
        opens="symbol",
        totals=[round(float(value), 6) for value in means],
        even=even,
        beside=f"of the attention (even: {even * 100:.1f} %)",
        none="outside its window",
    )


def overview_summary(overview: AttentionOverview, head: int | None) -> list[Component]:
    """Return in a sentence which days the model watches."""
    if not overview.n_heads:
        words = f"{overview.model.words} has no attention: there are no days to show. Its importance is told."
        return [html.Span(words)]
    mean = np.mean([weights_of(line, head)[-NEWEST:].sum() for line in overview.lines])
    even = NEWEST / len(overview.lines[0].window)
    without = ""
    if overview.n_without:
        verb = "has" if overview.n_without == 1 else "have"
        without = f", {formats.count(overview.n_without)} more {verb} no whole window"
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
            f"{overview.model.words}, {formats.count(len(overview.lines))} symbols{without}, "
            f"{formats.day(overview.session)} close{computed}",
            className="stamp",
        ),
    ]


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


def importance_summary(report: ImportanceReport) -> list[Component]:
    """Return in a sentence what the model relies on most."""
    families = ranked_families(report)
    total = sum(value for _, value in families) or 1.0
    (first, value) = families[0]
    top = ranked(report)[0]
    return [
        html.Span(
            [
                html.B(FAMILIES[first]),
                f" carries {formats.percent(value / total, 0)} of what moves the forecasts; most by itself: ",
                html.B(report.titles[top]),
                ".",
            ]
        ),
        html.Span(
            f"{report.model.words}, mean absolute attribution ({METHODS[report.newest.method]}) over "
            f"{formats.count(report.newest.n_signals)} signals of {formats.day(report.newest.session)}",
            className="stamp",
        ),
    ]


def ranked(report: ImportanceReport) -> list[str]:
    """Return the features by mean absolute attribution, the strongest first."""
    found = report.newest
    order = sorted(range(len(found.feature_names)), key=lambda place: -found.mean_absolute[place])
    return [found.feature_names[place] for place in order]


def ranked_families(report: ImportanceReport) -> list[tuple[FeatureFamily, float]]:
    """Return the families by mean absolute attribution, the strongest first."""
    found = [(FeatureFamily(name), value) for name, value in report.newest.families.items()]
    return sorted(found, key=lambda each: -each[1])


def ranking_card(report: ImportanceReport) -> list[Component]:
    """Return features with their attribution and, beside it, how much the loss grows without them."""
    found, tested = report.newest, report.permutation
    size = dict(zip(found.feature_names, found.mean_absolute, strict=True))
    growth: dict[str, tuple[float, float]] = {}
    if tested is not None:
        pairs = zip(tested.loss_increase, tested.standard_error, strict=True)
        growth = dict(zip(tested.feature_names, pairs, strict=True))
    largest = max(size.values(), default=1.0) or 1.0
    widest = max((abs(value) for value, _ in growth.values()), default=1.0) or 1.0
    names = ranked(report)
    rows = [
        _ranking_row(report, name, size[name], largest, growth.get(name), widest) for name in names[:N_RANKED]
    ]
    hidden = names[N_RANKED:]
    rest = []
    if hidden:
        total = sum(size[name] for name in hidden)
        rest = [html.P(f"{len(hidden)} other features together: {total:.3f}", className="stamp")]
    return [
        html.Div(
            [
                html.Div(
                    [
                        html.Span("Feature"),
                        html.Span("Mean |attribution|", className="span-2"),
                        html.Span("Log-loss without it", className="span-2"),
                    ],
                    className="ranking-row ranking-head",
                ),
                *rows,
            ],
            className="ranking",
        ),
        *rest,
        html.P(_permutation_words(report), className="stamp fine-print"),
    ]


def _ranking_row(
    report: ImportanceReport,
    name: str,
    size: float,
    largest: float,
    growth: tuple[float, float] | None,
    widest: float,
) -> Component:
    family = FAMILIES[report.families[name]]
    if growth is None:
        loss: list[Component] = [html.Span(), html.Span(formats.MISSING, className="num")]
    else:
        value, error = growth
        loss = [
            _bar(abs(value) / widest, "is-hold" if value > 0 else "is-none"),
            html.Span(f"{formats.signed(value, 4, plus=True)} ± {error:.4f}", className="num"),
        ]
    return html.Div(
        [
            html.Span(
                [report.titles[name], html.Span(f" {family}", className="stamp")], className="ranking-name"
            ),
            _bar(size / largest, "is-model"),
            html.Span(f"{size:.3f}", className="num"),
            *loss,
        ],
        className="ranking-row",
    )


def _bar(share: float, kind: str) -> Component:
    fill = html.Div(className=f"part-fill {kind}", style={"left": "0", "width": f"{100 * share:.1f}%"})
    return html.Div(fill, className="part-bar is-plain", **{"aria-hidden": "true"})


def _permutation_words(report: ImportanceReport) -> str:
    tested = report.permutation
    if tested is None:
        return "Permutation importance has not been computed yet; it comes with a later run of the worker."
    where = "out of sample" if tested.is_out_of_sample else "on sessions that the model has learnt from"
    return (
        f"Log-loss without it: how much it grows when a feature's windows are dealt out anew, {where}: "
        f"{formats.count(tested.n_samples)} samples from {formats.day(tested.first_session)} to "
        f"{formats.day(tested.last_session)}, {tested.n_repeats} times, ± one standard error. A feature may "
        "move forecasts much and improve them little."
    )


def families_card(report: ImportanceReport) -> Component:
    """Return the families as bars."""
    families = ranked_families(report)
    total = sum(value for _, value in families) or 1.0
    largest = families[0][1] or 1.0
    return html.Div(
        [
            html.Div(
                [
                    html.Span(FAMILIES[family], className="ranking-name"),
                    _bar(value / largest, "is-model"),
                    html.Span(formats.percent(value / total, 0), className="num"),
                ],
                className="ranking-row family-row",
            )
            for family, value in families
        ],
        className="ranking",
    )


def stability_card(report: ImportanceReport) -> Component:
    """Return how much of this another training would say too."""
    return html.P(stability_words(report.stability), className="plain")


def sector_heat(report: ImportanceReport) -> dict[str, Any] | None:
    """Return the strongest features by sector."""
    found = report.newest
    names = ranked(report)[:N_TRACKED]
    sectors = sorted(found.by_sector, key=lambda name: -found.n_by_sector.get(name, 0))
    if not sectors:
        return None
    places = [found.feature_names.index(name) for name in names]
    values = np.array([[found.by_sector[sector][place] for sector in sectors] for place in places])
    labels = [f"{sector or 'No sector'} ({found.n_by_sector.get(sector, 0)})" for sector in sectors]
    return heat_source(
        values,
        [(name, report.titles[name], report.titles[name]) for name in names],
        labels,
        ends=("model",),
        words=f"Mean absolute attribution of the {len(names)} strongest features in each sector.",
        hint="Mean |attribution| by sector; in brackets, how many signals.",
        ticks=[(place, sector or "No sector") for place, sector in enumerate(sectors)],
        gutter=170,
        upright=True,
    )


def course_heat(report: ImportanceReport) -> dict[str, Any] | None:
    """Return the strongest features over the evenings that are stored."""
    names = ranked(report)[:N_TRACKED]
    days = [one.session for one in report.history]
    values = np.full((len(names), len(days)), np.nan)
    for column, one in enumerate(report.history):
        size = dict(zip(one.feature_names, one.mean_absolute, strict=True))
        values[:, column] = [size.get(name, np.nan) for name in names]
    return heat_source(
        values,
        [(name, report.titles[name], report.titles[name]) for name in names],
        [formats.day(day) for day in days],
        ends=("model",),
        words=f"Mean absolute attribution of the {len(names)} strongest features over {len(days)} evenings.",
        hint=f"Mean |attribution| by evening, {len(days)} so far.",
        ticks=month_ticks(days),
        gutter=210,
    )
