"""Orders meet the open."""

import math

from models.domain.portfolio import TradingCosts
from services.quant.portfolio.book import Book, Order
from services.quant.portfolio.costs import affordable_shares, trade_amounts
from services.quant.portfolio.market import TradingMarket

EXTRA_SESSIONS = 5  # that an order waits for an open


def fill_orders(book: Book, market: TradingMarket, session: int, costs: TradingCosts) -> None:
    """Fill what was ordered at earlier closes at this session's open, sales first.

    Purchases come in the order they were given and are cut to the cash there is. An order without an open
    waits 5 more sessions and is then cancelled, what is left of one that was cut at once.
    """
    if not book.pending:
        return
    waiting: list[Order] = []
    for order in sorted(book.pending, key=lambda order: order.quantity > 0):
        price = float(market.open[session, order.column])
        if not math.isnan(price):
            _fill(book, order, session, price, costs)
        elif session - order.signal_session <= EXTRA_SESSIONS:
            waiting.append(order)
    book.pending = waiting


def _fill(book: Book, order: Order, session: int, price: float, costs: TradingCosts) -> None:
    quantity = order.quantity
    if quantity > 0:
        quantity = min(quantity, affordable_shares(book.cash, price, costs))
    held = int(book.quantity[order.column])
    if held * quantity < 0:  # a split may have left an order a share larger than the holding
        quantity = min(quantity, -held) if quantity > 0 else max(quantity, -held)
    if quantity != 0:
        book.trade(order, quantity, session, price, trade_amounts(abs(quantity), price, costs))
