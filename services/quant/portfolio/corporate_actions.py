"""Splits, dividends, fees of shorts and delistings, as a session begins and ends."""

import numpy as np

from models.domain.portfolio import FlowKind, OrderReason, TradingCosts
from services.quant.gaps import MAX_FILLED_SESSIONS
from services.quant.portfolio.book import Book, Order
from services.quant.portfolio.costs import borrow_fee, to_cents
from services.quant.portfolio.market import TradingMarket

_WHOLE = 1e-9


def begin_session(book: Book, market: TradingMarket, session: int, costs: TradingCosts) -> None:
    """Charge for shorts held at the close before, convert splits, then pay dividends on the new shares."""
    _charge_shorts(book, market, session, costs)
    if not market.has_event[session]:
        return
    _convert_orders(book, market.split[session])
    for column in book.held.tolist():
        split, dividend = market.split[session, column], market.dividend[session, column]
        if split != 1.0:
            _convert_holding(book, market, session, column)
        if dividend != 0.0:
            amount = to_cents(int(book.quantity[column]) * dividend)
            book.move_cash(column, session, FlowKind.DIVIDEND, amount)


def settle_delisted(book: Book, market: TradingMarket, session: int) -> None:
    """Take out, at its last close and without costs, what has had no bar for more than 5 sessions.

    That a company is gone for good shows later than that; waiting for it would let the future decide.
    """
    held = book.held
    is_missing = np.isnan(market.close[session, held])
    book.n_without_bar[held] = np.where(is_missing, book.n_without_bar[held] + 1, 0)
    if not is_missing.any():
        return
    for column in held[book.n_without_bar[held] > MAX_FILLED_SESSIONS].tolist():
        quantity = -int(book.quantity[column])
        price = float(market.mark[session, column])
        leaving = Order(column, quantity, session, OrderReason.DELISTED, 0.0)
        book.trade(leaving, quantity, session, price, (to_cents(abs(quantity) * price), 0.0, 0.0))
        book.pending = [order for order in book.pending if order.column != column]


def _charge_shorts(book: Book, market: TradingMarket, session: int, costs: TradingCosts) -> None:
    for column in np.flatnonzero(book.quantity < 0).tolist():
        value = -int(book.quantity[column]) * float(market.mark[session - 1, column])
        book.move_cash(column, session, FlowKind.BORROW_FEE, -borrow_fee(value, costs))


def _convert_orders(book: Book, split: np.ndarray) -> None:
    converted = [
        order._replace(quantity=whole_shares(order.quantity * float(split[order.column])))
        for order in book.pending
    ]
    book.pending = [order for order in converted if order.quantity != 0]


def _convert_holding(book: Book, market: TradingMarket, session: int, column: int) -> None:
    """Give whole new shares, and cash for the part that is left, at the last close in new shares."""
    split = float(market.split[session, column])
    exact = int(book.quantity[column]) * split
    whole = whole_shares(exact)
    paid = to_cents((exact - whole) * float(market.mark[session - 1, column]) / split)
    book.quantity[column] = whole
    book.basis[column] = to_cents(book.basis[column] - paid)
    book.move_cash(column, session, FlowKind.CASH_IN_LIEU, paid)
    if whole == 0:
        book.forget(column)


def whole_shares(quantity: float) -> int:
    """Return the shares without their fraction; what is whole but for rounding counts as whole."""
    return int(quantity + (_WHOLE if quantity > 0 else -_WHOLE))
