"""Stored results as flat tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from models.domain.errors import InvalidRequestError, NotYetComputedError, UnknownSymbolError
from models.domain.market import DatasetStatus
from services.ports import Clock
from services.quant.indicators.registry import METADATA
from services.quant.sessions import session_at_or_before, session_closes
from services.storage.unit_of_work import SqlUnitOfWork

_SIGNAL_COLUMNS = (
    "symbol",
    "session",
    "label",
    "confluence",
    "technical",
    "sentiment",
    "model",
    "rsi_score",
    "macd_score",
    "ma_score",
    "bb_score",
    "confidence",
    "model_id",
    "known_at",
    "technical_label",
    "rank",
    "confidence_base_rate",
    "confidence_n",
    "segment",
    "computed_at",
)
_RUN_COLUMNS = (
    "job",
    "scheduled_for",
    "state",
    "attempt",
    "started_at",
    "finished_at",
    "rows_written",
    "message",
)
_MAX_RUNS = 100_000


@dataclass(frozen=True)
class ExportRequest:
    """What to export. ``as_of``: what was known at that day's close; sessions are inclusive."""

    as_of: date | None = None
    symbols: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None

    @property
    def known_by(self) -> datetime | None:
        """The close of the session at or before ``as_of``."""
        if self.as_of is None:
            return None
        session = np.array([session_at_or_before(self.as_of)], dtype="datetime64[D]")
        closed: datetime = session_closes(session)[0].item()
        return closed.replace(tzinfo=UTC)

    @property
    def sessions(self) -> tuple[date | None, date | None]:
        """First and last session wanted."""
        ends = [day for day in (self.as_of, self.last) if day is not None]
        return self.first, min(ends) if ends else None


def export_frame(engine: Engine, clock: Clock, kind: str, request: ExportRequest) -> pd.DataFrame:
    """Return the table of a kind, ready for CSV: ISO dates and times, missing values missing.

    Raises
    ------
    NotYetComputedError
        If there is no dataset yet.
    UnknownSymbolError
        If a symbol is not in the dataset.
    InvalidRequestError
        If ``first`` comes after ``last``.
    """
    first, last = request.sessions
    if first is not None and last is not None and first > last:
        raise InvalidRequestError(f"--from {first} comes after the last session asked for, {last}")
    with SqlUnitOfWork(engine) as work:
        frame = KINDS[kind](work, request)
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.DatetimeTZDtype):
            frame[name] = frame[name].map(lambda moment: moment.isoformat(), na_action="ignore")
    return frame


def _status(work: SqlUnitOfWork, request: ExportRequest) -> tuple[DatasetStatus, int]:
    status = work.datasets.active()
    if status is None or status.dataset.id is None:
        raise NotYetComputedError("No prices are stored yet: run `python -m app ingest` first")
    known = set(work.datasets.instruments(status.dataset.id)["symbol"])
    unknown = sorted(set(request.symbols) - known)
    if unknown:
        raise UnknownSymbolError(
            f"No symbol {', '.join(unknown)} in {status.dataset.label}; "
            f"it has {', '.join(sorted(known)[:20])}{' and more' if len(known) > 20 else ''}"
        )
    return status, status.dataset.id


def _bars(work: SqlUnitOfWork, request: ExportRequest) -> pd.DataFrame:
    status, dataset_id = _status(work, request)
    panel = work.bars.panel(dataset_id, symbols=request.symbols or None, known_by=request.known_by)
    last_growth = panel.gross_growth[panel.starts[1:] - 1][panel.code]
    frame = pd.DataFrame(
        {
            "symbol": np.array(panel.symbols, dtype=object)[panel.code],
            "session": panel.session,
            **{name: getattr(panel, name) for name in ("open", "high", "low", "close", "volume")},
            # As of the last session known then: later events are not in it.
            "adj_close": panel.close * (panel.gross_growth / last_growth),
            "dividend": panel.dividend,
            "split": panel.split,
            "provider": status.dataset.provider,
            "known_at": pd.DatetimeIndex(panel.known_at).tz_localize(UTC),
        }
    )
    first, last = request.sessions
    keep = frame["session"].between(
        pd.Timestamp(first or date.min.replace(year=1700)), pd.Timestamp(last or date.max.replace(year=2200))
    )
    frame = frame[keep].sort_values(["symbol", "session"], ignore_index=True)
    frame["session"] = frame["session"].dt.strftime("%Y-%m-%d")
    return frame


def _indicators(work: SqlUnitOfWork, request: ExportRequest) -> pd.DataFrame:
    _, dataset_id = _status(work, request)
    frame = work.signals.export_indicators(dataset_id, request.symbols, request.sessions)
    return frame[["symbol", "session", *METADATA, "window_sessions", "filled_sessions"]]


def _signals(work: SqlUnitOfWork, request: ExportRequest) -> pd.DataFrame:
    _, dataset_id = _status(work, request)
    frame = work.signals.export_signals(dataset_id, request.symbols, request.sessions, request.known_by)
    if request.as_of is not None:
        frame = frame.groupby("symbol", as_index=False).tail(1)
    frame = frame.astype({"confidence_n": "Int64", "model_id": "Int64"})
    return frame[list(_SIGNAL_COLUMNS)]


def _job_runs(work: SqlUnitOfWork, request: ExportRequest) -> pd.DataFrame:
    first, last = request.sessions
    runs = [
        {name: getattr(run, name) for name in _RUN_COLUMNS}
        for run in work.jobs.newest(_MAX_RUNS)
        if (first is None or run.scheduled_for.date() >= first)
        and (last is None or run.scheduled_for.date() <= last)
    ]
    frame = pd.DataFrame(runs, columns=list(_RUN_COLUMNS))
    return frame.astype({"rows_written": "Int64"})


def _quality(work: SqlUnitOfWork, request: ExportRequest) -> pd.DataFrame:
    _, dataset_id = _status(work, request)
    frame = work.quarantine.export(dataset_id, request.symbols)
    first, last = request.sessions
    if first is not None:
        frame = frame[frame["session"] >= first]
    if last is not None:
        frame = frame[frame["session"] <= last]
    frame.insert(3, "severity", "hard")
    frame.insert(4, "action", "quarantined")
    return frame


KINDS: Mapping[str, Callable[[SqlUnitOfWork, ExportRequest], pd.DataFrame]] = MappingProxyType(
    {
        "bars": _bars,
        "indicators": _indicators,
        "signals": _signals,
        "job-runs": _job_runs,
        "quality": _quality,
    }
)
