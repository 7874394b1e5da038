from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.market import Dataset, DatasetStatus, PriceBasis
from models.domain.quality_views import Gap, RuleCount, Severity
from services.providers.resilience.circuits import OPEN_SECONDS
from services.queries.data_quality import CIRCUIT_OPEN_FOR, judge_freshness
from services.queries.quality_rows import find_gaps, rule_counts, with_severity

LIVE = Dataset("yfinance", "f", "Yahoo Finance", PriceBasis.SPLIT_ADJUSTED)
DAYS = np.arange("2013-01-07", "2013-01-19", dtype="datetime64[D]")
SESSIONS = DAYS[np.is_busday(DAYS)]  # Monday the 7th to Friday the 18th


def status(last: date | None, dataset: Dataset = LIVE) -> DatasetStatus:
    return DatasetStatus(dataset, 50, date(2020, 1, 2), last, datetime(2026, 11, 20, 22, 11, tzinfo=UTC))


def test_the_page_knows_for_how_long_a_circuit_is_open():
    assert timedelta(seconds=OPEN_SECONDS) == CIRCUIT_OPEN_FOR


# Thanksgiving is the 26th; on the 27th the exchange closes at 18:00 UTC, on usual days at 21:00.
@pytest.mark.parametrize(
    ("now", "last", "expected", "n_missing"),
    [
        ("2026-11-20T23:59", "2026-11-19", "2026-11-19", 0),  # the evening's run has until midnight
        ("2026-11-21T00:01", "2026-11-19", "2026-11-20", 1),
        ("2026-11-21T00:01", "2026-11-20", "2026-11-20", 0),
        ("2026-11-23T15:00", "2026-11-20", "2026-11-20", 0),  # a weekend is not late
        ("2026-11-27T12:00", "2026-11-25", "2026-11-25", 0),  # nor is a holiday
        ("2026-11-27T21:01", "2026-11-25", "2026-11-27", 1),
        ("2026-11-27T21:01", "2026-11-18", "2026-11-27", 6),
    ],
)
def test_a_session_is_missing_three_hours_after_its_close(now, last, expected, n_missing):
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = judge_freshness(status(date.fromisoformat(last)), moment)
    assert found.expected_session == date.fromisoformat(expected)
    assert found.n_sessions_missing == n_missing


def test_of_historical_data_nothing_newer_is_expected():
    sample = replace(LIVE, historical=True)
    found = judge_freshness(status(date(2013, 3, 1), sample), datetime(2026, 11, 20, tzinfo=UTC))
    assert (found.expected_session, found.n_sessions_missing) == (None, 0)


def test_gaps_are_runs_of_sessions_without_a_bar():
    present = np.delete(SESSIONS, [2, 4, 5, 6])
    assert find_gaps(SESSIONS, present) == [
        Gap(date(2013, 1, 9), date(2013, 1, 9), 1),
        Gap(date(2013, 1, 11), date(2013, 1, 15), 3),  # over a weekend
    ]
    assert find_gaps(SESSIONS, SESSIONS) == []
    assert find_gaps(SESSIONS, SESSIONS[3:5]) == []  # before the first and after the last bar is no gap
    assert find_gaps(SESSIONS, SESSIONS[:0]) == []


@given(st.sets(st.integers(0, 9)))
def test_gaps_and_bars_make_up_all_sessions_between_the_first_and_the_last(places):
    present = SESSIONS[sorted(places)]
    gaps = find_gaps(SESSIONS, present)
    missing = {day for gap in gaps for day in SESSIONS.tolist() if gap.first <= day <= gap.last}
    assert sum(gap.n_sessions for gap in gaps) == len(missing)
    between = SESSIONS[min(places) : max(places) + 1].tolist() if places else []
    assert missing == set(between) - set(present.tolist())


def test_rules_count_rows_and_symbols():
    hard = pd.DataFrame(
        {"symbol": ["A", "B", "A"], "rule": ["conflicting_duplicate"] * 2 + ["future_date"],
         "n_rows": [2, 3, 1], "n_waiting": [1, 0, 1]}
    )  # fmt: skip
    soft = pd.DataFrame({"symbol": ["A"], "rule": ["gap"], "n_rows": [4]})
    counts = {each.rule: each for each in rule_counts(with_severity(hard, soft))}
    assert counts["conflicting_duplicate"] == RuleCount("conflicting_duplicate", Severity.HARD, 5, 2, 1)
    assert counts["gap"] == RuleCount("gap", Severity.SOFT, 4, 1, 0)
    assert counts["zero_volume"] == RuleCount("zero_volume", Severity.SOFT, 0, 0, 0)
    nothing = rule_counts(with_severity(hard[:0], soft[:0]))
    assert len(nothing) == len(counts)
    assert sum(each.n_rows for each in nothing) == 0
