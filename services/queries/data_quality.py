"""How far the stored prices can be trusted, from what jobs have assessed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from models.domain.errors import NotYetComputedError, UnknownSymbolError
from models.domain.feed import Activity
from models.domain.market import (
    CircuitState,
    DatasetStatus,
    ProviderCircuit,
    QuarantineKey,
    QuarantineStatus,
)
from models.domain.quality_views import (
    AssessedRun,
    CircuitStatus,
    Freshness,
    QualityReport,
    QuarantinedRow,
    RowEvidence,
    Supply,
    SymbolEvidence,
)
from services.ports import Clock
from services.quant.sessions import exchange_sessions, last_completed_session
from services.queries.activity import read_activity
from services.queries.freshness import describe_staleness
from services.queries.quality_rows import (
    assessed_runs,
    bar_flags,
    bars_around,
    find_gaps,
    quarantined_rows,
    rule_counts,
    symbol_qualities,
    with_severity,
)
from services.queries.shown_dataset import dataset_id_of, shown_dataset
from services.storage.unit_of_work import SqlUnitOfWork

MAX_QUARANTINE_ROWS = 5_000  # that a browser is given
CIRCUIT_OPEN_FOR = timedelta(minutes=5)
_MAX_RUNS = 120
_MAX_LIST = 100
# The evening's ingestion begins up to two hours after the close; before it has run nothing is late.
_GRACE = timedelta(hours=3)
_AROUND = timedelta(days=12)  # holds the bars shown around a row, whatever holidays fall into it
_NOT_ASSESSED = (
    "Prices are stored, but their quality has not been assessed yet. That is part of every ingestion: it "
    "comes with the next one, or now with `python -m app ingest`."
)


class DataQualityQueries:
    """Reads for the data-quality page; each call sees one state of the database."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ")
        self._clock = clock

    def report(self) -> QualityReport:
        """Return all that was assessed of the dataset that pages show.

        Raises
        ------
        NotYetComputedError
            If there are no prices yet, or nothing has been assessed; its message says what is going on.
        DatabaseUnavailableError
            If the database is out of reach.
        """
        with self._reading() as (work, status, dataset_id):
            runs = _runs(work, dataset_id)
            counts = _counts(work, dataset_id)
            sessions = work.quality.completeness_by_session(dataset_id)
            n_waiting, n_released = (
                work.quarantine.count(dataset_id, status=status)
                for status in (QuarantineStatus.QUARANTINED, QuarantineStatus.RELEASED)
            )
            return QualityReport(
                status=status,
                assessed_at=runs[-1].assessed_at,
                symbols=tuple(symbol_qualities(work.quality.scores(dataset_id), counts)),
                runs=runs,
                rules=rule_counts(counts),
                session=sessions["session"].to_numpy("datetime64[D]"),
                n_expected=sessions["n_expected"].to_numpy(np.int64),
                n_present=sessions["n_present"].to_numpy(np.int64),
                quarantine=_newest_quarantine(work, dataset_id),
                n_quarantine=work.quarantine.count(dataset_id),
                n_waiting=n_waiting,
                n_released=n_released,
            )

    def symbol(self, symbol: str) -> SymbolEvidence:
        """Return what stands behind one symbol's row.

        Raises
        ------
        UnknownSymbolError
            If no symbol of that name was assessed.
        NotYetComputedError, DatabaseUnavailableError
            As ``report``.
        """
        with self._reading() as (work, status, dataset_id):
            _runs(work, dataset_id)
            scores = work.quality.scores(dataset_id)
            counts = _counts(work, dataset_id)
            found = list(symbol_qualities(scores[scores["symbol"] == symbol], counts))
            if not found:
                raise UnknownSymbolError(f"No symbol {symbol[:32]!r} in {status.dataset.label}")
            flags = work.quality.flags(dataset_id, [symbol])
            rows = work.quarantine.rows(dataset_id, symbols=[symbol])
            sessions = work.quality.completeness_by_session(dataset_id)["session"]
            panel = work.bars.panel(dataset_id, symbols=[symbol])
        gaps = find_gaps(sessions.to_numpy("datetime64[D]"), panel.session)
        newest = rows.sort_values(["session", "found_at"], ascending=False, na_position="last")
        return SymbolEvidence(
            row=found[0],
            flags=bar_flags(flags.head(_MAX_LIST)),
            n_flags=len(flags),
            gaps=tuple(gaps[::-1][:_MAX_LIST]),
            n_gaps=len(gaps),
            quarantine=quarantined_rows(newest.head(_MAX_LIST)),
            n_quarantine=len(rows),
        )

    def row(self, key: QuarantineKey) -> RowEvidence | None:
        """Return a row in quarantine with the bars stored around it; None if there is no such row.

        Raises
        ------
        NotYetComputedError, DatabaseUnavailableError
            As ``report``.
        """
        with self._reading() as (work, _, dataset_id):
            rows = work.quarantine.rows(dataset_id, symbols=[key.symbol])
            this = (rows["rule"] == key.rule) & (rows["source"] == key.source)
            found = quarantined_rows(rows[this])
            if not found:
                return None
            session = found[0].session
            if session is None:
                return RowEvidence(found[0], ())
            panel = work.bars.panel(dataset_id, symbols=[key.symbol], from_session=session - _AROUND)
        return RowEvidence(found[0], bars_around(panel, session))

    def supply(self) -> Supply | None:
        """Return where the data come from and how that goes now; None before there is a dataset.

        Raises
        ------
        DatabaseUnavailableError
            If the database is out of reach.
        """
        with SqlUnitOfWork(self._engine) as work:
            status = work.datasets.active()
            circuits = work.provider_circuits.all()
        if status is None:
            return None
        return Supply(
            provider=status.dataset.provider,
            freshness=judge_freshness(status, self._clock.now()),
            providers=tuple(_circuit_status(each) for each in circuits if not each.symbol),
            symbols=tuple(_circuit_status(each) for each in circuits if each.symbol and each.n_failures),
        )

    def staleness(self, status: DatasetStatus) -> str:
        """Return how far the data are behind the exchange now, empty where they are not."""
        return describe_staleness(status, self._clock.now())

    def activity(self) -> Activity:
        """Return what the worker does now.

        Raises
        ------
        DatabaseUnavailableError
            If the database is out of reach.
        """
        with SqlUnitOfWork(self._engine) as work:
            return read_activity(work, self._clock)

    @contextmanager
    def _reading(self) -> Iterator[tuple[SqlUnitOfWork, DatasetStatus, int]]:
        with shown_dataset(self._engine, self._clock) as (work, status):
            yield work, status, dataset_id_of(status)


