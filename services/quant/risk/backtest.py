"""Value at risk against what came: one session ahead, weights fixed the session before, data up to it."""

import numpy as np

from models.domain.errors import InsufficientHistoryError
from models.domain.risk import BACKTEST_CONFIDENCES, RiskBacktest, VarBacktest
from models.domain.risk_request import Book, RiskMethod
from services.quant.monte_carlo.history import ReturnMatrix
from services.quant.monte_carlo.models import Report
from services.quant.risk.exceptions import basel_zone, run_tests
from services.quant.risk.forecasts import REFIT_SESSIONS, forecast

MIN_LEARNED_SESSIONS = 500
MIN_TESTED_SESSIONS = 100
CHART_SESSIONS = 504
_MIN_COVERAGE = 0.5
_STILL = 1e-12


def backtest_book(
    book: Book,
    matrix: ReturnMatrix,
    methods: tuple[RiskMethod, ...],
    report: Report,
    *,
    first_session: np.datetime64 | None = None,
    seed: int = 0,
) -> RiskBacktest:
    """Forecast the book's value at risk for every session of the history, and count the exceptions.

    Parameters
    ----------
    book : Book
        Its weights are held at every close of the past.
    matrix : ReturnMatrix
        Returns of the book's symbols, in its order, over the whole history. Who has no price on a session has
        no part in it; the others then carry the whole of the book.
    methods : tuple of RiskMethod
    report : callable
        Told how far it is; may raise to stop.
    first_session : datetime64, optional
        Forecast none before.
    seed : int
        Of the histories behind the p-values.

    Raises
    ------
    InsufficientHistoryError
        If fewer than 600 sessions are known of at least half of the book, or it never moved.
    """
    sessions, returns, coverage = book_returns(book, matrix)
    first = MIN_LEARNED_SESSIONS
    if first_session is not None:
        first = max(first, int(np.searchsorted(sessions, first_session)))
    if returns.size - first < MIN_TESTED_SESSIONS or returns.var() < _STILL:
        raise InsufficientHistoryError(
            f"No back-test: at least half of the book has prices on {returns.size} sessions, and it takes "
            f"{MIN_LEARNED_SESSIONS} to learn from and {MIN_TESTED_SESSIONS} to test"
        )
    tested = returns[first:]
    results: list[VarBacktest] = []
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(len(RiskMethod),)))
    for method in methods:
        found = forecast(method, returns, first, BACKTEST_CONFIDENCES, report)
        for place, confidence in enumerate(BACKTEST_CONFIDENCES):
            results.append(_judged(method, confidence, found[:, place], sessions[first:], tested, rng))
    days = sessions[first:]
    return RiskBacktest(
        book_label=book.label,
        first=days[0].item(),
        last=days[-1].item(),
        n_sessions=int(tested.size),
        coverage=float(coverage[first:].mean()),
        results=tuple(results),
        chart_sessions=tuple(days[-CHART_SESSIONS:].tolist()),
        chart_returns=tuple(tested[-CHART_SESSIONS:].tolist()),
        notes=_notes(float(coverage[first:].min())),
    )


def book_returns(book: Book, matrix: ReturnMatrix) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sessions, the book's simple returns at its weights of now, and the share of it that had prices.

    From the first session on which at least half of its gross had one; single later ones with less are left
    out. Shape (n_sessions,) each.
    """
    weights = np.array(book.weights)
    size = np.abs(weights)
    known = ~np.isnan(matrix.values)
    coverage = (known * size).sum(axis=1) / size.sum()
    counts = coverage >= _MIN_COVERAGE
    total = np.where(known, matrix.values, 0.0) @ weights
    return matrix.sessions[counts], total[counts] / coverage[counts], coverage[counts]


def _judged(
    method: RiskMethod,
    confidence: float,
    forecasts: np.ndarray,
    days: np.ndarray,
    returns: np.ndarray,
    rng: np.random.Generator,
) -> VarBacktest:
    hits = -returns > forecasts
    tests = run_tests(hits, confidence, rng)
    return VarBacktest(
        method=method,
        confidence=confidence,
        n_exceptions=int(hits.sum()),
        n_expected=(1.0 - confidence) * returns.size,
        kupiec=tests.kupiec,
        independence=tests.independence,
        joint=tests.joint,
        zone=basel_zone(hits, confidence),
        exceptions=tuple(days[hits].tolist()),
        forecasts=tuple(forecasts[-CHART_SESSIONS:].tolist()),
    )


def _notes(least_coverage: float) -> tuple[str, ...]:
    how = (
        "The weights of now are held on every session of the past. Means and variances move daily, GARCH and "
        f"degrees of freedom are fitted again every {REFIT_SESSIONS} sessions. Filtered historical "
        "simulation filters the book's own returns."
    )
    if least_coverage == 1.0:
        return (how,)
    thin = (
        f"On the thinnest session {100.0 * least_coverage:.0f} % of the book had a price; the rest of it is "
        "taken to have done as that part did."
    )
    return how, thin
