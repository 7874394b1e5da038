"""From a close's signals to orders for the next open."""

from dataclasses import dataclass

import numpy as np

from models.domain.portfolio import BacktestSettings, OrderReason, Sizing
from models.domain.signals import LABELS, Label
from services.quant.portfolio import exposure
from services.quant.portfolio.book import Book, Order
from services.quant.portfolio.costs import shares_for
from services.quant.portfolio.market import LEFT_UNIVERSE, SignalMatrix, TradingMarket
from services.quant.portfolio.room import Room
from services.quant.portfolio.sizing import allotted_share, base_weights

_BUY, _SELL = LABELS.index(Label.BUY), LABELS.index(Label.SELL)
_NEUTRAL = 0.5
_SMALLEST_PART = 0.9  # of a position: less room than that is left alone


@dataclass(frozen=True, eq=False)
class Rules:
    """What decisions need of a market and settings, computed once.

    ``allotted_share``: of the account. Settings give weights of the account, a book counts in its own equity.
    ``weight``: float64, shape (n_sessions, n_labels), fraction of the book's equity for an entry before
    scaling, negative where sold short. ``scale`` and ``market_return``: float64, shape (n_sessions,).
    """

    settings: BacktestSettings
    allotted_share: float
    weight: np.ndarray
    scale: np.ndarray
    market_return: np.ndarray

    @classmethod
    def of(
        cls, market: TradingMarket, settings: BacktestSettings, kelly_weight: np.ndarray | None = None
    ) -> "Rules":
        """Prepare; ``kelly_weight``: float64, shape (n_sessions,), where sizing is by Kelly."""
        share = allotted_share(len(market.symbols), settings.caps)
        scale = exposure.exposure_scale(market) if settings.scales_exposure else np.ones(market.n_sessions)
        weight = base_weights(settings, market.n_sessions, kelly_weight) / share
        return cls(settings, share, weight, scale, exposure.market_returns(market))

    @property
    def cap(self) -> float:
        """Most of the book's equity that a name may take at entry."""
        return self.settings.caps.weight / self.allotted_share

    @property
    def resize_at(self) -> float:
        """Drift, as a fraction of the book's equity, from which a holding is brought back."""
        return self.settings.resize_at / self.allotted_share


@dataclass(frozen=True, eq=False)
class Close:
    """A close at which is decided. ``signals`` of the session; ``free``: bool, no order waits."""

    session: int
    equity: float
    label: np.ndarray
    confluence: np.ndarray
    price: np.ndarray  # NaN without a bar
    free: np.ndarray

    @classmethod
    def of(
        cls, book: Book, market: TradingMarket, signals: SignalMatrix, session: int, equity: float
    ) -> "Close":
        """Look at a session's close."""
        free = np.ones(len(market.symbols), dtype=bool)
        free[[order.column for order in book.pending]] = False
        return cls(
            session, equity, signals.label[session], signals.confluence[session], market.close[session], free
        )


def sell_everything(book: Book, session: int) -> list[Order]:
    """Return orders that leave nothing, in place of whatever waits."""
    book.pending = []
    return [
        Order(column, -int(book.quantity[column]), session, OrderReason.STOP, 0.0)
        for column in book.held.tolist()
    ]


def exits(book: Book, rules: Rules, close: Close) -> list[Order]:
    """Return orders for holdings whose signal has turned, or that have left the universe."""
    held = book.held[close.free[book.held]]
    label = close.label[held]
    is_short = book.quantity[held] < 0
    if rules.settings.sizing is Sizing.LABEL:
        weight = np.where(label >= 0, rules.weight[close.session][np.maximum(label, 0)], np.nan)
        is_over = weight * np.where(is_short, -1.0, 1.0) <= 0.0
    else:
        turned = np.where(is_short, (label >= 0) & (label <= _BUY), label >= _SELL)
        is_over = turned & (close.session - book.entered[held] + 1 >= rules.settings.horizon_sessions)
    has_edge = rules.settings.sizing is not Sizing.KELLY or bool(rules.weight[close.session].any())
    reason = OrderReason.EXIT if has_edge else OrderReason.NO_EDGE
    leaves = is_over | (label == LEFT_UNIVERSE) | (not has_edge)
    return [
        Order(column, -int(book.quantity[column]), close.session, reason, 0.0)
        for column in held[leaves].tolist()
    ]


