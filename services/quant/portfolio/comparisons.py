"""What a book is compared with: everything held alike, and the cost at which nothing is left."""

from dataclasses import dataclass

import numpy as np

from models.domain.portfolio import TradingCosts
from services.quant.portfolio.market import TradingMarket
from services.quant.portfolio.result import BacktestResult


@dataclass(frozen=True, eq=False)
class UniverseReturns:
    """Returns of all symbols at equal weights, float64, shape (n_sessions,); 0 where none has a return."""

    gross: np.ndarray
    net: np.ndarray


def equal_weight_universe(
    market: TradingMarket, costs: TradingCosts, is_member: np.ndarray | None = None
) -> UniverseReturns:
    """Return the universe at weights made equal at every close.

    Parameters
    ----------
    market : TradingMarket
        Prices.
    costs : TradingCosts
        Paid on what has to be traded to make the weights equal.
    is_member : bool array, shape (n_sessions, n_symbols), optional
        Who is in the universe at each close; everyone with a bar if None.

    Returns
    -------
    UniverseReturns
        Close to close, with dividends. Held from one close to the next are those that have both; the costs
        of making the weights equal at a close are in the return up to it.
    """
    has_bar = ~np.isnan(market.close)
    wanted = has_bar if is_member is None else has_bar & is_member
    gross = np.zeros(market.n_sessions)
    net = np.zeros(market.n_sessions)
    drifted = np.zeros(len(market.symbols))
    for session in range(market.n_sessions):
        if session > 0:
            held = wanted[session - 1] & has_bar[session]
            weight = held / max(1, int(held.sum()))
            grown = weight * (1.0 + np.where(held, market.total_return[session], 0.0))
            gross[session] = grown.sum() - 1.0 if held.any() else 0.0
            drifted = grown / (1.0 + gross[session])
        target = wanted[session] / max(1, int(wanted[session].sum()))
        traded = float(np.abs(target - drifted).sum())
        net[session] = (1.0 + gross[session]) * (1.0 - costs.per_side * traded) - 1.0
    return UniverseReturns(gross, net)


def break_even_cost(result: BacktestResult) -> float:
    """Return the cost per side, a fraction of notional, at which the same trades would have gained nothing.

    Returns
    -------
    float
        Negative where the trades lost before costs; NaN without a trade.
    """
    traded = sum(fill.notional for fill in result.fills)
    if traded == 0.0:
        return float("nan")
    paid = sum(fill.cost + fill.slippage for fill in result.fills)
    return float((result.equity[-1] - result.capital + paid) / traded)
