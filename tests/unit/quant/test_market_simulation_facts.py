"""Stylised facts of simulated returns, judged by how they differ between independent markets.

Every figure is computed in twelve markets; its standard error is that of their mean. Twelve means lie further
than five standard errors from the truth once in two thousand times, and the seeds are fixed.
"""

import numpy as np
import pytest
from scipy import stats

from services.quant.market_simulation.market import simulate_market
from services.quant.market_simulation.settings import STRENGTH_OF_AUC_65, SimulationSettings

N_MARKETS, N_SYMBOLS, N_SESSIONS = 12, 110, 1_500
HORIZON = 5
N_ERRORS = 5.0


def _log_returns(market):
    """Return total log returns from close to close and from open to close."""
    dividend, split = np.zeros(market.close.shape), np.ones(market.close.shape)
    dividend[market.dividends.session, market.dividends.company] = market.dividends.value
    split[market.splits.session, market.splits.company] = market.splits.value
    close = market.close.astype(np.float64)
    session = np.full(close.shape, np.nan)
    session[1:] = np.log((close[1:] + dividend[1:]) * split[1:] / close[:-1])
    return session, np.log((close + dividend) / (market.open + dividend))


def _forward(market):
    """Return the log return from the next open to the close of t + 5, NaN where it is not known."""
    session, day = _log_returns(market)
    n_rows = session.shape[0] - HORIZON
    forward = np.full(session.shape, np.nan)
    forward[:n_rows] = day[1 : n_rows + 1]
    for ahead in range(2, HORIZON + 1):
        forward[:n_rows] += session[ahead : ahead + n_rows]
    return forward


def _rolling(values, n, summary):
    out = np.full(values.shape, np.nan)
    out[n - 1 :] = summary(np.lib.stride_tricks.sliding_window_view(values, n, axis=0), axis=-1)
    return out


def _auc(score, forward, threshold):
    """Return how often an Up has a higher score than a Down, by the ranks of Mann and Whitney."""
    known = np.isfinite(score) & np.isfinite(forward) & np.isfinite(threshold)
    known &= np.abs(np.where(known, forward, 0.0)) > np.where(known, threshold, 0.0)
    is_up = forward[known] > 0
    ranks = stats.rankdata(score[known])
    n_up, n_down = is_up.sum(), (~is_up).sum()
    return (ranks[is_up].sum() - n_up * (n_up + 1) / 2) / (n_up * n_down)


def _observables(market):
    """Return what is known at the close, each of another family."""
    session, day = _log_returns(market)
    volatility = _rolling(session, 20, np.std)
    volume = np.log(market.volume.astype(np.float64))
    with np.errstate(invalid="ignore"):
        return {
            "return of a session": session,
            "return of 5 sessions": _rolling(session, 5, np.sum),
            "return of 60 sessions": _rolling(session, 60, np.sum),
            "night": session - day,
            "volatility": volatility,
            "relative volume": volume - _rolling(volume, 20, np.mean),
            "range": np.log(market.high / market.low) / volatility,
            "close in the range": (market.close - market.low) / (market.high - market.low + 0.01),
            "price": market.close,
        }


def _aucs(market, scores):
    forward = _forward(market)
    threshold = 0.5 * np.sqrt(HORIZON) * _rolling(_log_returns(market)[0], 20, np.std)
    return {name: _auc(score, forward, threshold) for name, score in scores.items()}


def _mean_and_error(values):
    values = np.asarray(values)
    return values.mean(), values.std(ddof=1) / np.sqrt(values.size)


@pytest.fixture(scope="module")
def markets():
    chosen = SimulationSettings(N_SYMBOLS, N_SESSIONS)
    return [simulate_market(chosen, 100 + number) for number in range(N_MARKETS)]


def _complete_returns(market):
    """Return the returns of companies that traded throughout, shape (n_sessions - 1, n)."""
    session, _ = _log_returns(market)
    is_complete = np.isfinite(session[1:]).all(axis=0)
    return session[1:, is_complete], market.sector[is_complete]


