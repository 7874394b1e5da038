"""All that one request finds out about a book."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from models.domain.errors import InsufficientHistoryError
from models.domain.risk import RiskBacktest, RiskReport
from models.domain.risk_request import Book, RiskMethod, RiskRequest
from services.quant.code_version import code_version
from services.quant.monte_carlo.history import HISTORY_SESSIONS, ReturnMatrix, complete_history
from services.quant.monte_carlo.models import Report
from services.quant.risk.backtest import backtest_book
from services.quant.risk.books import sector_exposures
from services.quant.risk.snapshot import take_snapshot
from services.quant.risk.stress import run_stresses

UNIVERSE_LABEL = "the universe, each symbol alike"
CODE = (  # all that decides about a figure
    "models.domain.risk",
    "models.domain.risk_request",
    "services.quant.monte_carlo",
    "services.quant.portfolio",
    "services.quant.risk",
    "services.quant.value_at_risk",
)
_COMPLETION_STREAM = len(RiskMethod) + 1
_Backtests = dict[tuple[Book, tuple[RiskMethod, ...]], tuple[RiskBacktest | None, tuple[str, ...]]]


@dataclass(frozen=True, eq=False)
class RiskGround:
    """What every request of a run stands on. ``sector_of``: the universe's sectors by symbol."""

    matrix: ReturnMatrix
    sector_of: Mapping[str, str | None]
    universe: tuple[str, ...]
    _backtests: _Backtests = field(default_factory=dict)

    def backtest(
        self, book: Book, methods: tuple[RiskMethod, ...], report: Report
    ) -> tuple[RiskBacktest | None, tuple[str, ...]]:
        """Return the back-test of a book, or why there is none; the same for every horizon."""
        key = (book, methods)
        if key not in self._backtests:
            try:
                found = backtest_book(book, self.matrix.of(book.symbols), methods, report)
                self._backtests[key] = found, ()
            except InsufficientHistoryError as missing:
                self._backtests[key] = None, (str(missing),)
        return self._backtests[key]


def make_report(
    ground: RiskGround, book: Book, request: RiskRequest, now: datetime, report: Report
) -> RiskReport:
    """Simulate, back-test and stress a book.

    Parameters
    ----------
    ground : RiskGround
        Returns of all the book's symbols, and the universe it is compared with.
    book : Book
    request : RiskRequest
    now : datetime
        Aware UTC.
    report : callable
        Told how far it is; may raise to stop.

    Raises
    ------
    InsufficientHistoryError
        If a symbol of the book has fewer than 60 returns.
    """
    own = ground.matrix.of(book.symbols)
    seed = np.random.SeedSequence(request.settings.seed, spawn_key=(_COMPLETION_STREAM,))
    history = complete_history(own.last(HISTORY_SESSIONS), np.random.default_rng(seed))
    snapshots = tuple(
        take_snapshot(method, book, history, request.settings, report) for method in request.methods
    )
    backtest, notes = ground.backtest(book, request.methods, report)
    return RiskReport(
        computed_at=now,
        request=request,
        book=book,
        snapshots=snapshots,
        backtest=backtest,
        stresses=run_stresses(book, own, request.shocks),
        exposures=sector_exposures(
            book, {symbol: ground.sector_of.get(symbol) for symbol in ground.universe}
        ),
        reference_label=UNIVERSE_LABEL,
        notes=notes,
        data_snapshot=data_snapshot(own),
        code_version=code_version(*CODE),
    )


def data_snapshot(matrix: ReturnMatrix) -> str:
    """Return a hash of every return that a report was made of: 64 hex digits."""
    found = hashlib.blake2b(digest_size=32)
    found.update("\0".join((*matrix.symbols, matrix.market_label)).encode())
    for array in (matrix.sessions, matrix.values, matrix.market):
        found.update(np.ascontiguousarray(array).view(np.uint8).data)
    return found.hexdigest()
