"""Symbols as addresses name them: anything may stand there."""

import re

# Canonical tickers: letters, digits and the signs of indices, classes and listings.
_SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9.^=_-]{0,19}")
_SHOWN_OF_A_WRONG_ONE = 24


def is_ticker(symbol: str) -> bool:
    """Whether this could be a ticker at all."""
    return _SYMBOL.fullmatch(symbol) is not None


def shortened(symbol: str) -> str:
    """Return what was asked for, not longer than a line can hold."""
    return symbol if len(symbol) <= _SHOWN_OF_A_WRONG_ONE else symbol[:_SHOWN_OF_A_WRONG_ONE] + "…"
