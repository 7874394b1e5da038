"""How far the newest sessions lie from what a model learnt from, in words and in a few lines."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components import formats
from models.domain.drift import Drift

_N_SHOWN = 5
_NOT_SERVING = "Only the model that serves is held against the newest sessions."
_NOT_MEASURED = (
    "Not measured yet. Each run of infer_signals measures it for the model that serves; a model that was "
    "trained before this release kept no picture of its training: its next training does."
)


def drift_card(drift: Drift | None, *, is_serving: bool) -> list[Component]:
    """Return whether anything has moved, and the features that have moved furthest."""
    if drift is None:
        return [html.P(_NOT_MEASURED if is_serving else _NOT_SERVING, className="plain missing")]
    sentence = drift.sentence()
    days = f"{formats.day(drift.first_session)} to {formats.day(drift.session)}"
    stamp = f"{days}, {formats.count(drift.n)} windows, against the training sample"
    return [
        html.P(f"{sentence[0].upper()}{sentence[1:]}.", className="strong"),
        html.Span(stamp, className="stamp"),
        _table(drift),
        html.Span(_note(drift), className="stamp"),
    ]


def _table(drift: Drift) -> Component:
    ranked = sorted(
        zip(drift.feature_names, drift.indices, drift.usual, strict=True),
        # What moved comes first: what is seasonal lies far away in every quarter.
        key=lambda one: (one[0] not in drift.moved, -(one[1] or 0.0)),
    )
    rows = [_row(name, index, usual, drift) for name, index, usual in ranked[:_N_SHOWN]]
    rows.append(_row("score of the model", drift.score_index, drift.score_usual, drift))
    head = [
        html.Th("Feature", scope="col"),
        html.Th(
            html.Span(
                "PSI",
                className="has-tip",
                tabIndex=0,
                **{
                    "data-tip": "Population stability index: sum over the training's tenths of (share now - "
                    "share then) x ln(share now / share then). 0: as in training."
                },
            ),
            scope="col",
            className="num",
        ),
        html.Th(
            html.Span(
                "Usual to",
                className="has-tip",
                tabIndex=0,
                **{"data-tip": "95 % of the quarters within the training itself stayed below this."},
            ),
            scope="col",
            className="num",
        ),
    ]
    return html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="parts")


def _row(name: str, index: float | None, usual: float | None, drift: Drift) -> Component:
    is_moved = name in drift.moved or (name not in drift.feature_names and drift.has_score_moved)
    marks = [html.Span("● ", role="img", **{"aria-label": "moved"})] if is_moved else []
    return html.Tr(
        [
            html.Th([*marks, name], scope="row"),
            html.Td(_index(index), className="num"),
            html.Td(_index(usual), className="num quiet"),
        ],
        className="is-moved" if is_moved else None,
    )


def _index(value: float | None) -> str:
    return formats.MISSING if value is None else f"{value:.2f}"


def _note(drift: Drift) -> str:
    n = drift.n_above_mark - len(drift.moved)
    others = _others(n, drift.moved)
    return f"● moved: from {drift.marked:.2f} on, and beyond what is usual for it.{others}"


def _others(n: int, moved: Sequence[str]) -> str:
    if n == 0:
        return ""
    more = " more" if moved else ""
    have = "feature is" if n == 1 else "features are"
    return f" {n}{more} {have} above that too, as in many a quarter of the training: slow or seasonal."
