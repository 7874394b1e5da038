"""How large new entries are: by the market's volatility, and by how much they repeat what is held."""

import numpy as np

from models.domain.portfolio import SESSIONS_PER_YEAR
from services.quant.portfolio.market import TradingMarket

CALM_VIX = 20.0
CALM_VOLATILITY = 0.16
VOLATILITY_SESSIONS = 20
CORRELATION_SESSIONS = 60
MAX_CORRELATION = 0.5
MIN_HOLDINGS = 5
_STILL = 1e-12
_STEP, _LOWEST, _HIGHEST = 0.25, 0.5, 1.5


def exposure_scale(market: TradingMarket) -> np.ndarray:
    """Return by what entries decided at each close are multiplied, float64, shape (n_sessions,).

    20 / VIX; without VIX, 0.16 over the annual volatility of the benchmark's last 20 returns; 1 where neither
    is known. Rounded to quarters within [0.5, 1.5].
    """
    raw = np.where(np.isnan(market.vix), CALM_VOLATILITY / _annual_volatility(market.benchmark), 1.0)
    known_vix = ~np.isnan(market.vix)
    raw[known_vix] = CALM_VIX / market.vix[known_vix]
    rounded = np.clip(np.round(raw / _STEP) * _STEP, _LOWEST, _HIGHEST)
    return np.where(np.isnan(rounded), 1.0, rounded)


def _annual_volatility(close: np.ndarray) -> np.ndarray:
    volatility = np.full(close.size, np.nan)
    if close.size > VOLATILITY_SESSIONS:
        returns = close[1:] / close[:-1] - 1.0
        windows = np.lib.stride_tricks.sliding_window_view(returns, VOLATILITY_SESSIONS)
        volatility[VOLATILITY_SESSIONS:] = windows.std(axis=1, ddof=1) * np.sqrt(SESSIONS_PER_YEAR)
    volatility[volatility == 0.0] = np.nan
    return volatility


def market_returns(market: TradingMarket) -> np.ndarray:
    """Return the benchmark's returns, or without one the mean of the symbols'; NaN where unknown."""
    returns = np.full(market.n_sessions, np.nan)
    returns[1:] = market.benchmark[1:] / market.benchmark[:-1] - 1.0
    known = ~np.isnan(market.total_return)
    n_known = known.sum(axis=1)
    mean = np.where(known, market.total_return, 0.0).sum(axis=1) / np.maximum(n_known, 1)
    has_benchmark = bool(np.isfinite(returns).any())
    return returns if has_benchmark else np.where(n_known > 0, mean, np.nan)


def correlation_with_book(
    candidates: np.ndarray, holdings: np.ndarray, market: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Return the correlation of candidates' beta-residual returns with those of the rest of the book.

    Parameters
    ----------
    candidates : float64 array, shape (n_sessions, n_candidates)
        Returns, times -1 for a short.
    holdings : float64 array, shape (n_sessions, n_holdings)
        Returns of what is held; a column with a NaN is left out.
    market : float64 array, shape (n_sessions,)
        The market's returns.
    weight : float64 array, shape (n_holdings,)
        Values held, negative where short.

    Returns
    -------
    float64 array, shape (n_candidates,)
        NaN where returns are missing or do not move.
    """
    correlation = np.full(candidates.shape[1], np.nan)
    own = ~np.isnan(candidates).any(axis=0)
    whole = ~np.isnan(holdings).any(axis=0)
    if np.isnan(market).any() or not whole.any() or not own.any():
        return correlation
    book = holdings[:, whole] @ weight[whole]
    residual = _residuals(np.column_stack([book, candidates[:, own]]), market)
    spread = np.sqrt((residual**2).sum(axis=0))
    moves = spread > _STILL
    if moves[0]:
        product = residual[:, 0] @ residual[:, 1:]
        with_book = np.full(product.size, np.nan)
        np.divide(product, spread[0] * spread[1:], out=with_book, where=moves[1:])
        correlation[own] = with_book
    return correlation


def _residuals(returns: np.ndarray, market: np.ndarray) -> np.ndarray:
    centred = returns - returns.mean(axis=0)
    factor = market - market.mean()
    size = factor @ factor
    return centred if size <= _STILL else np.asarray(centred - np.outer(factor, factor @ centred / size))
