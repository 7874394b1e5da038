"""What the address of the value-at-risk page asks for: whatever may stand there."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from callbacks.symbols import is_ticker, shortened
from models.domain.errors import InvalidRequestError
from models.domain.risk_request import CASH, RiskMethod, RiskRequest, RiskSettings, UserShock
from models.domain.risk_view import DEFAULT_HORIZON, SHOCK_NAME

MAX_POSITIONS = 1_000
_SUM_TOLERANCE = 1e-3  # 33.33 % three times is a whole book
_SEPARATOR = "*"  # one that addresses do not escape
_WEIGHT = "w"  # tickers are in capitals, so a small letter begins a weight

Weights = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Asked:
    """What is to be shown. ``method`` is None where the back-test is to choose."""

    request: RiskRequest
    confidence: float
    method: RiskMethod | None
    moves: Weights


def read_asked(asked: dict[str, Any]) -> Asked:
    """Return what the address asks for; the browser has left out what there is none of.

    Raises
    ------
    InvalidRequestError
        If the book or a supposed move cannot be; its message says what to do.
    """
    weights = read_book(str(asked.get("book") or ""))
    settings = RiskSettings(
        n_paths=int(asked.get("paths") or RiskSettings.n_paths),
        horizon_sessions=int(asked.get("horizon") or DEFAULT_HORIZON),
    )
    method = str(asked.get("method") or "")
    return Asked(
        request=RiskRequest(weights=weights, settings=settings),
        confidence=int(asked.get("level") or 95) / 100,
        method=RiskMethod(method) if method in set(RiskMethod) else None,
        moves=read_moves(str(asked.get("shock") or "")),
    )


def read_book(text: str) -> Weights | None:
    """Return an edited book with its cash, None where the address names none.

    Parameters
    ----------
    text : str
        Weights in per cent, each before the symbols that have it: ``w2*AAPL*MSFT*w-1.5*XOM``.

    Raises
    ------
    InvalidRequestError
        If it is no book, or one that would borrow.
    """
    if not text:
        return None
    found: dict[str, float] = {}
    for symbol, weight in _positions(text):
        if symbol in found:
            raise InvalidRequestError(f"{symbol} stands in the book twice: give it one weight")
        found[symbol] = weight
    if len(found) > MAX_POSITIONS:
        raise InvalidRequestError(
            f"The book has {len(found):,} positions: {MAX_POSITIONS:,} are the most that can be edited here"
        )
    found = {symbol: weight for symbol, weight in found.items() if weight}
    if not found:
        raise InvalidRequestError("The book holds nothing but cash, which cannot lose: give it a position")
    total = math.fsum(found.values())
    if total > 1.0 + _SUM_TOLERANCE:
        raise InvalidRequestError(
            f"The weights add up to {100 * total:.5g} %, so {100 * (total - 1):.4g} % would be borrowed: "
            "scale them to 100 %, or lower some"
        )
    cash = round(1.0 - total, 10)
    return (*sorted(found.items()), *(((CASH, cash),) if cash else ()))


def _positions(text: str) -> Iterator[tuple[str, float]]:
    weight: float | None = None
    for token in text.split(_SEPARATOR):
        if token.startswith(_WEIGHT):
            weight = _fraction(token[1:], "weight")
        elif not is_ticker(token) or token == CASH:
            raise InvalidRequestError(f"“{shortened(token)}” is no ticker: take it out of the book")
        elif weight is None:
            raise InvalidRequestError(f"{token} has no weight: give it one in per cent, such as 2.5")
        else:
            yield token, weight


def read_moves(text: str) -> Weights:
    """Return supposed moves as fractions by sector or symbol: ``Energy:-20*AAPL:-30``.

    Raises
    ------
    InvalidRequestError
        If one is no move that a price can make.
    """
    moves = []
    for token in filter(None, text.split(_SEPARATOR)):
        target, _, move = token.rpartition(":")
        if not target:
            raise InvalidRequestError(
                f"“{shortened(token)}” supposes nothing: name a sector or ticker, and its move"
            )
        moves.append((target[:40], _fraction(move, f"move for {shortened(target)}")))
    UserShock(SHOCK_NAME, by_symbol=tuple(moves))  # refuses what no price can do
    return tuple(moves)


def _fraction(text: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidRequestError(f"“{shortened(text)}” is no {what}: give per cent, such as 2.5")
    return round(value / 100.0, 10)
