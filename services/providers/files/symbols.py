"""Tickers in one spelling."""

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from models.domain.errors import InvalidMarketDataError

_SHARE_CLASS = re.compile(r"(?<=[A-Z0-9])[-/ _](?=[A-Z]{1,2}$)")
_TICKER = re.compile(r"\^?[A-Z][A-Z0-9]{0,5}(\.[A-Z]{1,2})?")
_NO_TICKERS = frozenset(
    {
        "PRICE",
        "PRICES",
        "DATA",
        "BARS",
        "DAILY",
        "QUOTE",
        "QUOTES",
        "STOCK",
        "STOCKS",
        "OHLC",
        "OHLCV",
        "TABLE",
    }
)


def canonical_symbol(symbol: str) -> str:
    """Return a ticker as the application spells it.

    ``brk-b`` and ``BRK/B`` become ``BRK.B``, ``^gspc`` becomes ``^GSPC``; a leading ``$`` and Stooq's
    ``.US`` go.
    """
    plain = symbol.strip().strip('"').upper().removeprefix("$").removesuffix(".US")
    return plain if plain.startswith("^") else _SHARE_CLASS.sub(".", plain)


def canonical_symbols(symbols: Sequence[str]) -> tuple[str, ...]:
    """Return each in canonical spelling, in order and once."""
    return tuple(dict.fromkeys(canonical_symbol(symbol) for symbol in symbols))


def symbol_of_file(path: Path, stem: str, where: str) -> str:
    """Return the ticker that a file of one symbol is named after.

    Raises
    ------
    InvalidMarketDataError
        If the name looks like none.
    """
    partition = next((part for part in path.parent.parts if re.match(r"(?i)(symbol|ticker)=", part)), None)
    symbol = canonical_symbol(unquote(partition.partition("=")[2] if partition else stem))
    if partition is None and (symbol in _NO_TICKERS or not _TICKER.fullmatch(symbol)):
        raise InvalidMarketDataError(
            f"{where}: has no symbol column, and its name is no ticker; add a column symbol, or name the "
            "file after its ticker, such as AAPL.csv"
        )
    return symbol
