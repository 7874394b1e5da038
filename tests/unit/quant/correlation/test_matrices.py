import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import covariance

from models.domain.correlation import CorrelationMethod
from services.quant.correlation.matrices import estimate, ledoit_wolf, n_common_sessions, pearson, spearman


def factor_returns(n_sessions=252, n_symbols=40, seed=0, missing=0.0):
    rng = np.random.default_rng(seed)
    market = rng.standard_t(4, (n_sessions, 1)) * 0.01
    returns = market * rng.uniform(0.3, 1.5, n_symbols) + rng.normal(0, 0.01, (n_sessions, n_symbols))
    returns[rng.random(returns.shape) < missing] = np.nan
    return returns


def test_a_hand_worked_pair():
    # Deviations -1, 0, 1 and -2, 1, 1: 3 / sqrt(2 x 6).
    values = np.array([[1.0, 0.0], [2.0, 3.0], [3.0, 3.0]])
    assert pearson(values)[0, 1] == pytest.approx(3 / np.sqrt(12), abs=1e-15)
    # Ranks 1, 2, 3 and 1, 2.5, 2.5: deviations -1, 0, 1 and -1, 0.5, 0.5.
    assert spearman(values)[0, 1] == pytest.approx(1.5 / np.sqrt(2 * 1.5), abs=1e-15)


@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_pearson_is_that_of_pandas_pair_by_pair(missing):
    returns = factor_returns(missing=missing)
    np.testing.assert_allclose(pearson(returns), pd.DataFrame(returns).corr().to_numpy(), atol=1e-12)


def test_spearman_is_that_of_scipy_without_missing_values():
    returns = np.round(factor_returns(), 3)  # with ties
    np.testing.assert_allclose(spearman(returns), stats.spearmanr(returns).statistic, atol=1e-12)


def test_spearman_with_missing_values_stays_near_each_pair_ranked_anew():
    returns = factor_returns(missing=0.1)
    peer = pd.DataFrame(returns).corr(method="spearman").to_numpy()
    assert np.abs(spearman(returns) - peer).max() < 0.02


@pytest.mark.parametrize("shape", [(252, 40), (60, 200), (30, 2)])
def test_ledoit_wolf_is_that_of_scikit_learn_on_standardised_returns(shape):
    returns = factor_returns(*shape)
    standardised = (returns - returns.mean(axis=0)) / returns.std(axis=0)
    peer, shrinkage = covariance.ledoit_wolf(standardised)
    ours = ledoit_wolf(returns)
    assert ours.shrinkage == pytest.approx(shrinkage, abs=1e-12)
    np.testing.assert_allclose(ours.matrix, peer, atol=1e-12)
    np.testing.assert_array_equal(np.diagonal(ours.matrix), 1.0)


def test_ledoit_wolf_takes_almost_everything_out_of_noise_and_keeps_a_factor():
    noise = np.random.default_rng(1).normal(size=(252, 100))
    assert ledoit_wolf(noise).shrinkage > 0.9
    assert ledoit_wolf(factor_returns(2_000)).shrinkage < 0.05


@pytest.mark.parametrize("method", CorrelationMethod)
@given(seed=st.integers(0, 1_000), missing=st.sampled_from([0.0, 0.2]))
def test_invariants_of_every_method(method, seed, missing):
    returns = factor_returns(60, 8, seed, missing)
    matrix = estimate(returns, method).matrix
    assert np.isfinite(matrix).all()
    assert (matrix == matrix.T).all()
    assert (np.diagonal(matrix) == 1.0).all()
    assert (np.abs(matrix) <= 1.0).all()
    # Units and order of the symbols do not matter.
    flipped = estimate(returns[:, ::-1] * 100.0, method).matrix
    np.testing.assert_allclose(flipped[::-1, ::-1], matrix, atol=1e-9)


def test_what_cannot_be_measured_is_missing_and_never_zero():
    returns = factor_returns(50, 4)
    returns[:, 0] = 0.01  # constant
    returns[:25, 1] = np.nan
    returns[25:, 2] = np.nan  # shares nothing with 1
    matrix = pearson(returns)
    assert np.isnan(matrix[0]).all()
    assert np.isnan(matrix[1, 2])
    assert np.isfinite(matrix[[1, 2], 3]).all()
    assert n_common_sessions(returns)[1, 2] == 0


def test_a_constant_over_the_common_sessions_alone_is_missing():
    returns = factor_returns(50, 2)
    returns[:25, 0] = np.nan
    returns[25:, 1] = 0.0
    assert np.isnan(pearson(returns)[0, 1])
