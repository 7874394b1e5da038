"""Histories and books for tests of risk."""

from datetime import date

import numpy as np

from models.domain.risk_request import Book, BookOrigin, RiskSettings
from services.quant.monte_carlo.history import BookHistory, ReturnMatrix, complete_history
from tests.unit.quant.factories import weekdays

SECTORS = ("Energy", "Utilities", "Financials")


def silent(done: int, total: int, message: str) -> None:
    """Report to nobody."""


def names(n: int) -> tuple[str, ...]:
    return tuple(f"S{place:03d}" for place in range(n))


def make_returns(rng: np.random.Generator, n_sessions: int, n_symbols: int, scale=0.01) -> np.ndarray:
    """Returns with a common factor and fat tails."""
    common = rng.standard_t(5, (n_sessions, 1))
    return scale * (0.6 * common + 0.8 * rng.standard_t(5, (n_sessions, n_symbols)))


def make_matrix(values: np.ndarray, market: np.ndarray | None = None) -> ReturnMatrix:
    days = weekdays(len(values))
    market = np.nan_to_num(values).mean(axis=1) if market is None else market
    return ReturnMatrix(names(values.shape[1]), days, values, market, "the market")


def make_history(values: np.ndarray, seed: int = 0) -> BookHistory:
    return complete_history(make_matrix(values), np.random.default_rng(seed))


def make_book(weights, cash: float | None = None, sectors=None) -> Book:
    own = tuple(float(weight) for weight in weights)
    return Book(
        BookOrigin.EDITED,
        "a book",
        date(2020, 1, 1),
        names(len(own)),
        own,
        sectors or tuple(SECTORS[place % 3] for place in range(len(own))),
        1.0 - sum(own) if cash is None else cash,
    )


def settings(n_paths=20_000, horizon_sessions=1, seed=0) -> RiskSettings:
    return RiskSettings(n_paths, horizon_sessions, seed)
