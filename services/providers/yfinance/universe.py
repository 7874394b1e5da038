"""Whom the feed asks for: 50 large US companies over all 11 GICS sectors, unless UNIVERSE names others."""

import re
from dataclasses import dataclass
from typing import Self

from models.domain.market import Instrument
from models.domain.settings import Settings

DEFAULT_BENCHMARK = "SPY"
VOLATILITY_INDEX = Instrument("^VIX", "Cboe Volatility Index", in_universe=False)
BENCHMARK_NAMES = {"SPY": "SPDR S&P 500 ETF (total return)", "^GSPC": "S&P 500 (price index)"}

_CANONICAL_CLASS = re.compile(r"([A-Z]+)-([A-Z])")  # a class of shares as Yahoo writes it
_VENDOR_CLASS = re.compile(r"([A-Z]+)\.([A-Z])")

# Public facts, by the classification in force since 17 March 2023.
_BY_SECTOR = {
    "Energy": {
        "XOM": "Exxon Mobil",
        "CVX": "Chevron",
        "COP": "ConocoPhillips",
        "SLB": "SLB",
    },
    "Materials": {"LIN": "Linde", "SHW": "Sherwin-Williams", "FCX": "Freeport-McMoRan"},
    "Industrials": {
        "CAT": "Caterpillar",
        "GE": "GE Aerospace",
        "RTX": "RTX",
        "HON": "Honeywell",
        "UNP": "Union Pacific",
    },
    "Consumer Discretionary": {
        "AMZN": "Amazon",
        "TSLA": "Tesla",
        "HD": "Home Depot",
        "MCD": "McDonald's",
        "NKE": "Nike",
    },
    "Consumer Staples": {
        "PG": "Procter & Gamble",
        "KO": "Coca-Cola",
        "PEP": "PepsiCo",
        "COST": "Costco",
        "WMT": "Walmart",
    },
    "Health Care": {
        "LLY": "Eli Lilly",
        "UNH": "UnitedHealth Group",
        "JNJ": "Johnson & Johnson",
        "ABBV": "AbbVie",
        "MRK": "Merck & Co.",
    },
    "Financials": {
        "BRK.B": "Berkshire Hathaway (class B)",
        "JPM": "JPMorgan Chase",
        "V": "Visa",
        "MA": "Mastercard",
        "BAC": "Bank of America",
        "GS": "Goldman Sachs",
    },
    "Information Technology": {
        "AAPL": "Apple",
        "MSFT": "Microsoft",
        "NVDA": "Nvidia",
        "AVGO": "Broadcom",
        "ORCL": "Oracle",
        "CRM": "Salesforce",
    },
    "Communication Services": {
        "GOOGL": "Alphabet (class A)",
        "META": "Meta Platforms",
        "NFLX": "Netflix",
        "DIS": "Walt Disney",
        "VZ": "Verizon",
    },
    "Utilities": {"NEE": "NextEra Energy", "SO": "Southern Company", "DUK": "Duke Energy"},
    "Real Estate": {"PLD": "Prologis", "AMT": "American Tower", "EQIX": "Equinix"},
}
DEFAULT_UNIVERSE = {
    symbol: Instrument(symbol, name, sector)
    for sector, members in _BY_SECTOR.items()
    for symbol, name in members.items()
}
# What Yahoo calls a sector, in GICS's words.
GICS_NAME = {
    "Basic Materials": "Materials",
    "Consumer Cyclical": "Consumer Discretionary",
    "Consumer Defensive": "Consumer Staples",
    "Financial Services": "Financials",
    "Healthcare": "Health Care",
    "Technology": "Information Technology",
}


def canonical(symbol: str) -> str:
    """Return a ticker as the application writes it: ``BRK.B``."""
    return _CANONICAL_CLASS.sub(r"\1.\2", symbol) if _CANONICAL_CLASS.fullmatch(symbol) else symbol


def vendor_symbol(symbol: str) -> str:
    """Return a canonical ticker as Yahoo writes it: ``BRK-B``."""
    return _VENDOR_CLASS.sub(r"\1-\2", symbol) if _VENDOR_CLASS.fullmatch(symbol) else symbol


@dataclass(frozen=True)
class UniverseChoice:
    """Whom to ask for: the universe in its order, and the benchmark."""

    members: tuple[str, ...]
    benchmark: str

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Take UNIVERSE and BENCHMARK, in either way of writing classes of shares."""
        chosen = tuple(dict.fromkeys(map(canonical, settings.universe)))
        return cls(chosen or tuple(DEFAULT_UNIVERSE), canonical(settings.benchmark or DEFAULT_BENCHMARK))

    @property
    def symbols(self) -> tuple[str, ...]:
        """The universe, the benchmark and the volatility index."""
        return tuple(dict.fromkeys((*self.members, self.benchmark, VOLATILITY_INDEX.symbol)))
