"""Intervals cover the truth as often as they say, also where neighbouring sessions are alike."""

import numpy as np
import pytest

from services.quant.judging.classification import expected_calibration_error
from services.quant.judging.intervals import (
    biased_interval,
    block_interval,
    lower_bound,
    paired_p_value,
    session_draws,
)


def mean(sums):
    return sums[:, 0] / sums[:, 1]


def overlapping_means(rng, n_sessions=600, horizon=5):
    """Sums over sessions of a moving average: neighbours share four of their five shocks. Truth: 0."""
    shocks = rng.normal(size=n_sessions + horizon - 1)
    values = np.convolve(shocks, np.ones(horizon) / horizon, mode="valid")
    return np.column_stack((values, np.ones(n_sessions)))


def test_every_resample_is_as_long_as_the_original():
    draws = session_draws(50, 5, np.random.default_rng(0), 20)
    assert draws.shape == (20, 50)
    assert (draws.sum(axis=1) == 50).all()
    assert np.array_equal(draws, session_draws(50, 5, np.random.default_rng(0), 20))


def test_two_sided_intervals_cover_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(1)
    draws = session_draws(600, 25, rng, 400)
    n_covered = n_above = 0
    for _ in range(300):
        sums = overlapping_means(rng)
        found = block_interval(sums, mean, draws, 600)
        n_covered += found.low <= 0.0 <= found.high
        n_above += lower_bound(sums, mean, draws) <= 0.0
    # Percentile intervals of a few dozen blocks are a little narrow; sampling error of 300: 1.3 and 1.7 %.
    assert 0.89 <= n_covered / 300 <= 0.98
    assert 0.84 <= n_above / 300 <= 0.95


def test_blocks_of_single_sessions_would_be_far_too_sure():
    rng = np.random.default_rng(2)
    draws = session_draws(600, 1, rng, 400)
    n_covered = 0
    for _ in range(200):
        found = block_interval(overlapping_means(rng), mean, draws, 600)
        n_covered += found.low <= 0.0 <= found.high
    assert n_covered / 200 < 0.75


def test_the_value_is_that_of_all_sessions():
    sums = np.array([[1.0, 2.0], [5.0, 2.0]])
    found = block_interval(sums, mean, session_draws(2, 1, np.random.default_rng(0), 50), 4)
    assert found.value == pytest.approx(1.5)
    assert (found.n, found.n_sessions, found.confidence) == (4, 2, 0.95)
    assert found.low <= 1.5 <= found.high


def test_what_most_resamples_cannot_tell_has_no_bounds():
    sums = np.array([[0.0, 0.0]] * 9 + [[1.0, 1.0]])
    draws = session_draws(10, 1, np.random.default_rng(0), 200)  # a third never draw the last session

    def figure(totals):
        n = totals[:, 1]
        return np.divide(totals[:, 0], n, out=np.full(n.shape, np.nan), where=n > 0)

    found = block_interval(sums, figure, draws, 1)
    assert found.value == 1.0
    assert np.isnan([found.low, found.high]).all()


def test_a_paired_difference_is_told_where_two_models_share_their_luck():
    rng = np.random.default_rng(3)
    luck = overlapping_means(rng)
    better = luck + np.array([0.02, 0.0]) + np.column_stack((0.01 * rng.normal(size=600), np.zeros(600)))
    draws = session_draws(600, 20, rng, 500)
    assert paired_p_value(better, luck, mean, draws) < 0.01
    assert paired_p_value(luck, luck, mean, draws) == 1.0


@pytest.mark.parametrize("gap", [0.02, 0.06])
def test_an_error_that_chance_makes_larger_is_covered_all_the_same(gap):
    """Ten bins of stated 50 %, each right in 50 % + gap of the cases: the truth is the gap itself."""
    rng = np.random.default_rng(4)
    draws = session_draws(250, 5, rng, 300)
    n_mirrored = n_plain = 0
    for _ in range(100):
        bins = rng.integers(0, 10, (250, 20))
        sums = np.zeros((250, 11))
        np.add.at(sums, (np.arange(250)[:, None], bins), (rng.random((250, 20)) < 0.5 + gap) - 0.5)
        sums[:, 10] = 20.0
        mirrored = biased_interval(sums, expected_calibration_error, draws, 5000)
        plain = block_interval(sums, expected_calibration_error, draws, 5000)
        assert 0.0 <= mirrored.low <= mirrored.value <= mirrored.high
        n_mirrored += mirrored.low <= gap <= mirrored.high
        n_plain += plain.low <= gap <= plain.high
    assert n_mirrored / 100 >= 0.83
    if gap < 0.03:
        assert n_plain / 100 < 0.7
