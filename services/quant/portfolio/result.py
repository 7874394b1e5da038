"""What a backtest leaves behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from models.domain.portfolio import FLOW_COLUMNS, TRADE_COLUMNS, BacktestSettings
from services.quant.portfolio.book import Book, Fill, Flow
from services.quant.portfolio.market import TradingMarket


@dataclass(eq=False)
class Record:
    """The book at each close, written session by session.

    ``cash`` and ``equity``: float64, USD, shape (n_sessions,). ``quantity``: int64, shares, shape
    (n_sessions, n_symbols).
    """

    cash: np.ndarray
    equity: np.ndarray
    quantity: np.ndarray

    @classmethod
    def empty(cls, market: TradingMarket) -> "Record":
        """Return room for every session of a market."""
        return cls(
            np.zeros(market.n_sessions),
            np.zeros(market.n_sessions),
            np.zeros(market.close.shape, dtype=np.int64),
        )

    def note(self, session: int, book: Book, equity: float) -> None:
        """Write down a close."""
        self.cash[session] = book.cash
        self.equity[session] = equity
        self.quantity[session] = book.quantity


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """A book's history. Money in USD.

    ``capital``: what was allotted. ``cash``, ``equity``: float64, shape (n_sessions,), at each close, of the
    allotted capital. ``quantity``: int64, shape (n_sessions, n_symbols), shares, negative where short.
    ``fills`` and ``flows``: in order of time, with the numbers of columns and sessions; ``trades`` and
    ``cash_flows`` give them in words. ``notes``: what a reader has to know.
    """

    symbols: tuple[str, ...]
    sessions: np.ndarray
    settings: BacktestSettings
    capital: float
    cash: np.ndarray
    equity: np.ndarray
    quantity: np.ndarray
    fills: tuple[Fill, ...]
    flows: tuple[Flow, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls,
        market: TradingMarket,
        settings: BacktestSettings,
        allotted_share: float,
        book: Book,
        record: Record,
        notes: tuple[str, ...],
    ) -> "BacktestResult":
        """Close the journal."""
        return cls(
            market.symbols,
            market.sessions,
            settings,
            settings.capital * allotted_share,
            record.cash,
            record.equity,
            record.quantity,
            tuple(book.fills),
            tuple(book.flows),
            notes,
        )

    @property
    def returns(self) -> np.ndarray:
        """Net simple returns of the allotted capital, float64, shape (n_sessions - 1,)."""
        return np.asarray(self.equity[1:] / self.equity[:-1] - 1.0)

    @property
    def account_equity(self) -> np.ndarray:
        """Equity of the whole account: what was not allotted stays in cash."""
        return np.asarray(self.equity + self.settings.capital - self.capital)

    @property
    def first_held(self) -> int | None:
        """Number of the first session at whose close anything is held; None: it never is."""
        held = np.flatnonzero(self.quantity.any(axis=1))
        return int(held[0]) if held.size else None

    def trades(self) -> pd.DataFrame:
        """Return every trade, a frame of ``TRADE_COLUMNS``."""
        rows = [
            (
                self.symbols[fill.column],
                "buy" if fill.quantity > 0 else "sell",
                abs(fill.quantity),
                self.sessions[fill.signal_session],
                self.sessions[fill.fill_session],
                *fill[4:9],
                fill.reason.value,
            )
            for fill in self.fills
        ]
        return _frame(rows, TRADE_COLUMNS)

    def cash_flows(self) -> pd.DataFrame:
        """Return dividends, fees and cash for parts of shares, a frame of ``FLOW_COLUMNS``."""
        rows = [
            (self.symbols[flow.column], self.sessions[flow.session], flow.kind.value, flow.amount)
            for flow in self.flows
        ]
        return _frame(rows, FLOW_COLUMNS)


def _frame(rows: Sequence[tuple[object, ...]], columns: "MappingProxyType[str, str]") -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns)).astype(dict(columns))
