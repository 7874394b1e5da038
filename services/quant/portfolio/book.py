"""What a book holds and owes, and the journal of what happened to it."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from models.domain.portfolio import FlowKind, OrderReason
from services.quant.portfolio.costs import to_cents

NEVER = -1


class Order(NamedTuple):
    """An order for the opens after a session; ``quantity`` is negative where it sells."""

    column: int
    quantity: int
    signal_session: int
    reason: OrderReason
    target_weight: float  # fraction of equity that the position is meant to have


class Fill(NamedTuple):
    """A trade; ``quantity`` is negative where it sold. Money in USD."""

    column: int
    quantity: int
    signal_session: int
    fill_session: int
    price: float
    notional: float
    cost: float
    slippage: float
    realised_pnl: float
    reason: OrderReason


class Flow(NamedTuple):
    """Cash that moved without a trade."""

    column: int
    session: int
    kind: FlowKind
    amount: float


@dataclass(eq=False)
class Book:
    """Holdings by column of the market. It changes session by session.

    ``quantity``: int64, shares, negative where short. ``basis``: float64, USD paid for them with costs (what
    a short brought in, with its costs taken off, is negative). ``entered``: int64, session of the first fill,
    ``NEVER`` where nothing is held. ``target_weight``: fraction of equity meant at entry.
    ``n_without_bar``: int64, sessions since the last bar of what is held. ``cash`` in whole cents.
    """

    cash: float
    quantity: np.ndarray
    basis: np.ndarray
    entered: np.ndarray
    target_weight: np.ndarray
    n_without_bar: np.ndarray
    pending: list[Order] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)

    @classmethod
    def open(cls, cash: float, n_symbols: int) -> "Book":
        """Return a book that holds nothing but cash."""
        nothing = np.zeros(n_symbols, dtype=np.int64)
        return cls(
            to_cents(cash),
            nothing,
            np.zeros(n_symbols),
            np.full(n_symbols, NEVER, dtype=np.int64),
            np.zeros(n_symbols),
            nothing.copy(),
        )

    @property
    def held(self) -> np.ndarray:
        """Columns of what is held, int64, ascending."""
        return np.flatnonzero(self.quantity)

    def equity(self, price: np.ndarray) -> float:
        """Return cash and holdings at prices, float64, shape (n_symbols,), NaN for others at will."""
        held = self.held
        return self.cash + float(self.quantity[held] @ price[held])

    def move_cash(self, column: int, session: int, kind: FlowKind, amount: float) -> None:
        """Take in or pay out an amount in whole cents; nothing happens where it is 0."""
        if amount != 0.0:
            self.cash = to_cents(self.cash + amount)
            self.flows.append(Flow(column, session, kind, amount))

    def trade(
        self, order: Order, quantity: int, session: int, price: float, amounts: tuple[float, float, float]
    ) -> None:
        """Book a trade of an order's column; ``amounts``: notional, commission and slippage."""
        column = order.column
        notional, cost, slippage = amounts
        held = int(self.quantity[column])
        signed = notional if quantity > 0 else -notional
        self.cash = to_cents(self.cash - signed - cost - slippage)
        realised = 0.0
        if held * quantity < 0:
            share = min(1.0, -quantity / held)
            released = to_cents(self.basis[column] * share)
            realised = to_cents(-signed - cost - slippage - released)
            self.basis[column] = to_cents(self.basis[column] - released)
        else:
            self.basis[column] = to_cents(self.basis[column] + signed + cost + slippage)
        self.quantity[column] = held + quantity
        if held == 0:
            self.entered[column] = session
            self.target_weight[column] = order.target_weight
        elif held + quantity == 0:
            self.forget(column)
        self.fills.append(
            Fill(
                column,
                quantity,
                order.signal_session,
                session,
                price,
                notional,
                cost,
                slippage,
                realised,
                order.reason,
            )
        )

    def forget(self, column: int) -> None:
        """Clear what was noted of a holding that is gone."""
        self.entered[column] = NEVER
        self.target_weight[column] = 0.0
        self.basis[column] = 0.0
        self.n_without_bar[column] = 0
