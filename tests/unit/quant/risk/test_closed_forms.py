"""Simulated figures against formulas, and their stated errors against many seeds."""

import numpy as np
import pytest
from scipy import stats

from models.domain.risk import FAN_LEVELS
from models.domain.risk_request import RiskMethod
from services.quant.monte_carlo.engine import simulate
from services.quant.monte_carlo.models import (
    BlockBootstrap,
    GeometricBrownianMotion,
    StudentT,
    covariance_factor,
    fit_model,
)
from services.quant.value_at_risk import estimate_expected_shortfall, estimate_value_at_risk, value_at_risk
from tests.unit.quant.risk.factories import make_history, make_returns, settings, silent

ONE = np.array([1.0])
GBM, STUDENT = RiskMethod.GBM, RiskMethod.STUDENT_T


def walk(method, model, weights=ONE, cash=0.0, **chosen):
    return simulate(method, model, np.asarray(weights), cash, settings(**chosen), FAN_LEVELS, silent)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_gbm_has_the_quantiles_of_a_lognormal(confidence):
    mean, deviation, horizon = 0.0004, 0.012, 21
    model = GeometricBrownianMotion(np.array([mean]), np.array([[deviation]]))
    found = estimate_value_at_risk(
        walk(GBM, model, n_paths=200_000, horizon_sessions=horizon).outcomes, confidence
    )
    below = stats.norm.ppf(1.0 - confidence)
    exact = 1.0 - np.exp(mean * horizon + deviation * np.sqrt(horizon) * below)
    assert abs(found.value - exact) < 4.0 * found.standard_error
    assert found.standard_error < 0.001


def test_gbm_of_several_symbols_has_their_means_and_covariance():
    returns = make_returns(np.random.default_rng(1), 1_000, 3)
    history = make_history(returns)
    model = fit_model(GBM, history, np.full(3, 1 / 3), silent)
    rng = np.random.default_rng(0)
    _, _, growth = model.paths(rng, 200_000, 1, np.full(3, 1 / 3), 0.0)
    logs = np.log(growth)
    wanted = np.cov(history.log_returns.T)
    assert np.cov(logs.T) == pytest.approx(wanted, rel=0.02)
    error = np.sqrt(np.diag(wanted) / 200_000)
    assert (np.abs(logs.mean(axis=0) - history.log_returns.mean(axis=0)) < 4 * error).all()


@pytest.mark.parametrize("confidence", [0.95, 0.99])
def test_student_t_has_the_expected_shortfall_of_the_formula(confidence):
    """ES of a standard t: pdf(q) (nu + q^2) / ((nu - 1) p)."""
    mean, scale, degrees = 0.0003, 0.01, 4.0
    model = StudentT(np.array([mean]), np.array([[scale]]), degrees)
    outcomes = walk(STUDENT, model, n_paths=400_000).outcomes
    found = estimate_expected_shortfall(outcomes, confidence)
    tail = 1.0 - confidence
    quantile = stats.t.ppf(tail, degrees)
    unit = stats.t.pdf(quantile, degrees) * (degrees + quantile**2) / ((degrees - 1.0) * tail)
    assert abs(found.value - (scale * unit - mean)) < 4.0 * found.standard_error
    var = estimate_value_at_risk(outcomes, confidence)
    assert abs(var.value + scale * quantile + mean) < 4.0 * var.standard_error


def test_fitted_student_t_keeps_the_covariance():
    returns = make_returns(np.random.default_rng(2), 1_200, 3)
    model = fit_model(STUDENT, make_history(returns), np.full(3, 1 / 3), silent)
    covariance = model.factor.T @ model.factor * model.degrees / (model.degrees - 2.0)
    assert covariance == pytest.approx(np.cov(returns.T), rel=1e-9)


def test_the_bootstrap_has_the_historys_own_quantile():
    returns = make_returns(np.random.default_rng(3), 1_260, 4)
    history, weights = make_history(returns), np.array([0.4, 0.3, 0.2, -0.1])
    model = fit_model(RiskMethod.BLOCK_BOOTSTRAP, history, weights, silent)
    own = returns @ weights
    for confidence in (0.9, 0.95, 0.99):
        outcomes = walk(RiskMethod.BLOCK_BOOTSTRAP, model, weights, 0.2, n_paths=200_000).outcomes
        found = estimate_value_at_risk(outcomes, confidence)
        around = np.abs(np.sort(-own) - value_at_risk(own, confidence)).argsort()[:3]
        spacing = np.ptp(np.sort(-own)[around])  # a step of the history's own distribution
        assert abs(found.value - value_at_risk(own, confidence)) <= spacing + 3 * found.standard_error
    assert {round(value, 12) for value in outcomes.tolist()} <= {round(value, 12) for value in own.tolist()}


def test_blocks_keep_the_days_in_a_row():
    """With blocks that never end, two sessions are two neighbours of the history."""
    gross = 1.0 + np.arange(1.0, 8.0)[:, None] / 100.0
    found = walk(
        RiskMethod.BLOCK_BOOTSTRAP, BlockBootstrap(gross, 1e12), n_paths=2_000, horizon_sessions=2
    ).outcomes
    neighbours = {round(float(gross[i, 0] * gross[(i + 1) % 7, 0] - 1.0), 12) for i in range(7)}
    assert {round(value, 12) for value in found.tolist()} == neighbours


@pytest.mark.parametrize("method", ["gbm", "student_t"])
def test_stated_errors_cover_the_truth_as_often_as_they_say(method):
    """Over 200 seeds, 68 and 95 % of the figures lie within one and two stated errors of the truth."""
    confidence, scale, degrees = 0.95, 0.01, 5.0
    if method == "gbm":
        model = GeometricBrownianMotion(np.zeros(1), np.array([[scale]]))
        below = stats.norm.ppf(1.0 - confidence)
        var = 1.0 - np.exp(scale * below)
        # Of 1 - exp(x) where x is below its quantile.
        shortfall = 1.0 - np.exp(scale**2 / 2) * stats.norm.cdf(below - scale) / (1.0 - confidence)
    else:
        model = StudentT(np.zeros(1), np.array([[scale]]), degrees)
        quantile = stats.t.ppf(1.0 - confidence, degrees)
        var = -scale * quantile
        density = stats.t.pdf(quantile, degrees)
        shortfall = scale * density * (degrees + quantile**2) / ((degrees - 1.0) * (1.0 - confidence))
    distance = []
    for seed in range(200):
        outcomes = walk(RiskMethod(method), model, n_paths=4_000, seed=seed).outcomes
        found = (
            estimate_value_at_risk(outcomes, confidence),
            estimate_expected_shortfall(outcomes, confidence),
        )
        distance.append(
            [
                (one.value - truth) / one.standard_error
                for one, truth in zip(found, (var, shortfall), strict=True)
            ]
        )
    share = np.abs(np.array(distance))
    # Three binomial deviations of 200 draws around 68.3 and 95.4 %.
    assert (share < 1.0).mean(axis=0) == pytest.approx([0.683, 0.683], abs=0.10), (share < 1.0).mean(axis=0)
    assert (share < 2.0).mean(axis=0) == pytest.approx([0.954, 0.954], abs=0.045), (share < 2.0).mean(axis=0)


def test_a_singular_covariance_is_factored():
    returns = np.random.default_rng(0).normal(size=(50, 3))
    doubled = np.column_stack([returns, returns[:, 0], returns @ np.ones(3)])
    factor = covariance_factor(doubled)
    assert np.isfinite(factor).all()
    assert factor.T @ factor == pytest.approx(np.cov(doubled.T), abs=1e-12)
