"""Shares of quality, worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.quant.quality.assessment import QualityCounts, assess
from services.quant.quality.listing import Listing
from tests.unit.quant.quality.markets import sessions

DAYS = sessions(60)


def listing(**places):
    """Return symbols with bars on the sessions of those numbers."""
    counts = [len(rows) for rows in places.values()]
    return Listing(
        tuple(places),
        np.arange(1, len(places) + 1),
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        np.concatenate([DAYS[list(rows)] for rows in places.values()]),
    )


def by_symbol(assessment, name):
    return dict(zip(assessment.scores["symbol"], assessment.scores[name], strict=True))


def test_bars_over_the_sessions_from_the_first_to_the_last():
    found = assess(
        listing(WHOLE=range(60), HOLES=[*range(10, 20), *range(25, 60)], NEW=[59]),
        DAYS[59],
        QualityCounts(),
    )
    assert by_symbol(found, "n_bars") == {"WHOLE": 60, "HOLES": 45, "NEW": 1}
    assert by_symbol(found, "n_expected") == {"WHOLE": 60, "HOLES": 50, "NEW": 1}
    assert by_symbol(found, "completeness") == {"WHOLE": 1.0, "HOLES": 0.9, "NEW": 1.0}
    assert by_symbol(found, "longest_gap_sessions") == {"WHOLE": 0, "HOLES": 5, "NEW": 0}
    assert set(by_symbol(found, "timeliness").values()) == {1.0}
    assert found.run.completeness == 106 / 111
    assert found.run.n_bars == 106
    present = found.sessions["n_present"].tolist()
    expected = found.sessions["n_expected"].tolist()
    assert present[:10] == expected[:10] == [1] * 10
    assert (expected[22], present[22]) == (2, 1)
    assert (expected[59], present[59]) == (3, 3)


@pytest.mark.parametrize(
    ("n_late", "timeliness", "n_expected"),
    [(0, 1.0, 60), (1, 5 / 6, 60), (3, 0.5, 60), (6, 0.0, 60), (20, 0.0, 60), (21, 0.0, 39)],
)
def test_a_symbol_that_stops(n_late, timeliness, n_expected):
    """Late bars are missing ones until nobody can believe any more that the symbol is listed."""
    found = assess(listing(ALL=range(60), LATE=range(60 - n_late)), DAYS[59], QualityCounts())
    assert by_symbol(found, "timeliness")["LATE"] == pytest.approx(timeliness)
    assert by_symbol(found, "n_expected")["LATE"] == n_expected
    assert found.run.timeliness == pytest.approx((1 + timeliness) / 2)


def test_a_known_delisting_leaves_nothing_late():
    gone = {"GONE": DAYS[39]}
    found = assess(listing(ALL=range(60), GONE=range(40)), DAYS[59], QualityCounts(), gone)
    assert by_symbol(found, "timeliness")["GONE"] == 1.0
    assert by_symbol(found, "completeness")["GONE"] == 1.0
    early = assess(listing(ALL=range(60), GONE=range(38)), DAYS[59], QualityCounts(), gone)
    assert by_symbol(early, "timeliness")["GONE"] == pytest.approx(4 / 6)
    assert by_symbol(early, "completeness")["GONE"] == 38 / 40


def test_a_live_feed_that_is_a_session_behind():
    found = assess(listing(A=range(58)), DAYS[59], QualityCounts())
    assert by_symbol(found, "timeliness")["A"] == pytest.approx(4 / 6)
    assert found.sessions["n_expected"].tolist() == [1] * 60
    assert found.sessions["n_present"].tolist() == [1] * 58 + [0, 0]
    assert found.sessions["session"].to_numpy("datetime64[D]").tolist() == DAYS.tolist()


def test_rows_that_were_rejected_or_said_twice():
    counts = QualityCounts(
        quarantined={"A": 20, "": 3},
        conflicts={"A": 12},
        repeats={"A": 20},
        flagged={"B": 7},
        findings={"no_session": 8},
    )
    found = assess(listing(A=range(60), B=range(60)), DAYS[59], counts, without_bars={"C": 9})
    assert by_symbol(found, "validity")["A"] == 60 / 80
    assert by_symbol(found, "uniqueness")["A"] == 1 - 32 / 100
    assert by_symbol(found, "validity")["B"] == by_symbol(found, "uniqueness")["B"] == 1.0
    assert by_symbol(found, "n_quarantined") == {"A": 20, "B": 0, "C": 0}
    assert by_symbol(found, "n_flagged") == {"A": 0, "B": 7, "C": 0}
    assert np.isnan(by_symbol(found, "completeness")["C"])
    assert np.isnan(by_symbol(found, "uniqueness")["C"])
    assert by_symbol(found, "timeliness")["C"] == 0.0
    run = found.run
    assert (run.n_symbols, run.n_quarantined, run.n_flagged) == (3, 23, 7)
    assert run.validity == 120 / 143
    assert run.uniqueness == 1 - 32 / 163
    assert run.findings == {"no_session": 8}


def test_bars_on_days_that_are_no_sessions_count_as_expected():
    """An index is computed on some holidays; what is there was to be expected."""
    days = np.sort(np.append(DAYS[:10], np.datetime64("2012-01-16")))
    found = assess(Listing(("^X",), np.array([1]), np.array([0, 11]), days), days[-1], QualityCounts())
    assert by_symbol(found, "completeness")["^X"] == 1.0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sets(st.integers(0, 59), min_size=1), min_size=1, max_size=6))
def test_shares_are_shares_and_sessions_add_up(places):
    chosen = {f"S{k}": sorted(rows) for k, rows in enumerate(places)}
    newest = DAYS[max(max(rows) for rows in places)]
    found = assess(listing(**chosen), newest, QualityCounts())
    for name in ("completeness", "timeliness", "validity", "uniqueness"):
        assert found.scores[name].between(0.0, 1.0).all()
    assert found.sessions["n_present"].sum() == found.scores["n_bars"].sum()
    assert found.sessions["n_expected"].sum() == found.scores["n_expected"].sum()
    assert (found.sessions["n_present"] <= found.sessions["n_expected"]).all()
