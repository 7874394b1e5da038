"""Information coefficients, area under the curve, and what a sample can tell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from services.quant.judging.ranking import (
    area_of_counts,
    area_under_curve,
    detectable_ic,
    ic_sums,
    mean_of_sums,
    rank_ic,
    ranks_within,
    score_counts_by_session,
)


@given(st.integers(0, 10_000), st.integers(2, 6))
def test_ranks_and_ics_equal_scipys_session_by_session(seed, n_different):
    rng = np.random.default_rng(seed)
    places = rng.integers(0, 8, 120)
    scores = rng.integers(0, n_different, 120).astype(float)  # with many ties
    returns = rng.normal(size=120)
    returns[rng.random(120) < 0.05] = np.nan
    found = rank_ic(scores, returns, places, 9)
    assert np.isnan(found[8])
    ranks = ranks_within(scores, places)
    for session in range(8):
        inside = places == session
        assert ranks[inside].tolist() == stats.rankdata(scores[inside]).tolist()
        known = inside & np.isfinite(returns)
        if known.sum() < 3:
            assert np.isnan(found[session])
        elif np.unique(scores[known]).size == 1:
            assert found[session] == 0.0
        else:
            assert found[session] == pytest.approx(stats.spearmanr(scores[known], returns[known])[0])


def test_two_symbols_equal_returns_and_equal_scores():
    scores = np.array([1.0, 2, 1, 2, 3, 7, 7, 7])
    returns = np.array([1.0, 2, 5, 5, 5, 1, 2, 3])
    places = np.array([0, 0, 1, 1, 1, 2, 2, 2])
    found = rank_ic(scores, returns, places, 3)
    assert np.isnan(found[:2]).all()
    assert found[2] == 0.0


def test_the_mean_leaves_out_sessions_without_an_ic():
    sums = ic_sums(np.array([0.1, np.nan, 0.3]))
    assert mean_of_sums(sums.sum(axis=0)[None])[0] == pytest.approx(0.2)
    assert np.isnan(mean_of_sums(np.zeros((1, 2)))[0])


@given(st.integers(0, 10_000))
def test_area_under_the_curve_equals_scikit_learns(seed):
    rng = np.random.default_rng(seed)
    is_up = rng.random(60) < 0.5
    is_up[:2] = True, False
    scores = rng.integers(0, 9, 60).astype(float)
    assert area_under_curve(scores, is_up) == pytest.approx(roc_auc_score(is_up, scores))


@given(st.integers(0, 10_000), st.booleans())
def test_the_area_of_counts_is_that_of_the_scores(seed, has_ties):
    rng = np.random.default_rng(seed)
    is_up = rng.random(3000) < 0.4
    scores = rng.normal(size=3000) + 0.3 * is_up
    scores = np.round(scores, 1) if has_ties else scores
    counts = score_counts_by_session(scores, is_up, rng.integers(0, 40, 3000), 41)
    assert counts.sum() == 3000
    assert area_of_counts(counts.sum(axis=0)[None])[0] == pytest.approx(
        area_under_curve(scores, is_up), abs=1e-3
    )
    assert np.isnan(area_of_counts(counts[40:])[0])


def test_without_a_down_there_is_no_area():
    assert np.isnan(area_under_curve(np.arange(3.0), np.ones(3, bool)))


def test_power_by_hand():
    """Independent ICs of deviation 0.2 over 400 days: error 0.01, detectable (1.2816 + 0.8416) x 0.01."""
    ic = np.tile([0.2, -0.2], 200)
    found = detectable_ic(ic, horizon_sessions=1)
    assert found.standard_error == pytest.approx(0.01)
    assert found.detectable_ic == pytest.approx(0.02123, abs=1e-5)
    assert found.sentence() == "400 days detect an IC of 0.021 or more"


def test_a_true_ic_of_that_size_is_found_as_often_as_said():
    rng = np.random.default_rng(5)
    n_sessions, horizon = 500, 5
    n_found = n_false = 0
    for _ in range(400):
        shocks = rng.normal(0.0, 0.25, n_sessions + horizon - 1)
        noise = np.convolve(shocks, np.ones(horizon) / horizon, mode="valid")
        power = detectable_ic(noise, horizon)
        critical = power.standard_error * 1.2816
        n_found += noise.mean() + power.detectable_ic > critical
        n_false += noise.mean() > critical
    assert 0.72 <= n_found / 400 <= 0.86
    assert 0.06 <= n_false / 400 <= 0.16


def test_one_session_can_tell_nothing():
    assert np.isnan(detectable_ic(np.array([0.1, np.nan]), 5).detectable_ic)
