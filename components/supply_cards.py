"""Where the data come from: how new they are, and how the provider answers."""

from dash import html
from dash.development.base_component import Component

from components import formats
from components.quality_cards import moment, verdict_badge
from components.quality_words import CIRCUITS
from models.domain.market import CircuitState
from models.domain.quality_views import CircuitStatus, Freshness, Supply, Verdict

_VERDICTS = {
    CircuitState.CLOSED: Verdict.GOOD,
    CircuitState.OPEN: Verdict.POOR,
    CircuitState.HALF_OPEN: Verdict.WATCH,
}
_LONGEST_ERROR = 200
_MOST_SYMBOLS = 20


def supply_cards(supply: Supply) -> list[Component]:
    """Return a card of freshness, one for each provider, and the symbols that fail."""
    own = [_provider(each) for each in supply.providers if each.circuit.provider == supply.provider]
    others = [_provider(each) for each in supply.providers if each.circuit.provider != supply.provider]
    return [
        _freshness(supply.freshness),
        *(own or [_without_circuit(supply.provider, is_local=supply.freshness.historical)]),
        *others,
        *_failing_symbols(supply.symbols),
    ]


def freshness_verdict(freshness: Freshness) -> tuple[Verdict, str, str]:
    """Return the verdict on how new the data are, in a word and in a sentence."""
    if freshness.historical:
        return Verdict.GOOD, "Complete", "The source ends there: nothing newer is expected."
    if freshness.expected_session is None or freshness.n_sessions_missing == 0:
        return Verdict.GOOD, "Up to date", "No newer session has closed."
    n_missing = freshness.n_sessions_missing
    behind = "1 session" if n_missing == 1 else f"{formats.count(n_missing)} sessions"
    sentence = f"The session of {formats.day(freshness.expected_session)} should be there by now."
    return Verdict.POOR, f"{behind} behind", sentence


def _freshness(freshness: Freshness) -> Component:
    verdict, word, sentence = freshness_verdict(freshness)
    facts = (
        ("Newest session", formats.day(freshness.last_session)),
        ("Last refreshed", moment(freshness.refreshed_at)),
    )
    return _card("Freshness", verdict_badge(verdict, word), facts, sentence)


def _provider(status: CircuitStatus) -> Component:
    circuit = status.circuit
    words = CIRCUITS[circuit.state]
    facts = [
        ("Failures in a row", formats.count(circuit.n_failures)),
        ("Last success", moment(circuit.last_success_at)),
        ("Last failure", moment(circuit.last_failure_at)),
    ]
    if circuit.state is CircuitState.OPEN:
        facts.append(("Asked again from", moment(status.opens_again_at)))
    badge = verdict_badge(_VERDICTS[circuit.state], words.title)
    error = f"Last error: {_shortened(circuit.last_error)}" if circuit.last_error else ""
    return _card(circuit.provider, badge, tuple(facts), f"{words.definition} {error}".strip())


def _without_circuit(provider: str, *, is_local: bool) -> Component:
    if is_local:
        sentence = "It reads what stands on this machine: there is no line that could fail."
        return _card(provider, verdict_badge(Verdict.GOOD, "Local"), (), sentence)
    return _card(provider, verdict_badge(Verdict.GOOD, "No failure"), (), "None has been noted so far.")


def _failing_symbols(symbols: tuple[CircuitStatus, ...]) -> list[Component]:
    if not symbols:
        return []
    lines = [
        html.Li(
            [
                html.Span(each.circuit.symbol, className="strong"),
                html.Span(
                    f"{CIRCUITS[each.circuit.state].title}, {each.circuit.n_failures} failures in a row: "
                    f"{_shortened(each.circuit.last_error) or 'no reason was given'}",
                    className="quiet",
                ),
            ]
        )
        for each in symbols[:_MOST_SYMBOLS]
    ]
    rest = len(symbols) - _MOST_SYMBOLS
    more = [html.Li(f"and {formats.count(rest)} more", className="stamp")] if rest > 0 else []
    title = "1 symbol fails" if len(symbols) == 1 else f"{formats.count(len(symbols))} symbols fail"
    return [
        html.Section(
            [html.H3(title, className="section-title"), html.Ul([*lines, *more], className="evidence-list")],
            className="supply-card",
        )
    ]


def _card(title: str, badge: Component, facts: tuple[tuple[str, str], ...], sentence: str) -> Component:
    lines = [
        html.Div([html.Dt(name), html.Dd(value, className="num")], className="fact") for name, value in facts
    ]
    return html.Section(
        [
            html.Div([html.H3(title, className="section-title"), badge], className="supply-head"),
            html.Dl(lines, className="facts"),
            html.P(sentence, className="plain"),
        ],
        className="supply-card",
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_ERROR else text[:_LONGEST_ERROR] + "…"
