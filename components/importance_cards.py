"""What a model relies on: features, families, and whether another training says the same."""

from dash import html
from dash.development.base_component import Component

from components import formats
from components.explanation_words import FAMILIES, METHODS, stability_words
from components.figures.importance import ranked
from models.domain.explanation_views import ImportanceReport
from models.domain.features import FeatureFamily

N_RANKED = 20


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
        f"{formats.day(tested.last_session)}, {tested.n_repeats} times, ± one standard error; an outline "
        "where it shrinks. A feature may move forecasts much and improve them little."
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
