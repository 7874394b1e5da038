"""How much more a book may take on."""

from dataclasses import dataclass

import numpy as np

from models.domain.portfolio import BacktestSettings
from services.quant.portfolio.book import Book
from services.quant.portfolio.market import TradingMarket


@dataclass(eq=False)
class Room:
    """What is left under the caps at a close; holdings and waiting orders have taken theirs.

    ``names`` and ``gross`` (USD) of the whole book; ``sector_names`` and ``sector_gross`` by sector;
    ``cash`` (USD) at hand. What is ordered to be sold frees nothing before it is sold.
    """

    names: int
    gross: float
    cash: float
    sector_names: np.ndarray
    sector_gross: np.ndarray
    cost_per_side: float

    @classmethod
    def left(
        cls,
        book: Book,
        market: TradingMarket,
        settings: BacktestSettings,
        session: int,
        equity: float,
        allotted_share: float,
    ) -> "Room":
        """Measure what a book of this equity leaves; caps are fractions of the account."""
        caps = settings.caps
        sector_weight = caps.sector_weight / allotted_share
        n_sectors = len(market.sector_names)
        held = book.held
        value = np.zeros(book.quantity.size)
        value[held] = np.abs(book.quantity[held] * market.mark[session, held])
        is_taken = book.quantity != 0
        room = cls(
            caps.max_names,
            caps.gross * equity,
            book.cash,
            np.array([caps.max_names_by_sector.get(name, caps.max_names) for name in market.sector_names]),
            np.array([sector_weight * equity if name else np.inf for name in market.sector_names]),
            settings.costs.per_side,
        )
        for order in book.pending:
            if order.quantity * int(book.quantity[order.column]) >= 0:  # opens or adds
                amount = abs(order.quantity) * float(market.mark[session, order.column])
                value[order.column] += amount
                room.cash -= amount * (1.0 + room.cost_per_side) if order.quantity > 0 else 0.0
                is_taken[order.column] = True
        room.names -= int(is_taken.sum())
        room.gross -= float(value.sum())
        room.sector_names -= np.bincount(market.sector[is_taken], minlength=n_sectors)
        room.sector_gross -= np.bincount(market.sector, value, n_sectors)
        return room

    def for_name(self, sector: int, *, is_short: bool) -> float:
        """Return the largest amount in USD that a new name of a sector may take; 0 where it may not."""
        if self.names <= 0 or self.sector_names[sector] <= 0:
            return 0.0
        return self.for_more(sector, is_short=is_short)

    def for_more(self, sector: int, *, is_short: bool) -> float:
        """Return the largest amount in USD that a holding of a sector may grow by."""
        most = min(self.gross, float(self.sector_gross[sector]))
        return most if is_short else min(most, self.cash / (1.0 + self.cost_per_side))

    def take(self, sector: int, amount: float, *, is_short: bool, is_new: bool) -> None:
        """Note that an amount is ordered."""
        self.gross -= amount
        self.sector_gross[sector] -= amount
        if not is_short:
            self.cash -= amount * (1.0 + self.cost_per_side)
        if is_new:
            self.names -= 1
            self.sector_names[sector] -= 1
