"""Whether trades, cash flows, positions, cash and equity tell the same story."""

import numpy as np

from services.quant.portfolio.book import Fill
from services.quant.portfolio.corporate_actions import whole_shares
from services.quant.portfolio.market import TradingMarket
from services.quant.portfolio.result import BacktestResult

_CENT = 0.005


def reconcile(result: BacktestResult, market: TradingMarket) -> tuple[str, ...]:
    """Rebuild every close from trades and cash flows alone; return each difference in words.

    Parameters
    ----------
    result : BacktestResult
        What was recorded.
    market : TradingMarket
        The one it traded in.

    Returns
    -------
    tuple of str
        Empty where cash agrees to the cent, positions to the share, and equity is both at the closes.
    """
    trades: list[list[Fill]] = [[] for _ in range(market.n_sessions)]
    for fill in result.fills:
        trades[fill.fill_session].append(fill)
    flowed = np.zeros(market.n_sessions)
    for flow in result.flows:
        flowed[flow.session] += flow.amount
    cash, quantity = result.capital, np.zeros(len(market.symbols), dtype=np.int64)
    found: list[str] = []
    for session in range(market.n_sessions):
        for column in np.flatnonzero(quantity * (market.split[session] != 1.0)).tolist():
            quantity[column] = whole_shares(int(quantity[column]) * float(market.split[session, column]))
        for fill in trades[session]:
            quantity[fill.column] += fill.quantity
            cash -= _paid(fill)
        cash += float(flowed[session])
        held = np.flatnonzero(quantity)
        equity = cash + float(quantity[held] @ market.mark[session, held])
        day = market.sessions[session]
        found += _difference(day, "cash", result.cash[session], cash)
        found += _difference(day, "equity", result.equity[session], equity)
        if not np.array_equal(quantity, result.quantity[session]):
            found.append(f"{day}: positions are not those of the trades")
    return tuple(found)


def _paid(fill: Fill) -> float:
    signed = fill.notional if fill.quantity > 0 else -fill.notional
    return signed + fill.cost + fill.slippage


def _difference(day: np.datetime64, name: str, recorded: float, rebuilt: float) -> list[str]:
    if abs(recorded - rebuilt) < _CENT:
        return []
    return [f"{day}: {name} is {recorded:.2f}, trades and cash flows make it {rebuilt:.2f}"]