def judge_freshness(status: DatasetStatus, now: datetime) -> Freshness:
    """Return how new a dataset is; of historical data nothing newer is expected.

    A session is expected three hours after its close: the evening's ingestion has run by then.
    """
    historical, last = status.dataset.historical, status.last_session
    expected: date | None = None
    n_missing = 0
    if not historical:
        newest = last_completed_session(now - _GRACE)
        expected = newest.astype(datetime)
        sessions = exchange_sessions()
        after = sessions > np.datetime64(last, "D") if last else np.ones(sessions.size, dtype=bool)
        n_missing = int((after & (sessions <= newest)).sum())
    return Freshness(last, status.refreshed_at, expected, n_missing, historical)


def _runs(work: SqlUnitOfWork, dataset_id: int) -> tuple[AssessedRun, ...]:
    frame = work.quality.runs(dataset_id, _MAX_RUNS)
    if frame.empty:
        raise NotYetComputedError(_NOT_ASSESSED)
    return assessed_runs(frame)


def _counts(work: SqlUnitOfWork, dataset_id: int) -> pd.DataFrame:
    hard = work.quarantine.counts_by_symbol_and_rule(dataset_id)
    return with_severity(hard, work.quality.flag_counts_by_symbol_and_rule(dataset_id))


def _newest_quarantine(work: SqlUnitOfWork, dataset_id: int) -> tuple[QuarantinedRow, ...]:
    """Return the rows that wait and, as far as there is room, those that were decided on."""
    found: list[QuarantinedRow] = []
    for status in QuarantineStatus:
        room = MAX_QUARANTINE_ROWS - len(found)
        if room > 0:
            found.extend(quarantined_rows(work.quarantine.rows(dataset_id, room, status=status)))
    return tuple(found)


def _circuit_status(circuit: ProviderCircuit) -> CircuitStatus:
    is_open = circuit.state is CircuitState.OPEN
    again = circuit.opened_at + CIRCUIT_OPEN_FOR if is_open and circuit.opened_at else None
    return CircuitStatus(circuit, again)
