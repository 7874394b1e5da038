"""Tables of the value-at-risk page: contributions, sectors, back-test, stress."""

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components import formats
from components.var_words import P_TIPS, VERDICTS, p_value
from models.domain.risk import (
    BaselZone,
    Contribution,
    RiskBacktest,
    RiskReport,
    StressResult,
    TailRisk,
    VarBacktest,
)
from models.domain.risk_request import METHOD_TITLES
from models.domain.risk_view import MethodTrust, Trust, Verdict

_SHOWN_SYMBOLS = 12
_ZONES = {
    BaselZone.GREEN: ("✓", "good", "green"),
    BaselZone.YELLOW: ("!", "watch", "yellow"),
    BaselZone.RED: ("✕", "poor", "red"),
}


def _table(head: Sequence[Component | str], rows: Sequence[Component], class_name: str = "") -> Component:
    cells = [cell if isinstance(cell, Component) else html.Th(cell, scope="col") for cell in head]
    body = [html.Thead(html.Tr(cells)), html.Tbody(list(rows))]
    return html.Div(
        dbc.Table(body, size="sm", borderless=True, class_name=f"risk-table {class_name}"),
        className="table-scroll",
    )


def _tipped(words: str, tip: str) -> Component:
    return html.Th(
        html.Span(words, className="has-tip", tabIndex=0, **{"data-tip": tip}), scope="col", className="num"
    )


def _number(words: str, class_name: str = "") -> Component:
    return html.Td(words, className=f"num {class_name}".strip())


def symbols_table(tail: TailRisk) -> Component:
    """Return the symbols that contribute most to value at risk, the others in one line."""
    ranked = sorted(tail.by_symbol, key=lambda one: -one.component_var)
    shown, others = ranked[:_SHOWN_SYMBOLS], ranked[_SHOWN_SYMBOLS:]
    largest = max((abs(one.component_var) for one in shown), default=0.0)
    rows = [_contribution(one, largest) for one in shown]
    if others:
        rest = Contribution(
            f"{formats.count(len(others))} others",
            sum(one.weight for one in others),
            sum(one.component_var for one in others),
            float("nan"),
            sum(one.component_es for one in others),
        )
        rows.append(_contribution(rest, 0.0))
    return _table(_contribution_head("Symbol"), rows)


def _contribution_head(name: str) -> list[Component | str]:
    return [
        name,
        html.Th("Weight", scope="col", className="num"),
        _tipped(
            "Of VaR", "Its part of value at risk: the parts add up to the whole. Negative: it lowers it."
        ),
        html.Th("", scope="col"),
        _tipped("Marginal", "How much VaR rises for each point of weight that is added, paid from cash."),
        _tipped("Of ES", "Its part of expected shortfall."),
    ]


def _contribution(one: Contribution, largest: float) -> Component:
    """Return a line; its bar is as long as its part of the largest, and left out without one."""
    is_known = one.marginal_var == one.marginal_var  # NaN: of several symbols together there is none
    return html.Tr(
        [
            html.Th(one.name, scope="row"),
            _number(formats.percent(one.weight)),
            _number(formats.percent(one.component_var, 2)),
            html.Td(_bar(one.component_var / largest) if largest else None, className="bar-cell"),
            _number(formats.percent(one.marginal_var, 1) if is_known else ""),
            _number(formats.percent(one.component_es, 2)),
        ]
    )


def _bar(share: float) -> Component:
    width = f"{min(abs(share), 1.0) * 100:.1f}%"
    kind = "share-bar" if share >= 0 else "share-bar lowers"
    return html.Div(html.Div(style={"width": width}, className=kind), className="share-track")


def sectors_table(report: RiskReport, tail: TailRisk) -> list[Component]:
    """Return the sectors of the book beside the reference's, with the alert over 30 %."""
    parts = {one.name: one for one in tail.by_sector}
    rows = []
    for exposure in report.exposures:
        part = parts.get(exposure.sector)
        weight = [_number(formats.percent(exposure.weight), "over" if exposure.is_alert else "")]
        flag = html.Span("! ", className="sign watch") if exposure.is_alert else ""
        rows.append(
            html.Tr(
                [
                    html.Th([flag, exposure.sector], scope="row"),
                    *weight,
                    _number(formats.percent(exposure.reference_weight)),
                    _number(formats.percent(part.component_var, 2) if part else formats.MISSING),
                ]
            )
        )
    alerts = [exposure.sector for exposure in report.exposures if exposure.is_alert]
    words = (
        f"{', '.join(alerts)}: over 30 % of the book in one sector."
        if alerts
        else "No sector is over 30 % of the book."
    )
    head: list[Component | str] = [
        "Sector",
        html.Th("Of the book", scope="col", className="num"),
        _tipped("Reference", f"Share of each sector in {report.reference_label}."),
        _tipped("Of VaR", "The sector's part of value at risk."),
    ]
    kind = "notice notice-warn" if alerts else "plain"
    return [html.P(words, className=kind), _table(head, rows)]


