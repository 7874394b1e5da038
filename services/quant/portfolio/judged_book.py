"""A book over its test sessions beside what anyone could have held: the universe, and names at random."""

from dataclasses import dataclass

import numpy as np

from models.domain.portfolio import SESSIONS_PER_YEAR, BacktestSettings
from models.domain.trials import BookFigures, JudgedBook, TrialReturns
from services.quant.judging.intervals import block_interval, session_draws
from services.quant.performance import statistics
from services.quant.portfolio.backtest import run_backtest
from services.quant.portfolio.comparisons import break_even_cost, equal_weight_universe
from services.quant.portfolio.market import SignalMatrix, TradingMarket
from services.quant.portfolio.random_books import RandomBooks, random_books
from services.quant.portfolio.result import BacktestResult

N_RANDOM_BOOKS = 1_000
_BLOCK_SESSIONS = 21
_SEED = 20_000
_NOTHING_LEFT = 1e-12


@dataclass(frozen=True, eq=False)
class BookGround:
    """What all books of a market are held against.

    ``is_member``: bool, shape (n_sessions, n_symbols), None where everyone is. ``equal_weight``: net returns
    of the universe, float64, shape (n_sessions,), close to close.
    """

    market: TradingMarket
    settings: BacktestSettings
    is_member: np.ndarray | None
    equal_weight: np.ndarray

    @classmethod
    def of(
        cls, market: TradingMarket, settings: BacktestSettings, is_member: np.ndarray | None = None
    ) -> "BookGround":
        """Hold the universe at equal weights once."""
        return cls(market, settings, is_member, equal_weight_universe(market, settings.costs, is_member).net)


def judge_book(
    ground: BookGround, signals: SignalMatrix, first: int, n_books: int = N_RANDOM_BOOKS
) -> JudgedBook:
    """Run the book of some signals and say what it earned.

    Parameters
    ----------
    ground : BookGround
    signals : SignalMatrix
        None before the session ``first``.
    first : int
        Number of the session at whose close the first signals stand. The returns begin a session later, and
        the universe is bought at that close.
    n_books : int
        Random ones of the same turnover, the same at every call.

    Raises
    ------
    InsufficientHistoryError
        If fewer than three sessions follow.
    """
    market, settings = ground.market, ground.settings
    result = run_backtest(market, signals, settings)
    others = random_books(market, result, n_books, np.random.default_rng(_SEED), is_member=ground.is_member)
    returns = result.returns[first:]
    return JudgedBook(
        TrialReturns(market.sessions[first + 1 :], returns), _figures(ground, result, others, first)
    )


def _figures(ground: BookGround, result: BacktestResult, others: RandomBooks, first: int) -> BookFigures:
    market = ground.market
    equity, returns = result.equity[first:], result.returns[first:]
    n_years = returns.size / SESSIONS_PER_YEAR
    gross = np.abs(result.quantity[first:] * np.nan_to_num(market.mark[first:])).sum(axis=1)
    universe = ground.equal_weight[first + 1 :]
    bought = 1.0 - ground.settings.costs.per_side
    universe_return = _a_year(bought * float(np.prod(1.0 + universe)), n_years)
    own = _a_year(float(equity[-1]) / result.capital, n_years)
    random_returns = others.total_return
    median = _a_year(1.0 + float(np.median(random_returns)), n_years)
    total = float(equity[-1]) / result.capital - 1.0
    n_below = float((random_returns < total).sum() + (random_returns == total).sum() / 2.0)
    draws = session_draws(returns.size, _BLOCK_SESSIONS, np.random.default_rng(_SEED))
    low, high = _sharpe_bounds(returns, draws)
    excess_low, excess_high = _excess_bounds(returns, universe, bought, draws)
    return BookFigures(
        sizing=ground.settings.sizing.value,
        allotted_share=result.capital / ground.settings.capital,
        first_session=str(market.sessions[first]),
        last_session=str(market.sessions[-1]),
        n_sessions=returns.size,
        n_sessions_held=int((gross > 0.0).sum()),
        n_trades=len(result.fills),
        total_return=total,
        annual_return=own,
        volatility=statistics.annual_volatility(returns),
        sharpe=statistics.sharpe(returns),
        sharpe_low=low,
        sharpe_high=high,
        max_drawdown=statistics.max_drawdown(equity),
        exposure=statistics.exposure(gross, equity),
        turnover=statistics.annual_turnover(sum(fill.notional for fill in result.fills), equity),
        cost=sum(fill.cost + fill.slippage for fill in result.fills) / float(equity.mean()) / n_years,
        break_even_cost=break_even_cost(result),
        equal_weight_return=universe_return,
        equal_weight_sharpe=statistics.sharpe(universe),
        excess_over_equal_weight=own - universe_return,
        excess_low=excess_low,
        excess_high=excess_high,
        n_random_books=random_returns.size,
        random_books_median_excess=median - universe_return,
        random_books_percentile=n_below / random_returns.size,
    )


def _a_year(growth: float, n_years: float) -> float:
    return float(growth ** (1.0 / n_years) - 1.0) if growth > 0.0 else -1.0


def _excess_bounds(
    returns: np.ndarray, universe: np.ndarray, bought: float, draws: np.ndarray
) -> tuple[float, float]:
    """Return bounds of the yearly return over the universe's; each resample holds both on the same days."""
    n_years = returns.size / SESSIONS_PER_YEAR
    # A book that lost everything has no growth; a floor keeps its logarithm a number.
    logs = np.log(np.maximum(1.0 + np.column_stack((returns, universe)), _NOTHING_LEFT))

    def excess(sums: np.ndarray) -> np.ndarray:
        own, held = np.exp(sums[:, 0] / n_years), np.exp((sums[:, 1] + np.log(bought)) / n_years)
        return np.asarray(own - held)

    found = block_interval(logs, excess, draws, returns.size)
    return found.low, found.high


def _sharpe_bounds(returns: np.ndarray, draws: np.ndarray) -> tuple[float, float]:
    sums = np.column_stack((returns, returns**2))
    found = block_interval(sums, lambda drawn: _sharpes(drawn, returns.size), draws, returns.size)
    return found.low, found.high


def _sharpes(sums: np.ndarray, n: int) -> np.ndarray:
    mean = sums[:, 0] / n
    variance = (sums[:, 1] - n * mean**2) / (n - 1)
    moves = variance > 1e-14 * np.maximum(sums[:, 1] / n, 1e-300)
    scale = np.sqrt(np.where(moves, variance, np.nan) / SESSIONS_PER_YEAR)
    return np.asarray(mean / scale)