def resizes(book: Book, market: TradingMarket, rules: Rules, close: Close, room: Room) -> list[Order]:
    """Return orders that bring back what has drifted from its target; growing is bounded by the room."""
    held = book.held[close.free[book.held]]
    held = held[~np.isnan(close.price[held])]
    target = book.target_weight[held] * close.equity
    drift = target - book.quantity[held] * close.price[held]
    off = np.abs(drift) > rules.resize_at * close.equity
    orders = []
    for column, amount in zip(held[off].tolist(), drift[off].tolist(), strict=True):
        is_short = bool(book.quantity[column] < 0)
        sector = int(market.sector[column])
        grows = (amount < 0.0) == is_short
        size = abs(amount)
        if grows:
            size = min(size, room.for_more(sector, is_short=is_short))
        quantity = shares_for(size, float(close.price[column]))
        if quantity == 0:
            continue
        if grows:
            room.take(sector, quantity * float(close.price[column]), is_short=is_short, is_new=False)
        signed = quantity if amount > 0.0 else -quantity
        orders.append(
            Order(column, signed, close.session, OrderReason.RESIZE, float(book.target_weight[column]))
        )
    return orders


def entries(book: Book, market: TradingMarket, rules: Rules, close: Close, room: Room) -> list[Order]:
    """Return orders for new names, strongest signal first, that fit whole under the caps."""
    by_label = rules.weight[close.session] * rules.scale[close.session]
    by_label = np.clip(by_label, -rules.cap, rules.cap)
    chosen = _candidates(book, market, by_label, close, room)
    if chosen.size == 0:
        return []
    weight = by_label[close.label[chosen]] * _share_after_correlation(
        book, market, rules, close, chosen, by_label
    )
    orders = []
    for column, target in zip(chosen.tolist(), weight.tolist(), strict=True):
        is_short, sector = target < 0.0, int(market.sector[column])
        wanted = abs(target) * close.equity
        amount = min(wanted, room.for_name(sector, is_short=is_short))
        price = float(close.price[column])
        quantity = shares_for(amount, price)
        if quantity == 0 or amount < _SMALLEST_PART * wanted:
            continue
        room.take(sector, quantity * price, is_short=is_short, is_new=True)
        signed = -quantity if is_short else quantity
        orders.append(Order(column, signed, close.session, OrderReason.ENTRY, target))
    return orders


def _candidates(
    book: Book, market: TradingMarket, by_label: np.ndarray, close: Close, room: Room
) -> np.ndarray:
    """Return columns that might be entered, strongest signal first, then by name."""
    smallest = np.abs(by_label[by_label != 0.0]).min(initial=np.inf) / 2.0 * close.equity
    if room.names <= 0 or smallest > room.gross:
        return np.zeros(0, dtype=np.int64)
    can_buy = room.cash / (1.0 + room.cost_per_side) >= smallest
    wanted = np.where(close.label >= 0, by_label[np.maximum(close.label, 0)], 0.0)
    is_open = close.free & (book.quantity == 0) & ~np.isnan(close.price)
    is_open &= (wanted < 0.0) | ((wanted > 0.0) & can_buy)
    is_open &= (room.sector_names > 0)[market.sector] & (room.sector_gross >= smallest)[market.sector]
    column = np.flatnonzero(is_open)
    strength = np.abs(close.confluence[column] - _NEUTRAL)
    return column[np.argsort(-strength, kind="stable")]


def _share_after_correlation(
    book: Book, market: TradingMarket, rules: Rules, close: Close, chosen: np.ndarray, by_label: np.ndarray
) -> np.ndarray:
    """Return 0.5 for candidates that repeat what is held, 1 for the others."""
    first = close.session - exposure.CORRELATION_SESSIONS + 1
    held = book.held
    if held.size < exposure.MIN_HOLDINGS or first < 1:
        return np.ones(chosen.size)
    window = slice(first, close.session + 1)
    returns = market.total_return[window]
    correlation = exposure.correlation_with_book(
        returns[:, chosen] * np.sign(by_label[close.label[chosen]]),
        returns[:, held],
        rules.market_return[window],
        book.quantity[held] * market.mark[close.session, held],
    )
    return np.where(correlation > exposure.MAX_CORRELATION, 0.5, 1.0)
