"""Simulate what a book could lose, judge such forecasts on the past, stress it, and store a report."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.domain.errors import InsufficientHistoryError, NotYetComputedError
from models.domain.jobs import JobResult
from models.domain.market import Dataset, PricePanel
from models.domain.risk import RiskReport
from models.domain.risk_request import SCHEDULED_HORIZONS, Book, RiskRequest, RiskSettings
from services.ports import Clock, Progress, UnitOfWork, UnitOfWorkFactory
from services.quant.code_version import code_version
from services.quant.features.context import CloseSeries
from services.quant.monte_carlo.history import HISTORY_SESSIONS, ReturnMatrix, return_matrix, too_short
from services.quant.portfolio.market import lay_out_market, lay_out_signals
from services.quant.risk.books import edited_book, portfolio_book, reference_book
from services.quant.risk.report import CODE, RiskGround, data_snapshot, make_report

SCHEDULED = tuple(
    RiskRequest(settings=RiskSettings(horizon_sessions=horizon)) for horizon in SCHEDULED_HORIZONS
)
_VIX = "^VIX"


def simulate_risk(
    open_work: UnitOfWorkFactory,
    clock: Clock,
    progress: Progress,
    requests: Sequence[RiskRequest] = SCHEDULED,
) -> JobResult:
    """Answer each request with a report on its book as of the newest close; what has not changed is kept.

    Parameters
    ----------
    open_work, clock, progress
        The world.
    requests : sequence of RiskRequest
        All on the current book, or all on the same edited one.

    Raises
    ------
    NotYetComputedError
        If no prices, or for the current book no signals, are stored.
    InvalidRequestError, UnknownSymbolError
        If a book cannot be one.
    InsufficientHistoryError
        If a symbol of the book has too short a history.
    """
    progress(0, 0, "reading prices and signals")
    with open_work() as work:
        dataset, ground, book = _prepare(work, requests[0])
        known = [_known_report(work, dataset, ground, book, request) for request in requests]
    reports = [
        stored or make_report(ground, book, request, clock.now(), progress)
        for stored, request in zip(known, requests, strict=True)
    ]
    new = [report for report, stored in zip(reports, known, strict=True) if stored is None]
    progress(0, 0, "storing")
    with open_work() as work:
        for report in new:
            work.risk.add(_id(dataset), report)
        if new:
            work.touch("risk")
        work.commit()
    return _result(book, reports, len(new))


def _known_report(
    work: UnitOfWork, dataset: Dataset, ground: RiskGround, book: Book, request: RiskRequest
) -> RiskReport | None:
    """Return the stored answer where nothing that it depends on has changed: it would come out the same."""
    stored = work.risk.newest(_id(dataset), request.key)
    if stored is None or stored.book != book:
        return None
    made_of = data_snapshot(ground.matrix.of(book.symbols)), code_version(*CODE)
    return stored if (stored.data_snapshot, stored.code_version) == made_of else None


def _id(dataset: Dataset) -> int:
    if dataset.id is None:
        raise NotYetComputedError("No prices are stored yet: run `python -m app ingest` first")
    return dataset.id


def resolve_edited_book(work: UnitOfWork, request: RiskRequest) -> Book | None:
    """Return the edited book of a request, None where it asks for the current one.

    Raises
    ------
    NotYetComputedError
        If no prices are stored.
    InvalidRequestError, UnknownSymbolError
        If its weights make no book.
    """
    status = work.datasets.active()
    if status is None or status.last_session is None:
        raise NotYetComputedError("No prices are stored yet: run `python -m app ingest` first")
    if request.weights is None:
        return None
    sector_of, _ = _sectors(work, status.dataset)
    return edited_book(request.weights, set(sector_of), sector_of, status.last_session)


def _sectors(work: UnitOfWork, dataset: Dataset) -> tuple[dict[str, str | None], tuple[str, ...]]:
    """Return every instrument's sector by symbol, and the symbols of the universe."""
    instruments = work.datasets.instruments(_id(dataset))
    sectors = instruments["sector"].astype(object).where(instruments["sector"].notna(), None)
    universe = tuple(instruments.loc[instruments["in_universe"], "symbol"])
    return dict(zip(instruments["symbol"], sectors, strict=True)), universe


