"""Kupiec, Christoffersen and the Basel zones against tables worked by hand."""

import numpy as np
import pytest
from scipy import stats

from models.domain.risk import BaselZone
from services.quant.risk.exceptions import basel_zone, independence_ratio, kupiec_ratio, run_tests


def series(*places, n):
    hits = np.zeros(n, dtype=bool)
    hits[list(places)] = True
    return hits


def spread(n_hits, n):
    return series(*(place * (n // n_hits) for place in range(n_hits)), n=n)


@pytest.mark.parametrize(
    ("n", "x", "p", "ratio"),
    [
        (255, 20, 0.05, 3.7272),  # 2 (20 ln 1.568627 + 235 ln 0.970072) = 2 (9.00402 - 7.14041)
        (250, 5, 0.01, 1.9568),  # 2 (5 ln 2 + 245 ln 0.989899) = 2 (3.46574 - 2.48732)
        (250, 0, 0.01, 5.0252),  # 2 * 250 * -ln 0.99
        (250, 250, 0.01, 2302.5851),  # 2 * 250 * ln 100
        (1000, 10, 0.01, 0.0),
    ],
)
def test_kupiec_by_hand(n, x, p, ratio):
    assert float(kupiec_ratio(np.array(n), np.array(x), p)) == pytest.approx(ratio, abs=2e-4)


def test_christoffersen_by_hand():
    """0 1 1 0 0 0 1 0 0 0: n00 = 4, n01 = 2, n10 = 2, n11 = 1.

    pi01 = 2/6, pi11 = 1/3, pi = 3/9: all the same, so the ratio is 0.
    """
    assert float(independence_ratio(series(1, 2, 6, n=10))) == pytest.approx(0.0, abs=1e-12)
    # 1 1 1 0 0 0 0 0 0 0: n11 = 2, n10 = 1, n01 = 0, n00 = 6; pi11 = 2/3, pi01 = 0, pi = 2/9.
    # 2 (2 ln 2/3 + ln 1/3 + 0 - 2 ln 2/9 - 7 ln 7/9)
    worked = 2 * (2 * np.log(2 / 3) + np.log(1 / 3) - 2 * np.log(2 / 9) - 7 * np.log(7 / 9))
    assert float(independence_ratio(series(0, 1, 2, n=10))) == pytest.approx(worked, abs=1e-12)
    assert worked == pytest.approx(5.7156, abs=1e-4)


def test_many_histories_at_once_are_each_as_alone():
    hits = np.random.default_rng(0).random((20, 300)) < 0.05
    assert independence_ratio(hits).tolist() == [float(independence_ratio(row)) for row in hits]


def test_never_and_always_are_no_nan():
    for hits in (np.zeros(250, dtype=bool), np.ones(250, dtype=bool)):
        tests = run_tests(hits, 0.99, np.random.default_rng(0))
        assert np.isfinite(tests.kupiec.statistic)
        assert 0.0 < tests.kupiec.p_value <= 1.0


def test_independence_is_left_open_below_five_exceptions():
    rng = np.random.default_rng(0)
    assert run_tests(spread(4, 250), 0.99, rng).independence is None
    assert run_tests(spread(4, 250), 0.99, rng).joint is None
    assert run_tests(spread(5, 250), 0.99, rng).independence is not None


def test_p_value_of_the_count_is_that_of_the_binomial():
    n, p, x = 500, 0.05, 36
    exact = sum(
        stats.binom.pmf(k, n, p)
        for k in range(n + 1)
        if kupiec_ratio(np.array(n), np.array(k), p) >= kupiec_ratio(np.array(n), np.array(x), p) - 1e-9
    )
    found = run_tests(spread(x, n), 0.95, np.random.default_rng(0)).kupiec.p_value
    assert found == pytest.approx(exact, abs=3.5 * np.sqrt(exact * (1 - exact) / 4_999))


@pytest.mark.slow
def test_a_right_model_is_refused_as_often_as_the_level_says():
    rng = np.random.default_rng(1)
    p_values = [run_tests(rng.random(400) < 0.05, 0.95, rng) for _ in range(120)]
    for name in ("kupiec", "independence", "joint"):
        refused = np.mean([getattr(one, name).p_value < 0.1 for one in p_values if getattr(one, name)])
        assert refused < 0.1 + 3 * np.sqrt(0.09 / 120), name


def test_clusters_are_found_and_the_right_number_is_not_refused():
    hits = series(*range(100, 108), *range(400, 409), *range(700, 708), n=500 * 2)
    found = run_tests(hits[:500], 0.95, np.random.default_rng(0))
    assert found.independence.p_value < 0.01
    assert found.joint.p_value < 0.01


@pytest.mark.parametrize(
    ("x", "zone"),
    [(0, "green"), (4, "green"), (5, "yellow"), (9, "yellow"), (10, "red"), (40, "red")],
)
def test_basel_zones_of_250_sessions_at_99(x, zone):
    hits = spread(x, 250) if x else np.zeros(250, dtype=bool)
    # Older exceptions do not count.
    found = basel_zone(np.concatenate([np.ones(100, dtype=bool), hits]), 0.99)
    assert (found.zone, found.n_sessions, found.n_exceptions) == (BaselZone(zone), 250, x)


@pytest.mark.parametrize(("n", "confidence"), [(125, 0.99), (250, 0.95), (60, 0.99)])
def test_other_lengths_go_by_the_binomial(n, confidence):
    for x in range(n // 4):
        below = stats.binom.cdf(x, n, 1.0 - confidence)
        wanted = "red" if below >= 0.9999 else "yellow" if below >= 0.95 else "green"
        hits = np.arange(n) < x
        assert basel_zone(hits, confidence).zone.value == wanted


def test_the_binomial_rule_gives_the_basel_table_at_250():
    cdf = stats.binom.cdf(np.arange(12), 250, 0.01)
    assert int((cdf < 0.95).sum()) == 5
    assert int((cdf < 0.9999).sum()) == 10
