"""The back-test's forecasts against the simulation and against plain loops; none sees its own session."""

import numpy as np
import pytest
from scipy import stats

from models.domain.errors import InsufficientHistoryError
from models.domain.risk import BACKTEST_CONFIDENCES
from models.domain.risk_request import RiskMethod
from services.quant.monte_carlo.garch import EWMA_DECAY, VolatilityModel, filter_variance, fit_volatility
from services.quant.monte_carlo.student import fit_degrees_of_freedom
from services.quant.risk.backtest import backtest_book, book_returns
from services.quant.risk.forecasts import forecast
from services.quant.risk.snapshot import take_snapshot
from services.quant.value_at_risk import value_at_risk
from tests.unit.quant.risk.factories import (
    make_book,
    make_history,
    make_matrix,
    make_returns,
    settings,
    silent,
)

METHODS = list(RiskMethod)


@pytest.fixture(scope="module")
def returns():
    return make_returns(np.random.default_rng(11), 700, 1)[:, 0]


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_the_next_forecast_is_what_the_simulation_says(method, returns):
    """Of one symbol, both know the same; the simulation has its own error."""
    with_tomorrow = np.append(returns, 0.0)
    known = forecast(method, with_tomorrow, returns.size, BACKTEST_CONFIDENCES, silent)[0]
    found = take_snapshot(
        method, make_book([1.0]), make_history(returns[:, None]), settings(n_paths=300_000), silent
    )
    for confidence, value in zip(BACKTEST_CONFIDENCES, known, strict=True):
        simulated = found.tail(confidence).value_at_risk
        # Neighbours among the worst of 700 days lie this far apart.
        step = 0.0 if method in {RiskMethod.GBM, RiskMethod.STUDENT_T} else 0.02
        assert abs(simulated.value - value) < 4 * simulated.standard_error + step * value + 1e-4, confidence


@pytest.mark.parametrize("method", METHODS)
def test_no_forecast_sees_its_session_or_a_later_one(method, returns):
    whole = forecast(method, returns, 520, BACKTEST_CONFIDENCES, silent)
    changed = returns.copy()
    changed[600:] = -0.2
    cut = forecast(method, changed, 520, BACKTEST_CONFIDENCES, silent)
    assert np.allclose(whole[:81], cut[:81], rtol=0, atol=1e-12)
    assert not np.allclose(whole[81:], cut[81:])


def test_gbm_by_a_plain_loop(returns):
    found = forecast(RiskMethod.GBM, returns, 650, (0.99,), silent)[:, 0]
    plain = []
    for session in range(650, returns.size):
        window = np.log1p(returns[:session])
        plain.append(1.0 - np.exp(window.mean() + window.std(ddof=1) * stats.norm.ppf(0.01)))
    assert found == pytest.approx(plain, abs=1e-12)


def test_an_average_filters_as_a_plain_loop():
    shocks = np.random.default_rng(0).normal(0.0, 0.01, 50)
    model = VolatilityModel(0.0, 0.0, 1 - EWMA_DECAY, EWMA_DECAY, is_garch=False)
    variance = [float((shocks**2).mean())]
    for shock in shocks:
        variance.append(EWMA_DECAY * variance[-1] + (1 - EWMA_DECAY) * shock**2)
    assert filter_variance(model, shocks) == pytest.approx(variance, rel=1e-12)


def test_a_garch_market_is_recovered_and_a_short_one_gets_the_average():
    rng = np.random.default_rng(2)
    omega, alpha, beta, variance, returns = 2e-6, 0.08, 0.9, 1e-4, []
    for draw in rng.standard_t(6, 4_000) / np.sqrt(1.5):
        returns.append(np.sqrt(variance) * draw)
        variance = omega + alpha * returns[-1] ** 2 + beta * variance
    found = fit_volatility(np.array(returns))
    assert found.is_garch
    assert (found.alpha, found.beta) == (pytest.approx(alpha, abs=0.03), pytest.approx(beta, abs=0.04))
    assert not fit_volatility(np.array(returns[:499])).is_garch
    assert fit_volatility(np.array(returns[:500])).is_garch


@pytest.mark.parametrize("degrees", [4.0, 8.0])
@pytest.mark.parametrize("n_symbols", [1, 5])
def test_degrees_of_freedom_are_recovered(degrees, n_symbols):
    rng = np.random.default_rng(6)
    normal = rng.normal(size=(6_000, n_symbols)) @ np.linalg.cholesky(np.eye(n_symbols) * 0.5 + 0.5).T
    returns = 0.01 * normal * np.sqrt(degrees / rng.chisquare(degrees, (6_000, 1)))
    assert fit_degrees_of_freedom(returns) == pytest.approx(degrees, rel=0.2)
    assert fit_degrees_of_freedom(normal) == pytest.approx(50.0, abs=12.0)
    assert fit_degrees_of_freedom(np.zeros((100, 2))) == 50.0


def test_fit_by_likelihood_is_that_of_scipy():
    returns = 0.01 * stats.t.rvs(5, size=2_000, random_state=3)
    found = fit_degrees_of_freedom(returns[:, None])
    deviation = returns.std(ddof=1)

    def likelihood(nu):
        scale = deviation * np.sqrt((nu - 2) / nu)
        return stats.t.logpdf(returns, nu, returns.mean(), scale).sum()

    assert likelihood(found) >= max(likelihood(nu) for nu in np.linspace(3, 50, 471)) - 1e-6


def test_exceptions_are_those_of_a_plain_count():
    values = make_returns(np.random.default_rng(12), 900, 3)
    values[:300, 2] = np.nan
    book, matrix = make_book([0.5, 0.3, 0.2]), make_matrix(values)
    found = backtest_book(book, matrix, (RiskMethod.BLOCK_BOOTSTRAP,), silent)
    own = np.nansum(values * [0.5, 0.3, 0.2], axis=1)
    own[:300] /= 0.8
    assert book_returns(book, matrix)[1] == pytest.approx(own, abs=1e-15)
    assert (found.n_sessions, found.first) == (400, matrix.sessions[500].item())
    for result in found.results:
        hits = [day for day in range(500, 900) if -own[day] > value_at_risk(own[:day], result.confidence)]
        assert result.exceptions == tuple(matrix.sessions[hits].tolist())
        assert result.n_exceptions == len(hits)
        assert result.n_expected == pytest.approx(400 * (1 - result.confidence))
    assert found.coverage == 1.0
    assert len(found.chart_sessions) == len(found.chart_returns) == len(found.results[0].forecasts) == 400


def test_sessions_without_half_of_the_book_do_not_count():
    values = make_returns(np.random.default_rng(13), 800, 2)
    values[:150, 0] = np.nan
    sessions, returns, coverage = book_returns(make_book([0.6, 0.4]), make_matrix(values))
    assert (sessions.size, returns.size, coverage.min()) == (650, 650, 1.0)


def test_too_little_history_says_how_much_there_is():
    with pytest.raises(InsufficientHistoryError, match="599 sessions"):
        backtest_book(
            make_book([1.0]),
            make_matrix(make_returns(np.random.default_rng(0), 599, 1)),
            (RiskMethod.GBM,),
            silent,
        )