def _prepare(work: UnitOfWork, request: RiskRequest) -> tuple[Dataset, RiskGround, Book]:
    edited = resolve_edited_book(work, request)
    status = work.datasets.active()
    assert status is not None  # noqa: S101 - it was there a moment ago, in the same transaction
    dataset = status.dataset
    sector_of, universe = _sectors(work, dataset)
    panel = work.bars.panel(_id(dataset), symbols=None if edited is None else edited.symbols)
    matrix = _matrix(work, dataset, panel)
    book = edited or _current_book(work, dataset, panel, matrix, sector_of)
    _check_priced(book, matrix)
    return dataset, RiskGround(matrix, sector_of, universe), book


def _check_priced(book: Book, matrix: ReturnMatrix) -> None:
    without = sorted(set(book.symbols) - set(matrix.symbols))
    if without:
        raise InsufficientHistoryError(
            f"No price of {', '.join(without[:5])} is stored: leave it out of the book, or ingest its prices"
        )


def _matrix(work: UnitOfWork, dataset: Dataset, panel: PricePanel) -> ReturnMatrix:
    series = _closes(work, dataset, dataset.benchmark)
    benchmark = None if series is None else (series.session, series.close)
    return return_matrix(panel, benchmark, dataset.benchmark or "")


def _closes(work: UnitOfWork, dataset: Dataset, symbol: str | None) -> CloseSeries | None:
    """Return a reference symbol's adjusted closes, None where the dataset has none."""
    known = work.datasets.instruments(_id(dataset))["symbol"]
    if symbol is None or symbol not in set(known):
        return None
    found = work.bars.panel(_id(dataset), symbols=[symbol])
    return CloseSeries(found.session, found.close * found.gross_growth) if found.n_rows else None


def _current_book(
    work: UnitOfWork,
    dataset: Dataset,
    panel: PricePanel,
    matrix: ReturnMatrix,
    sector_of: Mapping[str, str | None],
) -> Book:
    """Return what the rules hold, or the reference where that is next to nothing."""
    signals = work.signals.labels(panel.instrument_ids.tolist())
    if signals.size == 0:
        raise NotYetComputedError("No signals are stored yet: run `python -m app score` first")
    market = lay_out_market(
        panel,
        dataset.price_basis,
        sector_of=sector_of,
        benchmark=_closes(work, dataset, dataset.benchmark),
        vix=_closes(work, dataset, _VIX),
    )
    confluence, label = _on_rows(panel, signals)
    known = lay_out_signals(market, panel, confluence, label, is_member=work.bars.is_member(panel))
    held = portfolio_book(market, known, sector_of)
    if held is not None:
        return held
    short = set(too_short(matrix.last(HISTORY_SESSIONS)))
    whole = [symbol for symbol in matrix.symbols if symbol not in short]
    if not whole:
        raise InsufficientHistoryError("No symbol has 60 returns to learn from: ingest a longer history")
    return reference_book(whole, sector_of, matrix.sessions[-1].item())


def _on_rows(panel: PricePanel, signals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lay signals on the bar of their session; NaN and 0 where there is none."""
    width = 10_000_000  # days are far fewer, so (instrument, day) sorts as one number
    rows = panel.instrument_ids[panel.code] * width + panel.session.astype(np.int64)
    keys = signals["instrument_id"] * width + signals["session"].astype(np.int64)
    place = np.minimum(np.searchsorted(keys, rows), keys.size - 1)
    is_there = keys[place] == rows
    return np.where(is_there, signals["confluence"][place], np.nan), np.where(
        is_there, signals["label"][place], 0
    )


def _result(book: Book, reports: Sequence[RiskReport], n_new: int) -> JobResult:
    figures: list[dict[str, Any]] = [
        {
            "method": snapshot.method.value,
            "horizon_sessions": snapshot.settings.horizon_sessions,
            "n_paths": snapshot.settings.n_paths,
            "confidence": tail.confidence,
            "value_at_risk": tail.value_at_risk.value,
            "expected_shortfall": tail.expected_shortfall.value,
            "standard_error": tail.value_at_risk.standard_error,
            "expected_shortfall_error": tail.expected_shortfall.standard_error,
        }
        for report in reports
        for snapshot in report.snapshots
        for tail in snapshot.tails
    ]
    done = f"{n_new} of {len(reports)} reports computed" if n_new else "nothing changed since its last report"
    message = f"{book.label}: {len(book.symbols)} symbols, {done}"
    return JobResult(n_new, message, {"book": book.label, "figures": figures})
