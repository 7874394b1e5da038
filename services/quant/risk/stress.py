"""What a book would have done in past crises, and what it would do if factors, sectors or symbols moved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from models.domain.risk import StressKind, StressPart, StressResult
from models.domain.risk_request import Book, UserShock
from services.quant.monte_carlo.history import HISTORY_SESSIONS, MIN_OWN_RETURNS, ReturnMatrix

_MARKET_MOVES = (-0.10, -0.20, -0.30)
_SECTOR_MOVE = -0.20
_LEAST = -1.0
_STILL = 1e-12


@dataclass(frozen=True)
class Crisis:
    """From one close to another."""

    name: str
    first: date
    last: date


CRISES = (
    Crisis("Dot-com bust", date(2000, 3, 24), date(2002, 10, 9)),
    Crisis("Financial crisis", date(2007, 10, 9), date(2009, 3, 9)),
    Crisis("Covid-19", date(2020, 2, 19), date(2020, 3, 23)),
)


def run_stresses(book: Book, matrix: ReturnMatrix, shocks: tuple[UserShock, ...]) -> tuple[StressResult, ...]:
    """Run every stress on a book.

    Parameters
    ----------
    book : Book
    matrix : ReturnMatrix
        Of the book's symbols, in its order, over the whole history.
    shocks : tuple of UserShock

    Returns
    -------
    tuple of StressResult
        Past crises, moves of the market and of the book's sectors, then the user's.
    """
    return (
        *(past_crisis(book, matrix, crisis) for crisis in CRISES),
        *market_moves(book, matrix),
        *sector_moves(book),
        *(user_shock(book, shock) for shock in shocks),
    )


def past_crisis(book: Book, matrix: ReturnMatrix, crisis: Crisis) -> StressResult:
    """Return what the book of now, held without trading, would have returned from one close to another.

    A symbol without prices over the whole of it is missing, and named; nothing is put in its place.
    """
    first, last = np.datetime64(crisis.first, "D"), np.datetime64(crisis.last, "D")
    is_inside = (matrix.sessions > first) & (matrix.sessions <= last)
    is_reached = bool(matrix.sessions.size) and matrix.sessions[0] <= first and matrix.sessions[-1] >= last
    if not is_reached or not is_inside.any():
        begin, end = (str(matrix.sessions[place]) if matrix.sessions.size else "-" for place in (0, -1))
        return _result(
            book, crisis.name, StressKind.HISTORICAL, {}, f"The data reach from {begin} to {end}", crisis
        )
    window = matrix.values[is_inside]
    known = ~np.isnan(window)
    returns: dict[str, float] = {}
    for column, symbol in enumerate(book.symbols):
        if known[:, column].all():
            returns[symbol] = float(np.prod(1.0 + window[:, column]) - 1.0)
    note = (
        "" if len(returns) == len(book.symbols) else "Symbols without prices over the whole of it are missing"
    )
    return _result(book, crisis.name, StressKind.HISTORICAL, returns, note, crisis)


def market_moves(book: Book, matrix: ReturnMatrix) -> tuple[StressResult, ...]:
    """Return what moves of the market do through each symbol's beta."""
    recent = matrix.last(HISTORY_SESSIONS)
    betas = {
        symbol: beta
        for column, symbol in enumerate(book.symbols)
        if (beta := _beta(recent.values[:, column], recent.market)) is not None
    }
    note = f"Beta times the move of {matrix.market_label}, over the last five years or what there is of them"
    return tuple(
        _result(
            book,
            f"Market {_percent(move)}",
            StressKind.FACTOR,
            {symbol: max(_LEAST, beta * move) for symbol, beta in betas.items()},
            note,
        )
        for move in _MARKET_MOVES
    )


def sector_moves(book: Book) -> tuple[StressResult, ...]:
    """Return what a fall of one of the book's sectors does, the others standing still; the worst first."""
    found = []
    for sector in sorted(set(book.sectors)):
        returns = {
            symbol: _SECTOR_MOVE if own == sector else 0.0
            for symbol, own in zip(book.symbols, book.sectors, strict=True)
        }
        note = "The other sectors stand still"
        found.append(_result(book, f"{sector} {_percent(_SECTOR_MOVE)}", StressKind.FACTOR, returns, note))
    return tuple(sorted(found, key=lambda one: (one.book_return or 0.0, one.name)))


def user_shock(book: Book, shock: UserShock) -> StressResult:
    """Return what somebody's own shock does to a book."""
    by_symbol, by_sector = dict(shock.by_symbol), dict(shock.by_sector)
    returns = {
        symbol: by_symbol.get(symbol, by_sector.get(sector, 0.0))
        for symbol, sector in zip(book.symbols, book.sectors, strict=True)
    }
    foreign = [name for name in by_symbol if name not in book.symbols]
    foreign += [name for name in by_sector if name not in book.sectors]
    note = f"Not in the book: {', '.join(foreign)}" if foreign else ""
    return _result(book, shock.name, StressKind.USER, returns, note)


def _beta(returns: np.ndarray, market: np.ndarray) -> float | None:
    known = ~np.isnan(returns) & ~np.isnan(market)
    if known.sum() < MIN_OWN_RETURNS:
        return None
    centred = market[known] - market[known].mean()
    size = float(centred @ centred)
    return float(centred @ returns[known]) / size if size > _STILL else None


def _result(
    book: Book,
    name: str,
    kind: StressKind,
    returns: Mapping[str, float],
    note: str,
    crisis: Crisis | None = None,
) -> StressResult:
    covered = np.array([symbol in returns for symbol in book.symbols])
    weights = np.array(book.weights)
    parts = weights * np.array([returns.get(symbol, 0.0) for symbol in book.symbols])
    coverage = float(np.abs(weights[covered]).sum() / np.abs(weights).sum())
    total = float(parts.sum()) if covered.any() else None
    return StressResult(
        name=name,
        kind=kind,
        first=crisis.first if crisis else None,
        last=crisis.last if crisis else None,
        book_return=total,
        scaled_return=None if total is None else total / coverage,
        coverage=coverage,
        missing=tuple(symbol for symbol in book.symbols if symbol not in returns),
        by_symbol=_by_symbol(book, parts, covered),
        by_sector=_by_sector(book, parts, covered),
        note=note,
    )


def _by_symbol(book: Book, parts: np.ndarray, covered: np.ndarray) -> tuple[StressPart, ...]:
    found = [
        StressPart(symbol, weight, part)
        for symbol, weight, part, is_known in zip(
            book.symbols, book.weights, parts.tolist(), covered.tolist(), strict=True
        )
        if is_known
    ]
    return tuple(sorted(found, key=lambda one: (one.contribution, one.name)))


def _by_sector(book: Book, parts: np.ndarray, covered: np.ndarray) -> tuple[StressPart, ...]:
    found: dict[str, tuple[float, float]] = {}
    for sector, weight, part, is_known in zip(
        book.sectors, book.weights, parts.tolist(), covered.tolist(), strict=True
    ):
        if is_known:
            held, lost = found.get(sector, (0.0, 0.0))
            found[sector] = held + weight, lost + part
    rows = [StressPart(sector, held, lost) for sector, (held, lost) in found.items()]
    return tuple(sorted(rows, key=lambda one: (one.contribution, one.name)))


def _percent(move: float) -> str:
    return f"{100.0 * move:+.0f} %".replace("-", "\N{MINUS SIGN}")
