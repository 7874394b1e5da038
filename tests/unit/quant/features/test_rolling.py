"""Trailing sums and extremes against plain loops; no value knows what stood before its window."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.quant import rolling

values = st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=1, max_size=90).map(
    np.array
)
lengths = st.integers(1, 70)


def _slowly(function, array, n):
    return [function(array[i + 1 - n : i + 1]) if i >= n - 1 else np.nan for i in range(array.size)]


@settings(max_examples=200, deadline=None)
@given(values, lengths)
def test_equal_plain_loops(array, n):
    scale = 1e-12 * np.nansum(np.abs(array)) + 1e-12
    np.testing.assert_allclose(rolling.rolling_sum(array, n), _slowly(np.sum, array, n), rtol=0, atol=scale)
    np.testing.assert_array_equal(rolling.rolling_max(array, n), _slowly(np.max, array, n))
    np.testing.assert_array_equal(rolling.rolling_min(array, n), _slowly(np.min, array, n))


@settings(max_examples=100, deadline=None)
@given(lengths, st.integers(0, 40), st.floats(0.0, 1e12), st.integers(0, 2**32 - 1))
def test_what_stood_before_the_window_leaves_no_trace(n, n_before, size, seed):
    """Equal to the last bit, whatever giants came first."""
    rng = np.random.default_rng(seed)
    later = rng.normal(0.0, 1.0, n + 15)
    both = np.concatenate((rng.normal(0.0, 1.0, n_before) * size, later))
    for function in (rolling.rolling_sum, rolling.rolling_max, rolling.rolling_variance):
        np.testing.assert_array_equal(function(both, n)[n_before + n - 1 :], function(later, n)[n - 1 :])


def test_moments_by_hand():
    x, y = np.array([1.0, 2.0, 3.0, 6.0]), np.array([2.0, 4.0, 6.0, 0.0])
    np.testing.assert_allclose(rolling.rolling_variance(x, 3)[2:], [2 / 3, 26 / 9])
    np.testing.assert_allclose(rolling.rolling_covariance(x, y, 3)[2:], [4 / 3, -32 / 9])
    np.testing.assert_allclose(
        rolling.rolling_correlation(x, y, 3)[2:], [1.0, -32 / 9 / np.sqrt(26 / 9 * 56 / 9)]
    )


@pytest.mark.parametrize("level", [1e-9, 0.1, 3.3, 1e9])
def test_what_stands_still_has_no_variance_and_no_correlation(level):
    still = np.full(200, level)
    moving = np.random.default_rng(0).normal(0.0, 1.0, 200)
    assert (rolling.rolling_variance(still, 60)[59:] == 0.0).all()
    assert (rolling.rolling_correlation(still, moving, 60)[59:] == 0.0).all()


def test_quotients_and_places_where_there_is_nothing_to_divide_by():
    top, bottom = np.array([1.0, 0.0, np.nan, 6.0]), np.array([0.0, 0.0, 0.0, 3.0])
    np.testing.assert_array_equal(rolling.quotient(top, bottom, 0.5), [0.5, 0.5, np.nan, 2.0])
    low, high = np.array([1.0, 5.0, 0.0]), np.array([3.0, 5.0, 0.0])
    np.testing.assert_array_equal(
        rolling.place_in_range(np.array([1.5, 5.0, 0.0]), low, high), [0.25, 0.5, 0.5]
    )


def test_lags_longer_than_the_series_are_unknown():
    assert np.isnan(rolling.lagged(np.ones(3), 5)).all()
    np.testing.assert_array_equal(rolling.lagged(np.arange(3.0), 1), [np.nan, 0.0, 1.0])
    assert np.isnan(rolling.rolling_sum(np.ones(3), 7)).all()
