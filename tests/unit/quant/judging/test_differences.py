import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.sandwich_covariance import S_hac_simple

from services.quant.judging.differences import error_of_mean, interval_of_mean_difference, share_interval

DAYS = np.arange("2003-01-01", "2005-01-01", dtype="datetime64[D]")


def test_the_error_of_independent_values_by_hand():
    """400 values of deviation 0.2: 0.2 / 20."""
    assert error_of_mean(np.tile([0.2, -0.2], 200), 1) == pytest.approx(0.01)


def test_the_error_is_that_of_statsmodels():
    values = np.random.default_rng(1).normal(size=300).cumsum()
    centred = (values - values.mean())[:, None]
    long_run = S_hac_simple(centred, nlags=20)[0, 0] / 300
    assert error_of_mean(values, 21) == pytest.approx(float(np.sqrt(long_run / 300)))


def test_a_constant_difference_has_no_width():
    ours = np.random.default_rng(2).normal(size=DAYS.size)
    found = interval_of_mean_difference(DAYS, ours + 0.01, DAYS, ours)
    assert (found.value, found.low, found.high) == pytest.approx((0.01, 0.01, 0.01))
    assert found.n == found.n_sessions == DAYS.size


def test_only_sessions_that_both_have_count():
    rng = np.random.default_rng(3)
    ours, theirs = rng.normal(size=DAYS.size), rng.normal(size=DAYS.size)
    theirs[5] = np.nan
    found = interval_of_mean_difference(DAYS[100:], ours[100:], DAYS[:300], theirs[:300])
    same = interval_of_mean_difference(DAYS[100:300], ours[100:300], DAYS[100:300], theirs[100:300])
    assert found == same
    assert found.value == pytest.approx(float((ours[100:300] - theirs[100:300]).mean()))


def test_too_few_common_sessions_tell_nothing():
    values = np.zeros(DAYS.size)
    assert interval_of_mean_difference(DAYS[:29], values[:29], DAYS, values) is None
    assert interval_of_mean_difference(DAYS[:50], values[:50], DAYS[60:], values[60:]) is None


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """Returns over 5 sessions overlap, as those behind daily ICs do."""
    rng = np.random.default_rng(4)
    n_inside = 0
    for _ in range(300):
        shocks = rng.normal(size=DAYS.size + 4)
        noise = np.convolve(shocks, np.ones(5) / 5, mode="valid")
        found = interval_of_mean_difference(DAYS, noise, DAYS, np.zeros(DAYS.size))
        n_inside += found.low <= 0.0 <= found.high
    assert 0.88 <= n_inside / 300 <= 0.98


@given(st.floats(0.0, 1.0), st.floats(0.5, 1e6))
def test_a_share_lies_within_its_interval_and_the_interval_within_all_shares(share, n):
    low, high = share_interval(share, n)
    assert -1e-9 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1.0 + 1e-9


def test_an_interval_of_a_share_is_that_of_statsmodels():
    assert share_interval(0.4, 200) == pytest.approx(proportion_confint(80, 200, method="wilson"))
