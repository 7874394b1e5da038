"""Market data: datasets, instruments and the frames that hold prices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import pandas as pd


class PriceBasis(StrEnum):
    """What a provider has already done to its prices."""

    RAW = "raw"
    SPLIT_ADJUSTED = "split_adjusted"
    FULLY_ADJUSTED = "fully_adjusted"


class EventKind(StrEnum):
    """Corporate actions. Prices are adjusted for the first two; the others are kept for people."""

    SPLIT = "split"
    DIVIDEND = "dividend"
    SYMBOL_CHANGE = "symbol_change"  # detail: the other symbol
    MERGER = "merger"  # detail: into or with whom; value: cash a share where known
    DELISTING = "delisting"  # the last session; value: last price


class BarRule(StrEnum):
    """Hard rules: a bar that breaks one never reaches a model."""

    UNREADABLE = "unreadable"  # a row of a file with too many or too few fields
    MISSING_FIELD = "missing_field"  # or not a number, or not finite
    NO_VOLUME = "missing_volume"
    NOT_POSITIVE = "price_not_positive"
    HIGH_BELOW_LOW = "high_below_low"
    OUTSIDE_RANGE = "open_or_close_outside_range"
    NEGATIVE_VOLUME = "negative_volume"
    FUTURE = "future_date"
    NO_SESSION = "no_session"  # a date on which the exchange was closed
    CONFLICT = "conflicting_duplicate"  # the same (symbol, session) with different values


class FlagRule(StrEnum):
    """Soft rules: a bar that meets one is kept and marked."""

    UNEXPLAINED_MOVE = "unexplained_move"
    REPEATED_CLOSE = "repeated_close"
    GAP = "gap"  # of over 5 sessions; stands at the first session after it
    ZERO_VOLUME = "zero_volume"
    MISSED_SPLIT = "missed_split"
    TICKER_REUSE = "ticker_reuse"


class QuarantineStatus(StrEnum):
    """What an administrator made of a rejected row."""

    QUARANTINED = "quarantined"
    RELEASED = "released"  # stored as a bar after all
    CONFIRMED = "confirmed"  # rightly rejected


@dataclass(frozen=True)
class QuarantineKey:
    """Which row of a dataset's quarantine; ``source``: its file and line, or the provider's word for it."""

    symbol: str
    rule: str
    source: str


class CircuitState(StrEnum):
    """Whether a provider is asked: closed yes, open no, half open once."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True)
class ProviderCircuit:
    """The circuit of a provider (``symbol`` empty) or of one of its symbols. Times are aware UTC."""

    provider: str
    symbol: str = ""
    state: CircuitState = CircuitState.CLOSED
    n_failures: int = 0  # in a row
    opened_at: datetime | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_error: str = ""


# The Global Industry Classification Standard's eleven sectors, by their two-digit code.
GICS_SECTORS = MappingProxyType(
    {
        10: "Energy",
        15: "Materials",
        20: "Industrials",
        25: "Consumer Discretionary",
        30: "Consumer Staples",
        35: "Health Care",
        40: "Financials",
        45: "Information Technology",
        50: "Communication Services",
        55: "Utilities",
        60: "Real Estate",
    }
)

# Frame contracts: column -> dtype. A frame is sorted by its first two columns, which together are unique.
# `session` is midnight, without zone: the exchange's date.
BAR_COLUMNS = MappingProxyType(
    {
        "symbol": "str",
        "session": "datetime64[s]",
        "open": "float64",  # price, on the provider's basis
        "high": "float64",
        "low": "float64",
        "close": "float64",
        "volume": "float64",  # shares; NaN where the source has none (indices)
        "adj_close": "float64",  # the vendor's own; NaN where it gives none
    }
)
EVENT_COLUMNS = MappingProxyType(
    {
        "symbol": "str",
        "session": "datetime64[s]",  # ex-date
        "kind": "str",  # EventKind
        "value": "float64",  # split: new shares for one old; dividend: cash a share, on the price basis
    }
)  # and, where there is more to say, ``detail``: text
# Bars that meet a soft rule.
FLAG_COLUMNS = MappingProxyType(
    {
        "symbol": "str",
        "session": "datetime64[s]",
        "rule": "str",  # FlagRule
        "detail": "str",  # what stands there, in figures
    }
)
# Bars that break a hard rule of ``services.providers.bar_validation``; any number for one (symbol, session).
REJECTED_COLUMNS = MappingProxyType(
    {
        "symbol": "str",  # empty where the row does not even say that
        "session": "datetime64[s]",  # NaT where it cannot be read
        "rule": "str",  # BarRule
        "detail": "str",  # what the row holds
        "source": "str",  # file or feed
        "line": "Int64",  # line of a text file, row (from 1) of a Parquet file; NA: unknown
    }
)  # and, where they could be read, the columns of prices
MEMBERSHIP_COLUMNS = MappingProxyType(
    {
        "symbol": "str",
        "start": "datetime64[s]",  # first day in the universe
        "end": "datetime64[s]",  # first day no longer in it; NaT: still in
    }
)


