"""Controls that narrow the data-quality page: problems, rules, decisions. The address decides."""

from dash import html
from dash.development.base_component import Component

from components import formats
from components.filters import chip
from components.ids import DataQuality, Quarantine
from components.quality_words import PROBLEMS, SEVERITIES, STATUSES, rule_words
from models.domain.market import QuarantineStatus
from models.domain.quality_views import Problem, QualityReport, RuleCount, Severity


def problem_chips(report: QualityReport) -> list[Component]:
    """Return a chip for all symbols and one for each problem."""
    totals = {each: sum(each in row.problems for row in report.symbols) for each in Problem}
    ids = (DataQuality.PROBLEM_FILTER, DataQuality.PROBLEM_COUNT)
    return [
        chip("problem", "", "All symbols", len(report.symbols), *ids),
        *(
            chip("problem", each.value, words.title, totals[each], *ids, words.definition)
            for each, words in PROBLEMS.items()
        ),
    ]


def status_chips() -> list[Component]:
    """Return a chip for every decision on a row in quarantine; the browser counts."""
    ids = (Quarantine.STATUS_FILTER, Quarantine.STATUS_COUNT)
    return [
        chip("status", "", "All rows", 0, *ids),
        *(
            chip("status", each.value, STATUSES[each].title, 0, *ids, STATUSES[each].definition)
            for each in QuarantineStatus
        ),
    ]


def rule_strip(rules: tuple[RuleCount, ...]) -> list[Component]:
    """Return every rule with its count, hard and soft; a click shows the symbols that met it."""
    return [
        _rules_of(severity, [rule for rule in rules if rule.severity is severity]) for severity in Severity
    ]


def _rules_of(severity: Severity, rules: list[RuleCount]) -> Component:
    words = SEVERITIES[severity]
    n_rows = sum(rule.n_rows for rule in rules)
    total = f"{formats.count(n_rows)} rejected" if severity is Severity.HARD else _counted(n_rows, "flag")
    title = html.Span(words.title, className="has-tip", tabIndex=0, **{"data-tip": words.definition})
    return html.Div(
        [
            html.Div([title, html.Span(total, className="stamp")], className="rules-title"),
            html.Div([_rule(rule) for rule in rules], className="chips"),
        ],
        className=f"rules-row rules-{severity.value}",
        role="group",
        **{"aria-label": words.title},
    )


def _rule(rule: RuleCount) -> Component:
    words = rule_words(rule.rule)
    what = "row" if rule.severity is Severity.HARD else "bar"
    found = f"{_counted(rule.n_rows, what)} of {_counted(rule.n_symbols, 'symbol')}."
    return html.Button(
        [words.title, html.Span(formats.count(rule.n_rows), className="chip-count")],
        id={"type": DataQuality.RULE_FILTER, "value": rule.rule},
        type="button",
        className="chip",
        **{
            "data-filter": "problem",
            "data-value": rule.rule,
            "data-count": str(rule.n_rows),
            "data-tip": f"{words.definition} {found}",
            "aria-pressed": "false",
        },
    )


def _counted(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{formats.count(number)} {noun}s"
