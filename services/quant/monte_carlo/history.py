"""Returns that a simulation learns from: every symbol over the same sessions, short histories completed."""

from dataclasses import dataclass

import numpy as np

from models.domain.errors import InsufficientHistoryError
from models.domain.market import PricePanel
from models.domain.risk import Completion
from services.quant.gaps import MAX_FILLED_SESSIONS

HISTORY_SESSIONS = 1_260  # five years
MIN_OWN_RETURNS = 60
_MIN_MARKET_RETURNS = 60
_STILL = 1e-12  # a variance below it is rounding


@dataclass(frozen=True, eq=False)
class ReturnMatrix:
    """Simple total returns by session and symbol, NaN where unknown.

    ``sessions``: datetime64[D], shape (n_sessions,). ``values``: float64, shape (n_sessions, n_symbols), the
    return up to each session. ``market``: float64, shape (n_sessions,), the benchmark's, or without one the
    mean of the symbols'.
    """

    symbols: tuple[str, ...]
    sessions: np.ndarray
    values: np.ndarray
    market: np.ndarray
    market_label: str

    def of(self, symbols: tuple[str, ...]) -> "ReturnMatrix":
        """Return the columns of some symbols, in their order."""
        place = {symbol: column for column, symbol in enumerate(self.symbols)}
        chosen = self.values[:, [place[symbol] for symbol in symbols]]
        return ReturnMatrix(symbols, self.sessions, chosen, self.market, self.market_label)

    def last(self, n_sessions: int) -> "ReturnMatrix":
        """Return the newest sessions."""
        return ReturnMatrix(
            self.symbols,
            self.sessions[-n_sessions:],
            self.values[-n_sessions:],
            self.market[-n_sessions:],
            self.market_label,
        )


@dataclass(frozen=True, eq=False)
class BookHistory:
    """Returns without a gap: float64, shape (n_sessions, n_symbols).

    ``is_own``: bool, of the same shape, False where a return was completed.
    """

    symbols: tuple[str, ...]
    sessions: np.ndarray
    returns: np.ndarray
    is_own: np.ndarray
    completions: tuple[Completion, ...]
    notes: tuple[str, ...]

    @property
    def log_returns(self) -> np.ndarray:
        """Logarithms of 1 + returns, of the same shape."""
        return np.asarray(np.log1p(self.returns))


def return_matrix(
    panel: PricePanel, benchmark: tuple[np.ndarray, np.ndarray] | None, benchmark_label: str
) -> ReturnMatrix:
    """Lay a panel's total returns on its sessions.

    Parameters
    ----------
    panel : PricePanel
        Bars; gaps of up to 5 sessions count as days without a move, what comes after a longer one is unknown.
    benchmark : pair of arrays or None
        Sessions (datetime64[D], ascending) and closes, adjusted, of the market; None: the symbols' mean.
    benchmark_label : str
        What pages call it.
    """
    # The benchmark's too: a book of young companies alone is completed like any other.
    sessions = np.unique(panel.session if benchmark is None else np.append(panel.session, benchmark[0]))
    price = np.full((sessions.size, len(panel.symbols)), np.nan)
    price[np.searchsorted(sessions, panel.session), panel.code] = panel.close * panel.gross_growth
    price = _without_short_gaps(price)
    values = np.full_like(price, np.nan)
    values[1:] = price[1:] / price[:-1] - 1.0
    market, label = _row_means(values), "the mean of the symbols"
    if benchmark is not None:
        own = _returns_of_series(*benchmark, sessions)
        market, label = np.where(np.isnan(own), market, own), benchmark_label
    return ReturnMatrix(panel.symbols, sessions, values, market, label)


