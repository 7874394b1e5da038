"""Probabilistic and deflated Sharpe ratios, and the probability of overfitting."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from services.quant.judging.overfitting import backtest_overfitting
from services.quant.judging.sharpe import (
    SharpeMoments,
    deflated_sharpe,
    expected_best_sharpe,
    probabilistic_sharpe,
    variance_of_trials,
)


def test_the_papers_own_example():
    """Bailey and Lopez de Prado (2014): 100 trials, annual variance 0.5, 1,250 days, annual Sharpe 2.5."""
    moments = SharpeMoments(2.5 / np.sqrt(250), 1250, -3.0, 10.0)
    assert deflated_sharpe(moments, 100, 0.5 / 250) == pytest.approx(0.9004, abs=1e-4)


def test_moments_by_hand():
    moments = SharpeMoments.of(np.array([0.01, -0.01, 0.02, 0.00]))
    assert moments.sharpe == pytest.approx(0.005 / np.std([0.01, -0.01, 0.02, 0.0], ddof=1))
    assert moments.kurtosis == pytest.approx(1.64)  # 4 x (2 x 0.005^4 + 2 x 0.015^4) / (0.0005)^2
    assert moments.skewness == pytest.approx(0.0)


def test_normal_returns_give_the_textbook_probability():
    moments = SharpeMoments(0.1, 101, 0.0, 3.0)
    expected = stats.norm.cdf(0.1 * 10 / np.sqrt(1 + 0.5 * 0.01))
    assert probabilistic_sharpe(moments) == pytest.approx(expected)


def test_a_book_that_never_moves_has_no_sharpe():
    moments = SharpeMoments.of(np.zeros(100))
    assert np.isnan(moments.sharpe)
    assert np.isnan(probabilistic_sharpe(moments))


def test_the_best_of_many_without_skill_is_as_good_as_expected():
    rng = np.random.default_rng(0)
    best = rng.normal(0.0, 0.05, (4000, 50)).max(axis=1).mean()
    assert expected_best_sharpe(50, 0.05**2) == pytest.approx(best, rel=0.02)


def test_one_trial_is_not_deflated_and_few_have_the_variance_of_luck():
    moments = SharpeMoments(0.1, 500, 0.0, 3.0)
    assert deflated_sharpe(moments, 1, 0.1) is None
    assert variance_of_trials([0.1] * 9, 500) == pytest.approx(1 / 499)
    assert variance_of_trials([0.0, 0.1] * 5, 500) == pytest.approx(np.var([0.0, 0.1] * 5, ddof=1))
    assert variance_of_trials([np.nan] * 10 + [0.1] * 3, 500) == pytest.approx(1 / 499)
    more = [deflated_sharpe(moments, n, 1 / 499) for n in (2, 10, 100)]
    assert more == sorted(more, reverse=True)


def plain_overfitting(returns, n_blocks):
    """The same by the paper's algorithm, with loops."""
    length = len(returns) // n_blocks
    kept = returns[len(returns) - length * n_blocks :]
    parts = [kept[i * length : (i + 1) * length] for i in range(n_blocks)]
    n_below = n = 0
    for chosen in combinations(range(n_blocks), n_blocks // 2):
        inside = np.concatenate([parts[i] for i in chosen])
        outside = np.concatenate([parts[i] for i in range(n_blocks) if i not in chosen])
        best = np.argmax(inside.mean(axis=0) / inside.std(axis=0))
        ranks = stats.rankdata(outside.mean(axis=0) / outside.std(axis=0))
        share = ranks[best] / (returns.shape[1] + 1)
        n_below += np.log(share / (1 - share)) <= 1e-12
        n += 1
    return n_below / n


def test_overfitting_equals_the_papers_algorithm():
    rng = np.random.default_rng(1)
    returns = rng.normal(0.0, 0.01, (101, 12)) + np.linspace(-0.001, 0.002, 12)
    assert backtest_overfitting(returns, 8).probability == pytest.approx(plain_overfitting(returns, 8))


def test_noise_is_overfitted_and_a_dominating_variant_is_not():
    rng = np.random.default_rng(2)
    found = [backtest_overfitting(rng.normal(0, 0.01, (800, 20))).probability for _ in range(20)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.1)
    returns = rng.normal(0, 0.01, (800, 20))
    returns[:, 3] += 0.004
    assert backtest_overfitting(returns).probability < 0.01


def test_few_variants_are_said():
    found = backtest_overfitting(np.zeros((500, 9)))
    assert (found.probability, found.reason) == (None, "too few variants")
    assert backtest_overfitting(np.zeros((20, 12))).reason == "too few sessions"
    assert backtest_overfitting(np.zeros((64, 12))).probability == 1.0
