"""Books that trade when another one trades, as much as it does, in names picked at random."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.domain.portfolio import TradingCosts
from services.quant.portfolio.corporate_actions import whole_shares
from services.quant.portfolio.market import TradingMarket
from services.quant.portfolio.result import BacktestResult

_REDRAWS = 8  # then what is free is looked for book by book


@dataclass(frozen=True, eq=False)
class RandomBooks:
    """``equity``: float64, USD, shape (n_books, n_sessions); ``notional``: USD traded, shape (n_books,)."""

    sessions: np.ndarray
    capital: float
    equity: np.ndarray
    notional: np.ndarray

    @property
    def total_return(self) -> np.ndarray:
        """Net return of each book over the whole time, float64, shape (n_books,)."""
        return np.asarray(self.equity[:, -1] / self.capital - 1.0)

    def band(self, low: float = 0.05, high: float = 0.95) -> np.ndarray:
        """Return low quantile, median and high quantile of equity, float64, shape (3, n_sessions)."""
        return np.asarray(np.quantile(self.equity, [low, 0.5, high], axis=0))


class _Step(NamedTuple):
    """A trade of the template; ``share`` is of equity where it opens or adds, else of the holding."""

    slot: int
    share: float
    side: int  # 1: long, -1: short
    opens: bool
    adds: bool


@dataclass(eq=False)
class _Slots:
    """Holdings of every book, shape (n_books, n_slots); ``quantity`` is 0 in an empty slot."""

    cash: np.ndarray  # shape (n_books,)
    column: np.ndarray
    quantity: np.ndarray
    notional: np.ndarray


def random_books(
    market: TradingMarket,
    template: BacktestResult,
    n_books: int,
    rng: np.random.Generator,
    *,
    is_member: np.ndarray | None = None,
) -> RandomBooks:
    """Run books of the same number of names, turnover and holding times as a template.

    When the template opens a position, each book opens one of the same share of its equity in a name that it
    does not hold, drawn evenly from those with a close before and an open that day; it adds, reduces and
    closes when the template does, with the same costs, whole shares and dividends. One whose name has no open
    that day is closed at its last price.

    Parameters
    ----------
    market : TradingMarket
        The one that the template traded in.
    template : BacktestResult
        The book under test.
    n_books : int
    rng : Generator
        The same one gives the same books.
    is_member : bool array, shape (n_sessions, n_symbols), optional
        Who may be picked by the close of each session; everyone if None.
    """
    steps, n_slots = _steps_of(template, market)
    books = _Slots(
        np.full(n_books, template.capital),
        np.zeros((n_books, n_slots), dtype=np.int64),
        np.zeros((n_books, n_slots)),
        np.zeros(n_books),
    )
    equity = np.empty((n_books, market.n_sessions))
    price = np.zeros(len(market.symbols))
    last = books.cash.copy()
    for session in range(market.n_sessions):
        _apply_events(books, market, session, price, template.settings.costs)
        for step in steps.get(session, ()):
            if step.opens:
                tradable = _tradable(market, session, is_member)
                books.column[:, step.slot] = _pick(books, tradable, rng)
            _trade(books, step, market, session, last, template.settings.costs)
        price = np.nan_to_num(market.mark[session])
        last = books.cash + (books.quantity * price[books.column]).sum(axis=1)
        equity[:, session] = last
    return RandomBooks(market.sessions, template.capital, equity, books.notional)


def _steps_of(template: BacktestResult, market: TradingMarket) -> tuple[dict[int, list[_Step]], int]:
    """Give each position of the template a slot, and its trades as shares; return them by session."""
    steps: dict[int, list[_Step]] = {}
    slot_of: dict[int, int] = {}
    free: list[int] = []
    n_slots = 0
    held = np.zeros(len(market.symbols), dtype=np.int64)
    begun = -1
    for fill in template.fills:
        if fill.fill_session != begun:
            for session, column in _convert(held, market, begun + 1, fill.fill_session):
                gone = slot_of.pop(column)
                steps.setdefault(session, []).append(_Step(gone, 1.0, 1, opens=False, adds=False))
                free.append(gone)
            begun = fill.fill_session
        before = int(held[fill.column])
        adds = before * fill.quantity >= 0
        if before == 0:
            if not free:
                free.append(n_slots)
                n_slots += 1
            slot_of[fill.column] = free.pop()
        equity = template.equity[fill.fill_session - 1]
        share = fill.notional / equity if adds else -fill.quantity / before
        side = int(np.sign(fill.quantity if adds else before))
        step = _Step(slot_of[fill.column], share, side, opens=before == 0, adds=adds)
        steps.setdefault(fill.fill_session, []).append(step)
        held[fill.column] = before + fill.quantity
        if held[fill.column] == 0:
            free.append(slot_of.pop(fill.column))
    return steps, n_slots


def _convert(held: np.ndarray, market: TradingMarket, first: int, last: int) -> list[tuple[int, int]]:
    """Follow splits; return session and column of what they leave without a whole share."""
    gone = []
    for session in range(first, last + 1):
        if market.has_event[session]:
            for column in np.flatnonzero(held * (market.split[session] != 1.0)).tolist():
                held[column] = whole_shares(int(held[column]) * float(market.split[session, column]))
                if held[column] == 0:
                    gone.append((session, column))
    return gone


def _apply_events(
    books: _Slots, market: TradingMarket, session: int, price: np.ndarray, costs: TradingCosts
) -> None:
    """Charge for shorts, convert splits and pay dividends; parts of shares are kept."""
    is_short = books.quantity < 0.0
    if is_short.any():
        value = np.where(is_short, -books.quantity * price[books.column], 0.0).sum(axis=1)
        books.cash -= value * costs.borrow_rate_per_session
    if market.has_event[session]:
        books.quantity *= market.split[session][books.column]
        books.cash += (books.quantity * market.dividend[session][books.column]).sum(axis=1)


def _tradable(market: TradingMarket, session: int, is_member: np.ndarray | None) -> np.ndarray:
    """Return the columns that may be picked at an open, int64."""
    known = ~np.isnan(market.open[session]) & ~np.isnan(market.close[session - 1])
    if is_member is not None:
        known &= is_member[session - 1]
    return np.flatnonzero(known)


def _pick(books: _Slots, tradable: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a column for each book, none that it holds while there is another; int64, shape (n_books,)."""
    picked = tradable[rng.integers(tradable.size, size=books.cash.size)]
    doubled = np.flatnonzero(_holds(books, picked))
    for _ in range(_REDRAWS):
        if doubled.size == 0:
            return np.asarray(picked)
        picked[doubled] = tradable[rng.integers(tradable.size, size=doubled.size)]
        doubled = doubled[_holds(books, picked)[doubled]]
    for book in doubled.tolist():
        free = np.setdiff1d(tradable, books.column[book][books.quantity[book] != 0.0])
        picked[book] = rng.choice(free if free.size else tradable)
    return np.asarray(picked)


def _holds(books: _Slots, picked: np.ndarray) -> np.ndarray:
    """Return which books hold what they picked, bool, shape (n_books,)."""
    return np.asarray(((books.column == picked[:, None]) & (books.quantity != 0.0)).any(axis=1))


def _trade(
    books: _Slots, step: _Step, market: TradingMarket, session: int, last: np.ndarray, costs: TradingCosts
) -> None:
    column, held = books.column[:, step.slot], books.quantity[:, step.slot]
    price = np.where(np.isnan(market.open[session]), market.mark[session], market.open[session])[column]
    if step.adds:
        before = market.mark[session - 1][column] / market.split[session][column]
        amount = np.floor(step.share * last / before)
        if step.side > 0:
            amount = np.minimum(amount, np.floor(books.cash / (price * (1.0 + costs.per_side))))
        change = step.side * np.maximum(amount, 0.0)
    else:
        change = -held if step.share >= 1.0 else -np.sign(held) * np.floor(np.abs(held) * step.share)
    traded = np.abs(change) * price
    books.quantity[:, step.slot] = held + change
    books.cash -= change * price + traded * costs.per_side
    books.notional += traded
