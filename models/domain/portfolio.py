"""How a book is run: sizing, caps, costs and limits; and the frames that tell what it did."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

SESSIONS_PER_YEAR = 252


class Sizing(StrEnum):
    """How much of each name."""

    EQUAL = "equal"
    KELLY = "kelly"  # from what earlier trades won and lost
    LABEL = "label"  # the source's weight of each label, for comparison


class OrderReason(StrEnum):
    """Why an order was given, or a holding left."""

    ENTRY = "entry"
    RESIZE = "resize"
    EXIT = "exit"  # the signal turned
    STOP = "stop"  # the book fell too far below its peak
    NO_EDGE = "no_edge"  # Kelly's fraction is not positive
    DELISTED = "delisted"  # left at its last close, without an order


class FlowKind(StrEnum):
    """Cash that moves without a trade."""

    DIVIDEND = "dividend"  # received by holders, paid by those who are short
    BORROW_FEE = "borrow_fee"
    CASH_IN_LIEU = "cash_in_lieu"  # for the part of a share that a split leaves over


@dataclass(frozen=True)
class TradingCosts:
    """Fractions of the notional per side; ``borrow_rate`` a year, of a short's value at each close."""

    commission: float = 0.001
    slippage: float = 0.0005
    borrow_rate: float = 0.005

    @property
    def per_side(self) -> float:
        """What a dollar traded costs."""
        return self.commission + self.slippage

    @property
    def borrow_rate_per_session(self) -> float:
        """What a dollar sold short costs from one close to the next."""
        return self.borrow_rate / SESSIONS_PER_YEAR


@dataclass(frozen=True)
class Caps:
    """Most that a book may hold. Weights are fractions of the whole account.

    Sectors not named in ``max_names_by_sector`` have no limit on names, an unknown sector has none at all.
    """

    weight: float = 0.02
    max_names: int = 50
    max_names_by_sector: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType({"Information Technology": 4, "Energy": 3})
    )
    sector_weight: float = 0.30
    gross: float = 1.0


@dataclass(frozen=True)
class LossLimits:
    """Losses as fractions of the allotted capital. Those of a period block entries until it ends."""

    day: float = 0.01
    week: float = 0.02
    month: float = 0.04
    drawdown: float = 0.15  # sells everything
    cash_sessions: int = 21  # out of the market after that


@dataclass(frozen=True)
class BacktestSettings:
    """All that a book depends on beside prices and signals.

    ``capital``: USD of the whole account. ``horizon_sessions``: the signal's; no exit before. ``resize_at``:
    a holding off its target by so much of the account is brought back to it. ``scales_exposure``: new entries
    follow VIX or the benchmark's volatility.
    """

    capital: float = 1_000_000.0
    sizing: Sizing = Sizing.EQUAL
    allows_shorts: bool = False
    horizon_sessions: int = 5
    resize_at: float = 0.005
    scales_exposure: bool = True
    costs: TradingCosts = TradingCosts()
    caps: Caps = Caps()
    limits: LossLimits = LossLimits()


# Frame contracts. Sessions are dates; money is USD in whole cents.
TRADE_COLUMNS = MappingProxyType(
    {
        "symbol": "str",
        "side": "str",  # buy or sell
        "quantity": "int64",  # shares, positive
        "signal_session": "datetime64[s]",  # at whose close it was decided
        "fill_session": "datetime64[s]",
        "fill_price": "float64",  # the open, as quoted; the last close of a delisted one
        "notional": "float64",
        "cost": "float64",  # commission
        "slippage": "float64",
        "realised_pnl": "float64",  # net of the costs of both sides; 0 where a trade opens or adds
        "reason": "str",  # OrderReason
    }
)
FLOW_COLUMNS = MappingProxyType(
    {
        "symbol": "str",
        "session": "datetime64[s]",
        "kind": "str",  # FlowKind
        "amount": "float64",  # negative: paid
    }
)