def test_tails_are_fat(markets):
    """A normal sample of 1,499 has a kurtosis of 3 with a standard error of sqrt(24 / 1499) = 0.13."""
    kurtoses = [np.median(stats.kurtosis(_complete_returns(market)[0], fisher=False)) for market in markets]
    assert min(kurtoses) > 3 + 10 * 0.13
    index = [stats.kurtosis(np.diff(np.log(market.index_close)), fisher=False) for market in markets]
    assert np.median(index) > 3 + 10 * 0.13


def _autocorrelation(values, lag):
    """Return the mean over companies, without a bias where the true mean is 0."""
    return np.mean((values[lag:] * values[:-lag]).sum(axis=0) / (values**2).sum(axis=0))


def test_volatility_clusters_and_is_forgotten(markets):
    by_lag = {}
    for lag in (1, 5, 20, 120):
        found = []
        for market in markets:
            size = np.abs(_complete_returns(market)[0])
            found.append(_autocorrelation(size - size.mean(axis=0), lag))
        by_lag[lag] = _mean_and_error(found)
    assert all(mean > N_ERRORS * error for mean, error in (by_lag[1], by_lag[5], by_lag[20]))
    assert by_lag[1][0] > 0.05 + N_ERRORS * by_lag[1][1]
    assert by_lag[1][0] > by_lag[20][0] + N_ERRORS * by_lag[20][1]
    assert by_lag[120][0] < by_lag[20][0] / 2


@pytest.mark.parametrize("lag", [1, 2, 5, 20])
def test_returns_do_not_follow_returns(markets, lag):
    mean, error = _mean_and_error([_autocorrelation(_complete_returns(market)[0], lag) for market in markets])
    assert abs(mean) < N_ERRORS * error
    assert error < 0.005, "or the test would see nothing"


def test_companies_of_a_sector_move_together_more_than_others_do(markets):
    within, between = [], []
    for market in markets:
        returns, sector = _complete_returns(market)
        correlation = np.corrcoef(returns.T)
        is_same = sector[:, None] == sector
        off_diagonal = ~np.eye(sector.size, dtype=bool)
        within.append(correlation[is_same & off_diagonal].mean())
        between.append(correlation[~is_same].mean())
    assert min(between) > 0.1
    mean, error = _mean_and_error(np.subtract(within, between))
    assert mean > 0.05 + N_ERRORS * error


def test_more_is_traded_when_prices_move(markets):
    for market in markets:
        returns, _ = _complete_returns(market)
        volume = np.log(market.volume[1:, np.isfinite(_log_returns(market)[0][1:]).all(axis=0)])
        correlation = [
            stats.spearmanr(np.abs(returns[:, company]), volume[:, company]).statistic
            for company in range(returns.shape[1])
        ]
        # Of independent series: a standard error of 1 / sqrt(1499) = 0.026.
        assert np.quantile(correlation, 0.1) > 5 * 0.026


def test_without_a_signal_nothing_that_is_known_tells_up_from_down(markets):
    """Every AUC is 0.5 within its standard error, the oracle's too."""
    found = [_aucs(market, {**_observables(market), "oracle": market.score}) for market in markets]
    for name in found[0]:
        mean, error = _mean_and_error([aucs[name] for aucs in found])
        assert abs(mean - 0.5) < N_ERRORS * error, name
        assert error < 0.006, "or the test would see nothing"


@pytest.mark.slow
def test_the_oracle_reaches_the_documented_area_under_the_curve():
    chosen = SimulationSettings(N_SYMBOLS, N_SESSIONS, STRENGTH_OF_AUC_65)
    found = []
    for number in range(N_MARKETS):
        market = simulate_market(chosen, 100 + number)
        scores = {"oracle": market.score, "20": _rolling(_log_returns(market)[0], 20, np.sum)}
        found.append(_aucs(market, scores))
    mean, error = _mean_and_error([aucs["oracle"] for aucs in found])
    assert abs(mean - 0.65) < N_ERRORS * error
    assert error < 0.005
    # A plain feature shows most of it.
    assert np.mean([aucs["20"] for aucs in found]) > 0.62