def backtest_table(backtest: RiskBacktest, trust: Trust) -> Component:
    """Return each method's exceptions and tests at each confidence, those at the chosen one first."""
    verdicts = {(one.method, one.confidence): one for one in trust.methods}
    rows = [
        _backtest_row(one, verdicts.get((one.method, one.confidence)))
        for one in sorted(backtest.results, key=lambda one: one.confidence != trust.confidence)
    ]
    head: list[Component | str] = [
        "Method",
        html.Th("At", scope="col", className="num"),
        _tipped("Exceptions", "Sessions on which more was lost than forecast the day before; beside it as "
                "many as a right model has on average."),
        _tipped("Kupiec p", P_TIPS["kupiec"]),
        _tipped("Independence p", P_TIPS["independence"]),
        _tipped("Joint p", P_TIPS["joint"]),
        _tipped("Zone", "Basel traffic light over the newest sessions."),
        html.Th("Verdict", scope="col"),
    ]  # fmt: skip
    return _table(head, rows, "backtest-table")


def _backtest_row(one: VarBacktest, trust: MethodTrust | None) -> Component:
    sign, kind, words = _ZONES[one.zone.zone]
    zone = html.Span(
        f"{sign} {words}",
        className=f"verdict-badge {kind}",
        tabIndex=0,
        **{"data-tip": f"{one.zone.n_exceptions} exceptions in the newest {one.zone.n_sessions} sessions"},
    )
    said = "" if trust is None else VERDICTS[trust.verdict]
    return html.Tr(
        [
            html.Th(METHOD_TITLES[one.method], scope="row"),
            _number(formats.percent(one.confidence, 0)),
            _number(f"{formats.count(one.n_exceptions)} / {one.n_expected:.1f}"),
            _number(p_value(one.kupiec)),
            _number(p_value(one.independence)),
            _number(p_value(one.joint)),
            html.Td(zone, className="num"),
            html.Td(
                said, className="" if trust is None or trust.verdict is Verdict.PASSES else "warned-text"
            ),
        ]
    )


def stress_table(stresses: Sequence[StressResult]) -> Component:
    """Return what each stress does to the book, with how much of it that is known of."""
    head: list[Component | str] = [
        "Stress",
        "Period",
        html.Th("Book", scope="col", className="num"),
        _tipped("Covered", "Share of the book that has the prices it takes. What is missing is left out, "
                "never counted as 0; in brackets the return if the rest had done the same."),
        "Hit hardest",
    ]  # fmt: skip
    return _table(head, [_stress_row(one) for one in stresses], "stress-table")


def _stress_row(one: StressResult) -> Component:
    period = (
        "" if one.first is None or one.last is None else f"{formats.day(one.first)} – {formats.day(one.last)}"
    )
    told: list[Component | str] = [html.Span(one.name)]
    if one.note:
        told.append(html.Div(one.note, className="stamp"))
    worst = sorted(one.by_symbol, key=lambda part: part.contribution)[:3]
    names = ", ".join(
        f"{part.name} {formats.percent(part.contribution)}" for part in worst if part.contribution < 0
    )
    return html.Tr(
        [
            html.Th(told, scope="row"),
            html.Td(period, className="quiet"),
            _number(_stressed(one), formats.direction_of(one.book_return)),
            _number(formats.percent(one.coverage, 0), "over" if one.coverage < 1 else ""),
            html.Td(names, className="quiet"),
        ]
    )


def _stressed(one: StressResult) -> str:
    if one.book_return is None:
        return "not known"
    if one.coverage >= 1.0 or one.scaled_return is None:
        return formats.percent(one.book_return, plus=True)
    return f"{formats.percent(one.book_return, plus=True)} ({formats.percent(one.scaled_return, plus=True)})"
