"""What stands behind one model: confusion, periods, sectors, horizons, settings, audit, gate."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components import formats
from components.model_evidence import figure_text, session_day
from components.model_words import CLASSES, FIGURES, STANDINGS, model_title
from components.quality_cards import moment
from components.words import with_commands
from models.domain.model_views import AuditView, GateLine, ModelDetail, Part, Setting

_IC = FIGURES["ic"]


def detail_head(detail: ModelDetail) -> list[Component]:
    """Return whose details these are, and on what they rest."""
    line = detail.line
    number = f"model {line.model_id}" if line.model_id is not None else f"trial {line.trial_id}"
    sample = (
        f"{STANDINGS[line.standing]} · {number} · {formats.count(line.n)} forecasts on "
        f"{formats.count(line.n_sessions)} sessions out of sample, {session_day(line.first_session)} to "
        f"{session_day(line.last_session)}"
    )
    return [html.H2(model_title(line.name), className="detail-name"), html.Span(sample, className="stamp")]


def confusion_table(detail: ModelDetail) -> Component:
    """Return outcome by forecast: counts, and of each outcome the share that was forecast so."""
    names = CLASSES.get(detail.n_classes)
    if names is None:
        return _nothing("No confusion matrix is stored for it: it was judged by another release.")
    rows = []
    for name, counts in zip(names, detail.confusion, strict=True):
        total = sum(counts)
        cells = [_confusion_cell(count, total, is_right=names[at] == name) for at, count in enumerate(counts)]
        rows.append(
            html.Tr(
                [html.Th(name, scope="row"), *cells, html.Td(formats.count(total), className="num quiet")]
            )
        )
    totals = [sum(column) for column in zip(*detail.confusion, strict=True)]
    foot = [
        html.Th("Forecast", scope="row"),
        *(html.Td(formats.count(total), className="num quiet") for total in totals),
        html.Td(formats.count(sum(totals)), className="num quiet"),
    ]
    heads = [
        html.Th("Came", scope="col"),
        *(html.Th(f"as {name}", scope="col", className="num") for name in names),
    ]
    return html.Table(
        [
            html.Thead(html.Tr([*heads, html.Th("n", scope="col", className="num")])),
            html.Tbody(rows),
            html.Tfoot(html.Tr(foot)),
        ],
        className="parts confusion",
    )


def parts_table(parts: Sequence[Part], title: str, *, with_ic: bool) -> Component:
    """Return accuracy beside the commonest class, and the IC as a bar, of each year or sector."""
    if not parts:
        return _nothing(f"Nothing is known by {title.lower()}: the data name none.")
    reach = max((abs(part.ic) for part in parts if part.ic is not None), default=0.0) or 0.01
    heads = [
        html.Th(title, scope="col"),
        *([html.Th("IC", scope="col", className="num"), html.Th()] if with_ic else []),
    ]
    heads += [
        html.Th(words, scope="col", className="num", **{"data-tip": tip})
        for words, tip in (
            ("Accuracy", "Share of forecasts whose likeliest class came true"),
            ("Commonest", "Share of the commonest class: what saying it always would have reached"),
            ("Gain", "Accuracy less the commonest class, in points"),
            ("n", "Forecasts"),
        )
    ]
    return html.Table(
        [html.Thead(html.Tr(heads)), html.Tbody([_part_row(part, reach, with_ic=with_ic) for part in parts])],
        className="parts",
    )


def horizon_table(detail: ModelDetail) -> Component:
    """Return the IC against returns over other horizons than the label's."""
    known = [value for _, value in detail.ic_by_horizon if value is not None]
    if not known:
        return _nothing("No IC by horizon is stored for it.")
    reach = max(abs(value) for value in known) or 0.01
    rows = [
        html.Tr(
            [
                html.Th(_sessions(horizon, detail.horizon_sessions), scope="row"),
                html.Td(figure_text(value, _IC), className="num"),
                html.Td(_bar(value, reach), className="bar-cell"),
            ]
        )
        for horizon, value in detail.ic_by_horizon
    ]
    heads = [html.Th("Horizon", scope="col"), html.Th("IC", scope="col", className="num"), html.Th()]
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="parts horizons")
    error = detail.line.ic_standard_error
    if not error:
        return table
    words = f"Two standard errors of the label's own IC are {figure_text(2.0 * error, _IC)}: less is noise."
    return html.Div([table, html.P(words, className="stamp")])


