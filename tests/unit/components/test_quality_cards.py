from dataclasses import replace
from datetime import date, timedelta

import pytest

from components import formats
from components.quality_calendar import year_buttons
from components.quality_cards import key_figures, worst_sessions
from components.quality_filters import problem_chips, rule_strip
from components.quality_words import HARD_RULES, SOFT_RULES, rule_words, verdict_words
from components.supply_cards import freshness_verdict, supply_cards
from models.domain.market import BarRule, CircuitState, FlagRule, ProviderCircuit
from models.domain.quality_views import CircuitStatus, Freshness, Problem, Verdict
from tests.fakes_quality import quality_report, quarantined, supply, symbol_quality
from tests.feed_panels import NOW


def test_every_rule_has_words():
    assert set(HARD_RULES) == set(BarRule)
    assert set(SOFT_RULES) == set(FlagRule)
    assert rule_words("gap").title == "Gap"
    assert rule_words("from_the_future").title == "From the future"


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        ({}, Verdict.GOOD, "Good"),
        ({"n_flagged": 9}, Verdict.GOOD, "Good"),
        ({"completeness": 0.999}, Verdict.WATCH, "Incomplete"),
        ({"completeness": 0.989}, Verdict.POOR, "Incomplete"),
        ({"n_quarantined": 1, "validity": 0.9999}, Verdict.WATCH, "Rejected rows"),
        ({"longest_gap_sessions": 5}, Verdict.GOOD, "Good"),
        ({"longest_gap_sessions": 6, "completeness": 0.995}, Verdict.WATCH, "Long gap"),
        ({"timeliness": 5 / 6}, Verdict.POOR, "Late"),
        ({"uniqueness": 0.995}, Verdict.WATCH, "Repeats"),
        (
            {"completeness": None, "validity": None, "uniqueness": None, "timeliness": 0.0},
            Verdict.POOR,
            "Late",
        ),
    ],
)
def test_a_verdict_follows_from_the_gravest_problem(changes, verdict, words):
    row = symbol_quality("AAA", **changes)
    assert row.verdict is verdict
    assert verdict_words(row) == words


def test_flags_are_a_problem_to_filter_by_but_none_that_counts():
    row = symbol_quality("AAA", n_flagged=1)
    assert row.problems == (Problem.FLAGGED,)


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(1.0, "100 %"), (0.999999, "99.99 %"), (0.98765, "98.77 %"), (0.0, "0.00 %"), (None, "–")],
)
def test_a_share_that_is_not_whole_never_looks_whole(fraction, text):
    assert formats.share(fraction).replace(formats.THIN, " ") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1614419.0, "1,614,419"), (23.595, "23.595"), (-1.5, "−1.5"), (0.0001, "0.0001"), (None, "–")],
)
def test_what_a_source_said_is_not_rounded(value, text):
    assert formats.exact(value) == text


def test_key_figures_say_how_much_is_behind_them():
    words = str(key_figures(quality_report()))
    assert "5 of 15 bars missing" in words
    assert "4 rows rejected" in words
    assert "1 symbol late" in words
    assert "no repeats" in words
    assert "2 waiting for a decision" in words
    # Three rows are out; the released one is a bar.
    assert "'3'" in words
    assert "bars kept, in 2 symbols of 3" in words


def test_the_worst_sessions_come_first_in_words():
    words = str(worst_sessions(quality_report()))
    assert words.index("1 Mar 2013") < words.index("28 Feb 2013") < words.index("27 Feb 2013")
    assert "3 of 3 missing" in words
    assert "25 Feb 2013" not in words
    whole = quality_report(n_present=quality_report().n_expected)
    assert "No session lacks a bar" in str(worst_sessions(whole))


def test_chips_count_symbols_and_rules_rows():
    words = str(problem_chips(quality_report()))
    assert words.count("data-filter='problem'") == 1 + len(Problem)
    rules = str(rule_strip(quality_report().rules))
    assert "2 rows of 2 symbols." in rules
    assert "1 bar of 1 symbol." in rules
    assert "2 rejected" in rules
    assert "1 flag'" in rules


def test_years_lead_to_their_neighbours():
    words = str(year_buttons([2011, 2012, 2013], 2012))
    assert "data-value='2011'" in words
    assert "data-value='2013'" in words
    assert str(year_buttons([2013], 2013)).count("disabled=True") == 2


FRESH = Freshness(date(2026, 11, 20), NOW, date(2026, 11, 20), 0, historical=False)


@pytest.mark.parametrize(
    ("freshness", "verdict", "word"),
    [
        (FRESH, Verdict.GOOD, "Up to date"),
        (
            replace(FRESH, last_session=date(2026, 11, 19), n_sessions_missing=1),
            Verdict.POOR,
            "1 session behind",
        ),
        (
            replace(FRESH, last_session=date(2026, 11, 13), n_sessions_missing=5),
            Verdict.POOR,
            "5 sessions behind",
        ),
        (replace(FRESH, historical=True, expected_session=None), Verdict.GOOD, "Complete"),
    ],
)
def test_freshness_says_whether_a_newer_session_should_be_there(freshness, verdict, word):
    assert freshness_verdict(freshness)[:2] == (verdict, word)


def test_a_session_that_is_missing_is_named():
    words = str(supply_cards(supply(freshness=replace(FRESH, n_sessions_missing=2))))
    assert "The session of 20 Nov 2026 should be there by now." in words


def circuit(**changes) -> CircuitStatus:
    parts = {
        "provider": "yfinance", "state": CircuitState.OPEN, "n_failures": 5, "opened_at": NOW,
        "last_success_at": NOW - timedelta(hours=2), "last_failure_at": NOW,
        "last_error": "429 Too Many Requests",
    }  # fmt: skip
    return CircuitStatus(ProviderCircuit(**{**parts, **changes}), NOW + timedelta(minutes=5))


def test_an_open_circuit_says_when_it_is_tried_again():
    words = str(supply_cards(supply(provider="yfinance", providers=(circuit(),))))
    assert "Paused" in words
    assert "20 Nov 2026, 22:05 UTC" in words
    assert "Last error: 429 Too Many Requests" in words
    assert "20 Nov 2026, 20:00 UTC" in words


def test_the_provider_in_use_comes_first_and_others_follow():
    words = str(supply_cards(supply(provider="files", providers=(circuit(),))))
    assert words.index("stands on this machine") < words.index("Paused")
    live = supply(provider="yfinance", freshness=FRESH)
    assert "None has been noted so far" in str(supply_cards(live))


def test_symbols_that_fail_are_named_up_to_a_limit():
    failing = tuple(circuit(symbol=f"S{place}", state=CircuitState.CLOSED) for place in range(25))
    words = str(supply_cards(supply(provider="yfinance", providers=(circuit(),), symbols=failing)))
    assert "25 symbols fail" in words
    assert "and 5 more" in words


def test_an_endless_error_is_cut():
    words = str(supply_cards(supply(providers=(circuit(last_error="x" * 5000),))))
    assert len(words) < 5000


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({}, ()),
        ({"open": None, "low": None}, ("open", "low")),
        ({"volume": None}, ("volume",)),
        ({"symbol": "^VIX", "volume": None}, ()),
        ({"session": None}, ("date",)),
        ({"close": 0.0}, ("a positive close",)),
        ({"high": -1.0}, ("a positive high",)),
    ],
)
def test_what_keeps_a_row_from_being_a_bar(changes, lacks):
    symbol = changes.pop("symbol", "AAA")
    assert quarantined(symbol, **changes).lacks == lacks
