"""What the back-test of value at risk says, in words."""

from dash import html
from dash.development.base_component import Component

from components import formats
from models.domain.risk import RiskBacktest, TestResult, VarBacktest
from models.domain.risk_request import METHOD_TITLES
from models.domain.risk_view import Trust, Verdict

VERDICTS = {
    Verdict.PASSES: "passes",
    Verdict.TOO_MANY: "too many: it says too little",
    Verdict.TOO_FEW: "too few: it says too much",
    Verdict.CLUSTERED: "in clusters: it reacts too late",
}
P_TIPS = {
    "kupiec": "Whether the number of exceptions fits the confidence (Kupiec 1995). Below 0.05 it does not.",
    "independence": "Whether an exception makes the next day's more likely (Christoffersen 1998); it takes 5 "
    "exceptions. Below 0.05 they come in clusters.",
    "joint": "Number and independence together. Below 0.05 the model is rejected.",
}


def p_value(result: TestResult | None) -> str:
    """Return a p-value; in words where there are too few exceptions to tell."""
    if result is None:
        return "too few"
    return "< 0.001" if result.p_value < 0.001 else f"{result.p_value:.3f}"


def trust_words(backtest: RiskBacktest, trust: Trust) -> list[Component]:
    """Return which method deserves trust, and what that rests on."""
    level = formats.percent(trust.confidence, 0)
    about = (
        f"{backtest.book_label}, {formats.count(backtest.n_sessions)} sessions, "
        f"{formats.day(backtest.first)} to {formats.day(backtest.last)}; on average "
        f"{formats.percent(backtest.coverage, 0)} of it had prices"
    )
    notes = [html.Div(note, className="stamp") for note in backtest.notes]
    found = next(
        (one for one in backtest.results if one.method is trust.best and one.confidence == trust.confidence),
        None,
    )
    if found is None:
        return [html.P(f"No method was back-tested at {level}.", className="plain"), *notes]
    return [
        html.P(_verdict(found, trust, level), className="sentence"),
        html.Div(about, className="stamp"),
        *notes,
    ]


def _verdict(found: VarBacktest, trust: Trust, level: str) -> str:
    n_found = formats.count(found.n_exceptions)
    counted = f"{n_found} exceptions where {found.n_expected:.1f} were expected at {level}"
    name = METHOD_TITLES[found.method]
    if not trust.passes:
        return f"No method passes its back-test at {level}; {name} comes nearest: {counted}."
    others = [
        METHOD_TITLES[one.method]
        for one in trust.methods
        if one.confidence == trust.confidence and one.verdict is not Verdict.PASSES
    ]
    rejected = f" Rejected: {', '.join(others)}." if others else " No method is rejected."
    return f"{name} deserves most trust: {counted}.{rejected}"
