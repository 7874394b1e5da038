"""Regime: the state of the market, the same for every symbol of a day."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from models.domain.features import FeatureFamily, FeatureMetadata
from services.quant.features.definition import describe
from services.quant.features.relative_strength import compounded
from services.quant.rolling import FloatArray, lagged, rolling_max, rolling_sum, rolling_variance

_describe = partial(describe, FeatureFamily.REGIME, is_cross_sectional=True)
_SESSIONS_PER_YEAR = 252


@dataclass(frozen=True, eq=False)
class Market:
    """The market session by session, float64, shape (n_sessions,), NaN where unknown.

    ``returns``: of the benchmark; without one, the mean of the members. ``vix``: the index's close.
    ``breadth``: share of the members above their SMA 50. ``dispersion``: standard deviation of the members'
    returns of 20 sessions.
    """

    sessions: np.ndarray  # datetime64[D]
    returns: FloatArray
    vix: FloatArray
    breadth: FloatArray
    dispersion: FloatArray


@dataclass(frozen=True)
class SessionFeature:
    """A feature that depends on the session alone."""

    metadata: FeatureMetadata
    compute: Callable[[Market], FloatArray]


def _volatility(market: Market) -> FloatArray:
    sample_variance = rolling_variance(market.returns, 20) * (20.0 / 19.0)
    return np.sqrt(_SESSIONS_PER_YEAR * sample_variance)


def _rank_in_year(values: FloatArray) -> FloatArray:
    rank = np.full(values.size, np.nan)
    if values.size < 252:
        return rank
    windows = sliding_window_view(values, 252)
    now = values[251:, None]
    n_half_below = 2 * (windows < now).sum(axis=1) + (windows == now).sum(axis=1)
    rank[251:] = np.where(np.isnan(windows).any(axis=1), np.nan, n_half_below / 504.0)
    return rank


def _volatility_rank(market: Market) -> FloatArray:
    return _rank_in_year(_volatility(market))


def _drawdown(market: Market) -> FloatArray:
    # The level of every window begins at its own first session: no earlier gap in the returns matters.
    growth = np.log1p(market.returns)
    is_known = ~np.isnan(growth)
    level = np.cumsum(np.where(is_known, growth, 0.0))
    below = np.expm1(level - rolling_max(level, 252))
    n_known = rolling_sum(is_known.astype(float), 251)
    return np.where(n_known == 251.0, below, np.nan)


def _return(market: Market, n_sessions: int) -> FloatArray:
    return compounded(market.returns, n_sessions)


def _breadth(market: Market) -> FloatArray:
    return market.breadth


def _dispersion(market: Market) -> FloatArray:
    return market.dispersion


def _vix_level(market: Market) -> FloatArray:
    return market.vix / 100.0


def _vix_change(market: Market) -> FloatArray:
    return market.vix / lagged(market.vix, 5) - 1.0


def _vix_rank(market: Market) -> FloatArray:
    return _rank_in_year(market.vix)


def _vix_premium(market: Market) -> FloatArray:
    return market.vix / 100.0 - _volatility(market)


_MARKET = "the market (the benchmark; without one, the mean of the members)"
_NO_VIX = "; unknown without the VIX"


def _return_feature(n_sessions: int) -> SessionFeature:
    sessions = "1 session" if n_sessions == 1 else f"{n_sessions} sessions"
    return SessionFeature(
        _describe(
            f"market_return_{n_sessions}",
            f"Market return, {sessions}",
            f"return over {sessions} of {_MARKET}",
            rf"\prod_{{{n_sessions}}} (1 + r_{{\mathrm{{market}}}}) - 1",
            "Cooper, Gutierrez and Hameed (2004), J. Finance 59",
            n_sessions + 1,
        ),
        partial(_return, n_sessions=n_sessions),
    )


FEATURES: tuple[SessionFeature, ...] = (
    *(_return_feature(n_sessions) for n_sessions in (1, 5, 20, 60)),
    SessionFeature(
        _describe(
            "market_volatility_20",
            "Market volatility 20",
            f"standard deviation of 20 daily returns, a year: × √252, of {_MARKET}",
            r"\sqrt{252}\; s_{20}(r_{\mathrm{market}})",
            "close-to-close volatility",
            21,
        ),
        _volatility,
    ),
    SessionFeature(
        _describe(
            "market_volatility_rank_252",
            "Rank of market volatility 252",
            "share of the last 252 sessions with a lower market volatility 20; equal ones, today among them, "
            "count half",
            r"\frac{\#\{\sigma_i < \sigma_t\} + \frac12 \#\{\sigma_i = \sigma_t\}}{252}",
            "percentile rank over a year",
            272,
        ),
        _volatility_rank,
    ),
    SessionFeature(
        _describe(
            "market_drawdown_252",
            "Market drawdown 252",
            f"level over its highest of 252 sessions, less 1, of {_MARKET}",
            r"\frac{M_t}{\max_{252} M} - 1",
            "drawdown from the 52-week high of closes",
            252,
        ),
        _drawdown,
    ),
    SessionFeature(
        _describe(
            "market_breadth_50",
            "Market breadth 50",
            "share of the day's members that closed above their mean of 50 sessions",
            r"\frac{\#\{C_j > \mathrm{SMA}_{50,j}\}}{\#\{j\}}",
            "breadth of the market",
            50,
        ),
        _breadth,
    ),
    SessionFeature(
        _describe(
            "market_dispersion_20",
            "Market dispersion 20",
            "standard deviation of the members' returns of 20 sessions",
            r"\sigma_j\left(\frac{C_{j,t}}{C_{j,t-20}} - 1\right)",
            "Stivers and Sun (2010), J. Financial and Quantitative Analysis 45",
            21,
        ),
        _dispersion,
    ),
    SessionFeature(
        _describe(
            "vix_level",
            "VIX",
            "VIX at the close, over 100" + _NO_VIX,
            r"\frac{\mathrm{VIX}}{100}",
            "Whaley (2000), J. Portfolio Management 26",
            1,
        ),
        _vix_level,
    ),
    SessionFeature(
        _describe(
            "vix_change_5",
            "Change of VIX, 5 sessions",
            "VIX over that of 5 sessions before, less 1" + _NO_VIX,
            r"\frac{\mathrm{VIX}_t}{\mathrm{VIX}_{t-5}} - 1",
            "Whaley (2000), J. Portfolio Management 26",
            6,
        ),
        _vix_change,
    ),
    SessionFeature(
        _describe(
            "vix_rank_252",
            "Rank of VIX 252",
            "share of the last 252 sessions with a lower VIX; equal ones, today among them, count half"
            + _NO_VIX,
            r"\frac{\#\{\mathrm{VIX}_i < \mathrm{VIX}_t\} + \frac12 \#\{\mathrm{VIX}_i = "
            r"\mathrm{VIX}_t\}}{252}",
            "percentile rank over a year",
            252,
        ),
        _vix_rank,
    ),
    SessionFeature(
        _describe(
            "vix_premium_20",
            "VIX less market volatility",
            "VIX over 100, less market volatility 20" + _NO_VIX,
            r"\frac{\mathrm{VIX}}{100} - \sigma_{20}(r_{\mathrm{market}})",
            "Bollerslev, Tauchen and Zhou (2009), Review of Financial Studies 22",
            21,
        ),
        _vix_premium,
    ),
)