@dataclass(frozen=True)
class Instrument:
    """A security of a dataset. ``symbol`` is canonical (``BRK.B``); an index begins with ``^``."""

    symbol: str
    name: str
    sector: str | None = None
    in_universe: bool = True
    note: str = ""


@dataclass(frozen=True)
class Dataset:
    """Prices of one provider from one source; two datasets never mix.

    ``fingerprint`` is a hash of the source's content or address, ``label`` is what pages show.
    """

    provider: str
    fingerprint: str
    label: str
    price_basis: PriceBasis
    historical: bool = False  # "today" is the last session of the data
    simulated: bool = False
    benchmark: str | None = None
    survivorship_note: str = ""
    banner: str = ""  # what every page must say of these data; empty where nothing
    id: int | None = None


@dataclass(frozen=True)
class SourceState:
    """What a source is now: whose dataset it makes, and a hash of all that decides what is stored of it."""

    provider: str
    fingerprint: str
    digest: str  # of its content, the settings that shape it, and the code that reads it


@dataclass(frozen=True, eq=False)
class MarketData:
    """What a provider returns: bars and events as frames of the contracts above."""

    dataset: Dataset
    instruments: tuple[Instrument, ...]
    bars: pd.DataFrame
    events: pd.DataFrame = field(default_factory=lambda: empty_frame(EVENT_COLUMNS))
    rejected: pd.DataFrame = field(default_factory=lambda: empty_frame(REJECTED_COLUMNS))
    # None: the source does not say who was in the universe when.
    membership: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()  # what the provider left out of its source, and how much of it
    # Symbols that could not be had this time, with the reason; what is stored of them stays.
    failures: Mapping[str, str] = field(default_factory=dict)
    # Rows by symbol that said again what another said; only one of them is among the bars.
    repeats: Mapping[str, int] = field(default_factory=dict)
    validated: bool = False  # the bars have been through ``bar_validation.validate_bars``


@dataclass(frozen=True)
class DatasetStatus:
    """The dataset that the pages show, as stored."""

    dataset: Dataset
    n_symbols: int
    first_session: date | None
    last_session: date | None
    refreshed_at: datetime | None


def empty_frame(columns: "MappingProxyType[str, str]") -> pd.DataFrame:
    """Return a frame of a contract without rows."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


@dataclass(frozen=True, eq=False)
class PricePanel:
    """Bars of many symbols as flat arrays, each symbol's sessions in one ascending run of rows.

    Row ``i`` belongs to ``symbols[code[i]]``; ``starts`` has the first row of each symbol and, last, the
    number of rows. ``instrument_ids`` are the database's. ``gross_growth`` turns a price into the value of a
    holding that began as one share at the symbol's first session with dividends reinvested: adjusted price
    = price * gross_growth. It never changes when later bars arrive. ``share_growth`` is its splits-only part.
    """

    symbols: tuple[str, ...]
    instrument_ids: np.ndarray  # int64, shape (n_symbols,)
    starts: np.ndarray  # int64, shape (n_symbols + 1,)
    session: np.ndarray  # datetime64[D], shape (n_rows,)
    open: np.ndarray  # float64, shape (n_rows,), and so on
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray  # NaN where the source has none
    known_at: np.ndarray  # datetime64[us], naive UTC
    dividend: np.ndarray  # cash a share, 0 where none
    split: np.ndarray  # new shares for one old, 1 where none
    gross_growth: np.ndarray
    share_growth: np.ndarray

    @property
    def n_rows(self) -> int:
        """Number of bars."""
        return int(self.session.size)

    @property
    def code(self) -> np.ndarray:
        """Index into ``symbols`` of each row, int64, shape (n_rows,)."""
        return np.repeat(np.arange(len(self.symbols)), np.diff(self.starts))