def settings_list(settings: Sequence[Setting], detail: ModelDetail) -> Component:
    """Return the configuration that was tried, and with what it can be repeated."""
    lines = [
        *settings,
        Setting("data snapshot", detail.data_snapshot),
        Setting("code version", detail.code_version),
    ]
    return html.Dl(
        [
            html.Div(
                [html.Dt(_plain(one.name)), html.Dd(_short(one.value), **{"data-tip": one.value})],
                className="fact",
            )
            for one in lines
        ],
        className="facts settings",
    )


def audit_list(audit: AuditView | None, whose: str) -> Component:
    """Return every check of a leakage audit with its tick or cross."""
    if audit is None:
        return _nothing(
            "No leakage audit has looked at these data yet; `python -m app audit` does, in about a minute. "
            "Nothing is promoted without one."
        )
    when = f", {moment(audit.audited_at)}" if audit.audited_at else ""
    n_failed = sum(not check.passed for check in audit.checks)
    verdict = "clean" if not n_failed else f"{n_failed} failed"
    # What failed first: that is what somebody has to look at.
    ordered = sorted(audit.checks, key=lambda check: check.passed)
    return html.Div(
        [
            html.Div(f"{whose}: {len(audit.checks)} checks, {verdict}{when}", className="stamp"),
            html.Ul([_check(one.passed, one.name, one.detail) for one in ordered], className="checks"),
        ]
    )


def gate_list(gate: Sequence[GateLine], *, is_registered: bool) -> Component:
    """Return every condition of the promotion gate as it was found."""
    if not gate:
        why = (
            "The gate has not been asked about this model yet."
            if is_registered
            else "The gate decides on models of the registry; this line is a trial that made none."
        )
        return _nothing(why)
    return html.Ul([_check(one.passed, one.sentence, "") for one in gate], className="checks")


def _check(passed: bool, name: str, detail: str) -> Component:
    sign, words = ("✓", "passed") if passed else ("✕", "failed")
    return html.Li(
        [
            html.Span(sign, className=f"check-sign {words}", role="img", **{"aria-label": words}),
            html.Span(
                [html.Span(name, className="check-name"), html.Span(detail, className="stamp")],
                className="check-words",
            ),
        ],
        className=words,
    )


def _confusion_cell(count: int, total: int, *, is_right: bool) -> Component:
    share = count / total if total else 0.0
    style = {"--share": f"{share:.3f}"}
    return html.Td(
        [
            html.Span(formats.percent(share, 0), className="value"),
            html.Span(formats.count(count), className="interval"),
        ],
        className="num shaded is-right" if is_right else "num shaded",
        style=style,
    )


def _part_row(part: Part, reach: float, *, with_ic: bool) -> Component:
    gain = part.accuracy - part.base_rate
    ic = [
        html.Td(figure_text(part.ic, _IC), className="num"),
        html.Td(_bar(part.ic, reach), className="bar-cell"),
    ]
    return html.Tr(
        [
            html.Th(part.name, scope="row"),
            *(ic if with_ic else []),
            html.Td(
                formats.percent(part.accuracy),
                className="num",
                **{"data-tip": f"{formats.percent(part.low)} to {formats.percent(part.high)}, 95 %"},
            ),
            html.Td(formats.percent(part.base_rate), className="num quiet"),
            html.Td(formats.signed(gain * 100, 1, plus=True), className="num"),
            html.Td(formats.count(part.n), className="num quiet"),
        ]
    )


def _bar(value: float | None, reach: float) -> Component:
    """Draw a signed value from the middle; its number stands beside it."""
    parts: list[Component] = [html.I(className="bar-zero")]
    if value is not None:
        width = 50.0 * abs(value) / reach
        left = 50.0 - width if value < 0 else 50.0
        parts.append(
            html.I(
                className=f"bar-fill {formats.direction_of(value)}",
                style={"left": f"{left:.1f}%", "width": f"{width:.1f}%"},
            )
        )
    return html.Span(parts, className="signed-bar", **{"aria-hidden": "true"})


def _sessions(horizon: int, own: int) -> str:
    words = "1 session" if horizon == 1 else f"{horizon} sessions"
    return f"{words}, the label's" if horizon == own else words


def _nothing(why: str) -> Component:
    return html.P(with_commands(why), className="plain nothing")


def _plain(name: str) -> str:
    return name.replace("_", " ").replace(".", ": ")


def _short(value: str) -> str:
    return f"{value[:12]}…" if len(value) > 40 else value