def complete_history(matrix: ReturnMatrix, rng: np.random.Generator) -> BookHistory:
    """Complete each symbol by its beta and bootstrapped residuals, so that no history is cut to the shortest.

    Parameters
    ----------
    matrix : ReturnMatrix
        The window to learn from.
    rng : numpy.random.Generator
        Draws the residuals.

    Returns
    -------
    BookHistory
        The mean of a completed return is beta times the market's: a short history tells little of a drift.

    Raises
    ------
    InsufficientHistoryError
        If the market, or a symbol, has fewer than 60 returns in the window.
    """
    known = ~np.isnan(matrix.market)
    if known.sum() < _MIN_MARKET_RETURNS:
        raise InsufficientHistoryError(
            f"The history has {int(known.sum())} sessions with a return; a simulation needs "
            f"{_MIN_MARKET_RETURNS} or more: ingest a longer history"
        )
    values, market = matrix.values[known].copy(), matrix.market[known]
    is_own = ~np.isnan(values)
    _check_own(matrix.symbols, is_own)
    completions, still = [], []
    for column, symbol in enumerate(matrix.symbols):
        own = is_own[:, column]
        if values[own, column].var() < _STILL:
            still.append(symbol)
        if own.all():
            continue
        beta = _complete(values[:, column], own, market, rng)
        share = 1.0 - float(own.mean())
        completions.append(Completion(symbol, int(own.sum()), share, beta))
    notes: tuple[str, ...] = ()
    if still:
        notes = (
            f"The price of {_listed(still)} has not moved: it adds no risk, which says little of the future",
        )
    return BookHistory(matrix.symbols, matrix.sessions[known], values, is_own, tuple(completions), notes)


def too_short(matrix: ReturnMatrix) -> tuple[str, ...]:
    """Return the symbols whose own returns are too few to learn anything from."""
    n_own = (~np.isnan(matrix.values)).sum(axis=0)
    return tuple(
        symbol for symbol, n in zip(matrix.symbols, n_own.tolist(), strict=True) if n < MIN_OWN_RETURNS
    )


def _check_own(symbols: tuple[str, ...], is_own: np.ndarray) -> None:
    counts = dict(zip(symbols, is_own.sum(axis=0).tolist(), strict=True))
    short = {symbol: n for symbol, n in counts.items() if n < MIN_OWN_RETURNS}
    if short:
        named = _listed([f"{symbol} ({n})" for symbol, n in short.items()])
        raise InsufficientHistoryError(
            f"Too few returns for a simulation, {MIN_OWN_RETURNS} are needed: {named}. "
            "Leave them out of the book, or put what resembles them in their place"
        )


def _complete(values: np.ndarray, own: np.ndarray, market: np.ndarray, rng: np.random.Generator) -> float:
    """Fill a column in place; return its beta."""
    centred = market[own] - market[own].mean()
    size = float(centred @ centred)
    beta = float(centred @ values[own]) / size if size > _STILL else 0.0
    residual = values[own] - beta * market[own]
    residual -= residual.mean()
    drawn = rng.choice(residual, int((~own).sum()))
    values[~own] = np.maximum(beta * market[~own] + drawn, -0.99)
    return beta


def _without_short_gaps(price: np.ndarray) -> np.ndarray:
    row = np.arange(price.shape[0])[:, None]
    last = np.maximum.accumulate(np.where(np.isnan(price), -1, row), axis=0)
    filled = np.take_along_axis(price, np.maximum(last, 0), axis=0)
    following = np.minimum.accumulate(np.where(np.isnan(price), price.shape[0], row)[::-1], axis=0)[::-1]
    # A gap is as long as it turns out; after the last bar nothing follows, and nothing is filled.
    is_short = (last >= 0) & (following < price.shape[0]) & (following - last - 1 <= MAX_FILLED_SESSIONS)
    return np.where(is_short, filled, price)


def _row_means(values: np.ndarray) -> np.ndarray:
    known = ~np.isnan(values)
    n_known = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(n_known > 0, total / np.maximum(n_known, 1), np.nan)


def _returns_of_series(days: np.ndarray, close: np.ndarray, sessions: np.ndarray) -> np.ndarray:
    place = np.searchsorted(days, sessions)
    place = np.where((place < days.size) & (days[np.minimum(place, days.size - 1)] == sessions), place, -1)
    on = np.where(place >= 0, close[np.maximum(place, 0)], np.nan)
    returns = np.full(sessions.size, np.nan)
    returns[1:] = on[1:] / on[:-1] - 1.0
    return returns


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:10])
    return f"{shown} and {len(names) - 10} more" if len(names) > 10 else shown
