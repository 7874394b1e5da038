"""Whose risk it is: the portfolio's of today, an edited book's, or that of a labelled reference."""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import date

import numpy as np

from models.domain.errors import InvalidRequestError, UnknownSymbolError
from models.domain.portfolio import BacktestSettings
from models.domain.risk import SECTOR_ALERT, SectorExposure
from models.domain.risk_request import CASH, UNKNOWN_SECTOR, Book, BookOrigin
from services.quant.portfolio.backtest import run_backtest
from services.quant.portfolio.market import SignalMatrix, TradingMarket

MIN_GROSS = 0.05
PORTFOLIO_LABEL = "What the rules hold today"
EDITED_LABEL = "Edited book"
REFERENCE_LABEL = "Reference: the universe at equal weights"
_SUM_TOLERANCE = 1e-3  # 0.3333 three times is a whole book
_MAX_GROSS = 10.0
_MAX_POSITIONS = 10_000
_SHOWN = 5


def edited_book(
    weights: Sequence[tuple[str, float]],
    known: Collection[str],
    sector_of: Mapping[str, str | None],
    session: date,
) -> Book:
    """Return a book of somebody's own weights.

    Parameters
    ----------
    weights : sequence of (symbol, weight)
        Fractions, negative where short; ``CASH`` at will. They add up to 1.
    known : collection of str
        Symbols of the dataset.
    sector_of : mapping
        Sector by symbol.
    session : date
        The newest close.

    Raises
    ------
    InvalidRequestError
        If they do not add up, a symbol stands there twice, or a weight is no number.
    UnknownSymbolError
        If a symbol is not in the dataset.
    """
    _check_weights(weights)
    unknown = sorted({symbol for symbol, _ in weights} - set(known) - {CASH})
    if unknown:
        raise UnknownSymbolError(
            f"No symbol {_listed(unknown)} in this dataset: leave it out, or ingest its prices first"
        )
    held = sorted((symbol, float(weight)) for symbol, weight in weights if symbol != CASH and weight != 0.0)
    if not held:
        raise InvalidRequestError("The book holds nothing but cash, which cannot lose: give it a position")
    gross = math.fsum(abs(weight) for _, weight in held)
    if gross > _MAX_GROSS:
        raise InvalidRequestError(
            f"The sizes of the weights add up to {gross:g}: give fractions, {_MAX_GROSS:g} in all at most"
        )
    return _book(BookOrigin.EDITED, EDITED_LABEL, session, dict(held), sector_of)


def _check_weights(weights: Sequence[tuple[str, float]]) -> None:
    if not weights or len(weights) > _MAX_POSITIONS:
        raise InvalidRequestError(
            f"The book has {len(weights):,} positions: give from 1 to {_MAX_POSITIONS:,} symbols and weights"
        )
    symbols = [symbol for symbol, _ in weights]
    twice = sorted({symbol for symbol in symbols if symbols.count(symbol) > 1}) if _repeats(symbols) else []
    if twice:
        raise InvalidRequestError(f"{_listed(twice)} stands in the book twice: give each symbol one weight")
    wrong = [f"{symbol} ({weight})" for symbol, weight in weights if not math.isfinite(weight)]
    if wrong:
        raise InvalidRequestError(f"No finite weight for {_listed(wrong)}: give a fraction such as 0.25")
    total = math.fsum(weight for _, weight in weights)
    if abs(total - 1.0) > _SUM_TOLERANCE:
        raise InvalidRequestError(
            f"The weights add up to {total:.6g} instead of 1: give {CASH} the other {1.0 - total:.6g}, or "
            "change them (fractions, not per cent)"
        )


def _repeats(symbols: Sequence[str]) -> bool:
    return len(set(symbols)) < len(symbols)


def reference_book(symbols: Sequence[str], sector_of: Mapping[str, str | None], session: date) -> Book:
    """Return all symbols at equal weights; nobody holds it."""
    weight = 1.0 / len(symbols)
    note = "Nobody holds this book: it stands in where the rules hold less than 5 % in shares."
    weights = dict.fromkeys(symbols, weight)
    return _book(BookOrigin.REFERENCE, REFERENCE_LABEL, session, weights, sector_of, note)


def portfolio_book(
    market: TradingMarket,
    signals: SignalMatrix,
    sector_of: Mapping[str, str | None],
    settings: BacktestSettings | None = None,
) -> Book | None:
    """Return what the rules of sizing hold at the newest close, having followed all stored signals.

    Returns
    -------
    Book or None
        Weights of the allotted capital; None where less than 5 % of it is in shares.
    """
    settings = settings or BacktestSettings()
    result = run_backtest(market, signals, settings)
    held = np.flatnonzero(result.quantity[-1])
    weights = result.quantity[-1, held] * market.mark[-1, held] / result.equity[-1]
    if float(np.abs(weights).sum()) < MIN_GROSS:
        return None
    by_symbol = {market.symbols[column]: float(weight) for column, weight in zip(held, weights, strict=True)}
    note = ""
    if result.capital < settings.capital:
        share = result.capital / settings.capital
        note = (
            f"Weights are of the {100.0 * share:.0f} % of the account that a universe this small is allotted."
        )
    session = market.sessions[-1].item()
    return _book(BookOrigin.PORTFOLIO, PORTFOLIO_LABEL, session, by_symbol, sector_of, note)


def _book(
    origin: BookOrigin,
    label: str,
    session: date,
    weights: Mapping[str, float],
    sector_of: Mapping[str, str | None],
    note: str = "",
) -> Book:
    symbols = tuple(sorted(weights))
    return Book(
        origin=origin,
        label=label,
        session=session,
        symbols=symbols,
        weights=tuple(weights[symbol] for symbol in symbols),
        sectors=tuple(sector_of.get(symbol) or UNKNOWN_SECTOR for symbol in symbols),
        cash=1.0 - math.fsum(weights.values()),
        note=note,
    )


def sector_exposures(book: Book, universe: Mapping[str, str | None]) -> tuple[SectorExposure, ...]:
    """Return each sector's part of the book's gross beside its part of the universe, the largest first.

    Parameters
    ----------
    book : Book
    universe : mapping
        Sector by symbol; each counts alike.
    """
    own: dict[str, float] = {}
    for sector, weight in zip(book.sectors, book.weights, strict=True):
        own[sector] = own.get(sector, 0.0) + abs(weight) / book.gross
    others = [sector or UNKNOWN_SECTOR for sector in universe.values()]
    found = [
        SectorExposure(sector, own.get(sector, 0.0), others.count(sector) / max(len(others), 1), is_alert)
        for sector in set(own) | set(others)
        for is_alert in (own.get(sector, 0.0) > SECTOR_ALERT,)
    ]
    return tuple(sorted(found, key=lambda one: (-one.weight, -one.reference_weight, one.sector)))


def _listed(names: Sequence[str]) -> str:
    # What somebody typed or uploaded: shown as text, cut, and never all of a long list.
    shown = ", ".join(name[:32] for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
