"""A book through time: splits and dividends, trades at the open, decisions at the close."""

from dataclasses import replace

import numpy as np

from models.domain.portfolio import BacktestSettings, OrderReason, Sizing
from services.quant.portfolio import decisions
from services.quant.portfolio.book import Book, Fill
from services.quant.portfolio.corporate_actions import begin_session, settle_delisted
from services.quant.portfolio.decisions import Close, Rules
from services.quant.portfolio.fills import fill_orders
from services.quant.portfolio.loss_limits import LossWatch, Periods
from services.quant.portfolio.market import SignalMatrix, TradingMarket
from services.quant.portfolio.result import BacktestResult, Record
from services.quant.portfolio.room import Room
from services.quant.portfolio.sizing import MIN_KELLY_TRADES, kelly_weights

_CLOSING = {OrderReason.EXIT, OrderReason.STOP, OrderReason.NO_EDGE, OrderReason.DELISTED}


def run_backtest(market: TradingMarket, signals: SignalMatrix, settings: BacktestSettings) -> BacktestResult:
    """Run a book over every session of a market.

    Parameters
    ----------
    market : TradingMarket
        Prices of the universe.
    signals : SignalMatrix
        What was known at each close; filled at the next open.
    settings : BacktestSettings
        By Kelly, the trades behind the weights are those of the same book with equal sizing.

    Returns
    -------
    BacktestResult
        Of the allotted capital. Sessions after a cut change nothing before it.
    """
    kelly_weight = None
    notes = [market.note] if market.note else []
    if settings.sizing is Sizing.KELLY:
        closed, returns = _closed_trades_of_equal_book(market, signals, settings)
        kelly_weight = kelly_weights(closed, returns, market.n_sessions)
        notes.append(_kelly_note(kelly_weight, closed, settings.caps.weight))
    rules = Rules.of(market, settings, kelly_weight)
    book = Book.open(settings.capital * rules.allotted_share, len(market.symbols))
    watch = LossWatch(settings.limits, book.cash)
    periods = Periods.of(market.sessions)
    record = Record.empty(market)
    for session in range(market.n_sessions):
        begin_session(book, market, session, settings.costs)
        fill_orders(book, market, session, settings.costs)
        settle_delisted(book, market, session)
        equity = book.equity(market.mark[session])
        record.note(session, book, equity)
        watch.note(session, int(periods.week[session]), int(periods.month[session]), equity)
        _decide(book, market, signals, rules, watch, session)
    return BacktestResult.of(market, settings, rules.allotted_share, book, record, tuple(notes))


def _decide(
    book: Book,
    market: TradingMarket,
    signals: SignalMatrix,
    rules: Rules,
    watch: LossWatch,
    session: int,
) -> None:
    if watch.is_stopped:
        book.pending = decisions.sell_everything(book, session)
        return
    close = Close.of(book, market, signals, session, watch.equity)
    leaving = decisions.exits(book, rules, close)
    close.free[[order.column for order in leaving]] = False
    book.pending += leaving
    room = Room.left(book, market, rules.settings, session, watch.equity, rules.allotted_share)
    book.pending += decisions.resizes(book, market, rules, close, room)
    if watch.may_enter:
        book.pending += decisions.entries(book, market, rules, close, room)


def _closed_trades_of_equal_book(
    market: TradingMarket, signals: SignalMatrix, settings: BacktestSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return the session that closed each trade, int64, and its net return."""
    equal = run_backtest(market, signals, replace(settings, sizing=Sizing.EQUAL))
    closing = [fill for fill in equal.fills if fill.reason in _CLOSING]
    sessions = np.array([fill.fill_session for fill in closing], dtype=np.int64)
    return sessions, np.array([_net_return(fill) for fill in closing])


def _net_return(fill: Fill) -> float:
    """Return what a closing trade gained over what its position cost, or brought in where it was short."""
    proceeds = -fill.notional if fill.quantity > 0 else fill.notional
    basis = proceeds - fill.cost - fill.slippage - fill.realised_pnl
    return fill.realised_pnl / abs(basis) if basis else 0.0


def _kelly_note(weight: np.ndarray, closed: np.ndarray, cap: float) -> str:
    n_closed = np.searchsorted(np.sort(closed), np.arange(weight.size), side="right")
    has_enough = n_closed >= MIN_KELLY_TRADES
    n_without_edge = int((has_enough & (weight == 0.0)).sum())
    return (
        f"By Kelly nothing is held at {int((~has_enough).sum()):,} of {weight.size:,} closes, as fewer than "
        f"{MIN_KELLY_TRADES} trades had closed by then, nor at {n_without_edge:,}, as the fraction was not "
        f"positive; at {int((weight > cap).sum()):,} it is cut to the cap of {100.0 * cap:g} % a name"
    )
