"""The top of the Models page: the truth in a sentence, champion against challenger, what to make of it."""

from dash import html
from dash.development.base_component import Component

from components import formats
from components.model_evidence import beaten, figure_text, interval_words, session_day
from components.model_words import ACTIONS, EXCESS, FIGURES, STATUSES, model_title
from components.quality_cards import moment
from components.words import with_commands
from models.domain.model_views import (
    DecisionLine,
    Estimate,
    JudgedModel,
    ModelsReport,
    RegisteredModel,
    Standing,
)

_IC = FIGURES["ic"]


def summary(report: ModelsReport) -> list[Component]:
    """Return what to make of the models, in a sentence, and when it was found."""
    words = f"judged {moment(report.judged_at)}" if report.judged_at else "judged"
    return [
        html.P(verdict_sentence(report), className="sentence"),
        html.Span(f"{words}, on prices up to {formats.day(report.status.last_session)}", className="stamp"),
    ]


def verdict_sentence(report: ModelsReport) -> str:
    """Return whether there is an edge, which model serves, and whether it is proven."""
    champion, line = report.champion, report.standing(Standing.CHAMPION)
    if champion is None or line is None:
        return f"{_without_champion(report)} {_serving_words(report)}"
    opening = "Champion" if line.has_edge else "No edge found: champion"
    forced = ", promoted by force against the gate," if champion.is_forced else ""
    sentence = f"{opening} {model_title(line.name)}{forced} has an {_ic_words(line)}; {_book_words(line)}."
    low = line.figure("ic").low
    if line.has_edge and low is not None and low <= 0.0:
        sentence += " The IC is above 0 with 90 % confidence, not with 95 %."
    serves = "It serves, and counts in the confluence." if report.serving == champion.id else None
    return f"{sentence} {serves or _serving_words(report)}"


def cards(report: ModelsReport) -> list[Component]:
    """Return champion, challenger, and what the evidence as a whole allows to say."""
    champion, challenger = report.standing(Standing.CHAMPION), report.standing(Standing.CHALLENGER)
    return [
        _champion_card(report, champion),
        _challenger_card(report, challenger),
        _evidence_card(report),
    ]


def status_badge(model: RegisteredModel) -> Component:
    """Return a status with its sign; the words alone say the same."""
    sign, words, tip = STATUSES[model.status]
    if model.is_rolled_back:
        sign, words, tip = "↶", "Rolled back", "Somebody took it out of use: it does not serve by itself."
    forced = " by force" if model.is_forced else ""
    return html.Span(
        [html.Span(sign, **{"aria-hidden": "true"}), f" {words}{forced}"],
        className=f"model-badge {model.status.value}{' is-forced' if model.is_forced else ''}",
        **{"data-tip": tip},
    )


def decision_words(decision: DecisionLine) -> str:
    """Return ``promoted by anna, 5 Jan 2026, 12:00 UTC``."""
    return f"{ACTIONS[decision.action]} by {decision.actor}, {moment(decision.at)}"


def _without_champion(report: ModelsReport) -> str:
    judged = [line for line in report.evidence if line.figure("ic").value is not None]
    best = max(judged, key=lambda line: line.figure("ic").value or 0.0, default=None)
    if best is None:
        return "No model has a rank correlation yet: each session needs three symbols or more."
    title = model_title(best.name)
    count = f"{len(judged)} judged" if len(judged) > 1 else "one judged"
    if not best.has_edge:
        return f"No edge found: the best of the {count}, {title}, has an {_ic_words(best)}."
    return (
        f"No champion yet, although the best of the {count}, {title}, has an {_ic_words(best)}; "
        f"{_book_words(best)}."
    )


def _serving_words(report: ModelsReport) -> str:
    serving = report.model(report.serving)
    if serving is None:
        return "No model serves: the feed is technical only."
    name = f"{model_title(serving.name)} (model {serving.id})"
    if serving.is_proven:
        return f"{name} serves, and counts in the confluence."
    return f"{name} serves unproven: shown, with weight 0 in the confluence."


def _ic_words(line: JudgedModel) -> str:
    ic = line.figure("ic")
    interval = interval_words(ic, _IC)
    between = f" ({interval})" if interval else ""
    sessions = f"{formats.count(line.n_sessions)} sessions out of sample"
    return f"IC of {figure_text(ic.value, _IC)}{between} on {sessions}"


def _book_words(line: JudgedModel) -> str:
    book = line.book
    if book is None or book.excess.value is None:
        return "no book was made of its forecasts"
    sign = "over" if book.excess.value >= 0.0 else "under"
    size = formats.percent(abs(book.excess.value))
    return f"after costs its book stays {size} a year {sign} equal weights"


def _champion_card(report: ModelsReport, line: JudgedModel | None) -> Component:
    champion, serving = report.champion, report.model(report.serving)
    if champion is None:
        why = _nobody_serves() if serving is None else _serves_unproven(serving)
        return _card(
            "Champion",
            [
                html.P("No model has been promoted.", className="strong"),
                html.P(with_commands(why), className="plain"),
            ],
        )
    return _card("Champion", _facts(report, champion, line), status_badge(champion))


