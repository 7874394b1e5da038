"""Quoted prices session by session: splits, dividends, rounding to the cent, and the planted effect.

The effect is a slow momentum. The oracle's score of a session is the sum of the last 20 total log returns
over the root of the sum of their squares: the trend of four weeks in units of its own noise, from -4.47 to
4.47. Where ``signal_strength`` is not 0, the next session's log return from open to close gains strength x
score x the session's volatility. The score is known at the close, the effect begins after the next open.
"""

from dataclasses import dataclass, fields

import numpy as np

from services.quant.market_simulation.companies import SESSIONS_PER_QUARTER, Companies
from services.quant.market_simulation.returns import Moves

N_TREND_SESSIONS = 20
_SMALLEST_PRICE = 1.0  # below it ten shares become one
_REVERSE_RATIO = 0.1


@dataclass(frozen=True, eq=False)
class Quotes:
    """Bars of every company, listed or not: float64 arrays of shape (n_sessions, n_companies)."""

    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray  # shares, whole
    dividend: np.ndarray  # cash a share, 0 where none
    split: np.ndarray  # new shares for one, 1 where none
    score: np.ndarray  # the oracle's, known at the close; NaN until 20 returns are known
    night_growth: np.ndarray  # open with dividend, over the close before it
    growth: np.ndarray  # close with dividend, over the close before it


class PriceProcess:
    """Turns ``Moves`` into ``Quotes``; every call goes on where the one before stopped."""

    def __init__(self, companies: Companies, signal_strength: float) -> None:
        n_companies = companies.price.size
        self._companies = companies
        self._strength = signal_strength
        self._close = np.round(companies.price, 2)
        self._shares = np.ones(n_companies)  # what one share of the start has become
        self._returns = np.zeros((N_TREND_SESSIONS, n_companies))
        self._score = np.full(n_companies, np.nan)

    def advance(self, first_session: int, moves: Moves) -> Quotes:
        """Return the quotes of the sessions from ``first_session`` on."""
        shape = moves.night.shape
        quotes = Quotes(*(np.empty(shape) for _ in fields(Quotes)))
        for row in range(shape[0]):
            self._trade(first_session + row, row, moves, quotes)
        _set_extremes(quotes, moves)
        return quotes

    def _trade(self, session: int, row: int, moves: Moves, quotes: Quotes) -> None:
        split = self._due_splits(session)
        start = self._close / split
        dividend = self._due_dividends(session, start)
        night = moves.night[row]
        total = night + moves.day[row]
        if self._strength:
            total += self._strength * np.nan_to_num(self._score) * moves.volatility[row]
        quotes.open[row] = _cents(start * np.exp(night) - dividend)
        close = _cents(start * np.exp(total) - dividend)
        self._shares *= split
        quotes.volume[row] = np.maximum(np.rint(moves.volume[row] * self._shares), 1.0)
        quotes.close[row], quotes.dividend[row], quotes.split[row] = close, dividend, split
        quotes.night_growth[row] = (quotes.open[row] + dividend) / start
        quotes.growth[row] = (close + dividend) / start
        self._close = close
        self._update_score(session, quotes.growth[row])
        quotes.score[row] = self._score

    def _due_splits(self, session: int) -> np.ndarray:
        """Boards meet once a quarter and split what has become dear; a price below 1 USD is cured at once."""
        firms = self._companies
        meets = (session - firms.earnings_phase) % SESSIONS_PER_QUARTER == SESSIONS_PER_QUARTER // 2
        ratio = np.where(meets & (self._close >= firms.split_price), firms.split_ratio, 1.0)
        due: np.ndarray = np.where(self._close < _SMALLEST_PRICE, _REVERSE_RATIO, ratio)
        due[session <= firms.listing_session] = 1.0
        return due

    def _due_dividends(self, session: int, price: np.ndarray) -> np.ndarray:
        firms = self._companies
        pays = (session - firms.dividend_phase) % SESSIONS_PER_QUARTER == 0
        pays &= session > firms.listing_session
        due: np.ndarray = np.where(pays, np.round(price * firms.dividend_yield, 2), 0.0)
        return due

    def _update_score(self, session: int, growth: np.ndarray) -> None:
        self._returns[session % N_TREND_SESSIONS] = np.log(growth)
        noise = np.sqrt(np.sum(self._returns**2, axis=0))
        score = np.sum(self._returns, axis=0) / np.where(noise > 0, noise, 1.0)
        is_known = session - self._companies.listing_session >= N_TREND_SESSIONS
        self._score = np.where(is_known, score, np.nan)


def _cents(price: np.ndarray) -> np.ndarray:
    rounded: np.ndarray = np.maximum(np.rint(price * 100.0), 1.0) / 100.0
    return rounded


def _set_extremes(quotes: Quotes, moves: Moves) -> None:
    """Draw highs and lows as a Brownian path has them between its open and its close.

    References
    ----------
    Glasserman (2004), Monte Carlo Methods in Financial Engineering, section 6.4: the maximum of a Brownian
    bridge from 0 to r with variance v is (r + sqrt(r^2 + 2 v E)) / 2 with E standard exponential.
    """
    log_return = np.log(quotes.close / quotes.open)
    reach = 2.0 * moves.day_variance
    above = (log_return + np.sqrt(log_return**2 + reach * moves.above)) / 2
    below = (log_return - np.sqrt(log_return**2 + reach * moves.below)) / 2
    top, bottom = np.maximum(quotes.open, quotes.close), np.minimum(quotes.open, quotes.close)
    np.maximum(_cents(quotes.open * np.exp(above)), top, out=quotes.high)
    np.minimum(_cents(quotes.open * np.exp(below)), bottom, out=quotes.low)