def _nobody_serves() -> str:
    return (
        "The feed is technical only. Training and judging happen on Sundays at 02:00 UTC, or with "
        "`python -m app train`; a model becomes champion when it passes the gate."
    )


def _serves_unproven(serving: RegisteredModel) -> str:
    name = f"{model_title(serving.name)} (model {serving.id})"
    return (
        f"{name} serves in its place, unproven: its score, attention and attributions are shown, its weight "
        "in the confluence is 0."
    )


def _challenger_card(report: ModelsReport, line: JudgedModel | None) -> Component:
    model = report.model(line.model_id) if line else None
    if line is None or model is None:
        why = (
            "No model has been trained since the champion."
            if report.champion
            else "Only baselines have been judged so far: they are what a model has to beat. A network is "
            "trained beside them with `python -m app train --model fast`."
        )
        return _card(
            "Challenger",
            [html.P("No challenger.", className="strong"), html.P(with_commands(why), className="plain")],
        )
    return _card("Challenger", _facts(report, model, line), status_badge(model))


def _facts(report: ModelsReport, model: RegisteredModel, line: JudgedModel | None) -> list[Component]:
    serves = report.serving == model.id
    facts = [
        _fact("IC out of sample", _estimate(line.figure("ic") if line else None)),
        _fact("Net excess a year", _excess(line)),
        _fact("Random books beaten", _beaten(line)),
        _fact("Learnt from", f"{formats.day(model.train_from)} to {formats.day(model.train_to)}"),
        _fact("Gate", _gate_words(model)),
        _fact(
            "Serves", ("yes, proven" if model.is_proven else "yes, unproven: weight 0") if serves else "no"
        ),
    ]
    parts: list[Component] = [
        html.Div(
            [
                html.Span(model_title(model.name), className="model-name"),
                html.Span(f"model {model.id} · trained {moment(model.trained_at)}", className="stamp"),
            ],
            className="model-title",
        ),
        html.Dl(facts, className="facts"),
    ]
    if model.decision is not None:
        parts.append(html.Div(decision_words(model.decision), className="stamp"))
    if model.fault:
        parts.append(html.Div(f"Its files cannot be used: {model.fault}", className="notice notice-warn"))
    return parts


def _evidence_card(report: ModelsReport) -> Component:
    first = report.leading
    audit = report.audit
    checks = (
        "none has run: `python -m app audit`"
        if audit is None
        else f"✓ clean, {len(audit.checks)} checks"
        if audit.passed
        else f"✕ {sum(not check.passed for check in audit.checks)} of {len(audit.checks)} checks failed"
    )
    n_trials = len(report.trials)
    facts = [
        _fact("Challenger less champion, IC", _difference(report)),
        _fact("Power", first.power or formats.MISSING),
        _fact("Leakage audit", checks),
        _fact("Tried so far", f"{formats.count(n_trials)} configuration{'' if n_trials == 1 else 's'}"),
        _fact("Sessions", f"{session_day(first.first_session)} to {session_day(first.last_session)}"),
    ]
    return _card("What this can tell", [html.Dl(facts, className="facts")])


def _difference(report: ModelsReport) -> str:
    if report.difference is None:
        return "needs both"
    return _estimate(report.difference)


def _gate_words(model: RegisteredModel) -> str:
    if not model.gate:
        return "not asked yet"
    n_failed = sum(not line.passed for line in model.gate)
    return (
        f"✓ passed, {len(model.gate)} conditions"
        if not n_failed
        else f"✕ {n_failed} of {len(model.gate)} not met"
    )


def _estimate(estimate: Estimate | None) -> str:
    if estimate is None or estimate.value is None:
        return formats.MISSING
    interval = interval_words(estimate, _IC)
    return figure_text(estimate.value, _IC) + (f" ({interval})" if interval else "")


def _excess(line: JudgedModel | None) -> str:
    if line is None or line.book is None or line.book.excess.value is None:
        return formats.MISSING
    interval = interval_words(line.book.excess, EXCESS)
    size = formats.percent(line.book.excess.value, EXCESS.n_decimals, plus=True)
    return f"{size}{f' ({interval})' if interval else ''}"


def _beaten(line: JudgedModel | None) -> str:
    if line is None or line.book is None or line.book.percentile is None:
        return formats.MISSING
    return f"{beaten(line.book.percentile)} of {formats.count(line.book.n_random_books)}"


def _fact(term: str, words: str) -> Component:
    return html.Div([html.Dt(term), html.Dd(with_commands(words))], className="fact")


def _card(title: str, body: list[Component], badge: Component | None = None) -> Component:
    head = [html.H2(title, className="section-title"), *([badge] if badge is not None else [])]
    return html.Section(
        [html.Div(head, className="card-head"), *body], className="card", **{"aria-label": title}
    )
