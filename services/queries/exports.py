"""Stored results as flat tables."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Engine

from models.domain.errors import InvalidRequestError, NotYetComputedError, UnknownSymbolError
from models.domain.market import DatasetStatus
from services.ports import Clock
from services.quant.sessions import session_at_or_before, session_closes
from services.queries.feature_export import feature_parts
from services.queries.feed_rows import WEIGHT_COLUMNS, made_of
from services.queries.indicator_export import indicator_parts
from services.queries.model_export import model_table, trial_table
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
    "quantile_label",
    *WEIGHT_COLUMNS,
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
_QUALITY_COLUMNS = (
    "symbol",
    "session",
    "rule",
    "severity",
    "action",
    "detail",
    "source",
    "status",
    "decided_by",
    "decided_at",
    "found_at",
)
_RISK_COLUMNS = (
    "computed_at",
    "method",
    "horizon_sessions",
    "n_paths",
    "confidence",
    "value_at_risk",
    "expected_shortfall",
    "value_at_risk_error",
    "expected_shortfall_error",
    "session",
    "origin",
    "seed",
)
_MAX_RUNS = 100_000


@dataclass(frozen=True)
class ExportRequest:
    """What to export. ``as_of``: what was known at that day's close; sessions are inclusive."""

    as_of: date | None = None
    symbols: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    data_dir: Path | None = None  # the feature store lies below it; only features need it

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


def export_frames(
    engine: Engine, clock: Clock, kind: str, request: ExportRequest
) -> Iterator[pd.DataFrame | pa.Table]:
    """Yield the table of a kind in one part or several, ready for CSV.

    Dates and times are ISO, missing values missing. There is always a first part, perhaps without rows.
    Features, of which there are two hundred million, come as Arrow tables.

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
    # All parts show one state of the database.
    with SqlUnitOfWork(engine.execution_options(isolation_level="REPEATABLE READ")) as work:
        found = KINDS[kind](work, request)
        yield from map(_with_iso_times, [found] if isinstance(found, pd.DataFrame) else found)


def _with_iso_times(frame: pd.DataFrame | pa.Table) -> pd.DataFrame | pa.Table:
    if isinstance(frame, pa.Table):
        return frame
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


def _indicators(work: SqlUnitOfWork, request: ExportRequest) -> Iterator[pd.DataFrame]:
    _, dataset_id = _status(work, request)
    members = work.datasets.instruments(dataset_id)
    symbols = request.symbols or members.loc[members["in_universe"], "symbol"].tolist()
    return indicator_parts(work, dataset_id, symbols, request.sessions, request.known_by)


def _features(work: SqlUnitOfWork, request: ExportRequest) -> Iterator[pa.Table]:
    status, dataset_id = _status(work, request)
    if request.data_dir is None:
        raise InvalidRequestError("Features are exported from the feature store: say where DATA_DIR is")
    members = work.datasets.instruments(dataset_id)
    outside = sorted(set(request.symbols) - set(members.loc[members["in_universe"], "symbol"]))
    if outside:
        raise UnknownSymbolError(
            f"{', '.join(outside)} is outside the universe of {status.dataset.label}: there are no features "
            "of it; `export bars` and `export indicators` have it"
        )
    return feature_parts(work, request.data_dir, request.symbols, request.sessions, request.known_by)


def _signals(work: SqlUnitOfWork, request: ExportRequest) -> pd.DataFrame:
    _, dataset_id = _status(work, request)
    frame = work.signals.export_signals(dataset_id, request.symbols, request.sessions, request.known_by)
    if request.as_of is not None:
        frame = frame.groupby("symbol", as_index=False).tail(1)
    frame = frame.astype({"confidence_n": "Int64", "model_id": "Int64"}).assign(**made_of(frame))
    return frame[list(_SIGNAL_COLUMNS)]


def _models(work: SqlUnitOfWork, request: ExportRequest) -> pd.DataFrame:
    _, dataset_id = _status(work, request)
    return model_table(work.models.all(dataset_id), request.known_by)


def _trials(work: SqlUnitOfWork, request: ExportRequest) -> pd.DataFrame:
    status = work.datasets.active()
    own = [] if status is None or status.dataset.id is None else work.trials.all(status.dataset.id)
    return trial_table([*own, *work.trials.benchmarks()], request.known_by)


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


def _risk(work: SqlUnitOfWork, request: ExportRequest) -> pd.DataFrame:
    _, dataset_id = _status(work, request)
    if request.symbols:
        raise InvalidRequestError("Risk is that of whole books: export it without --symbol")
    return work.risk.figures(dataset_id, request.sessions)[list(_RISK_COLUMNS)]


def _quality(work: SqlUnitOfWork, request: ExportRequest) -> pd.DataFrame:
    status, dataset_id = _status(work, request)
    hard = work.quarantine.rows(dataset_id, symbols=request.symbols)
    # A released row is a bar by now, and a confirmed one stays out: `status` says which.
    hard = hard.assign(severity="hard", action="quarantined")
    soft = work.quality.flags(dataset_id, request.symbols)
    soft = soft.assign(severity="soft", action="flagged", source=status.dataset.provider)
    frame = pd.concat([hard, soft], ignore_index=True)[list(_QUALITY_COLUMNS)]
    session = pd.to_datetime(frame["session"]).astype("datetime64[s]")
    times = {name: pd.to_datetime(frame[name], utc=True) for name in ("decided_at", "found_at")}
    frame = frame.assign(session=session, **times)
    first, last = request.sessions
    if first is not None:
        frame = frame[frame["session"] >= pd.Timestamp(first)]
    if last is not None:
        frame = frame[frame["session"] <= pd.Timestamp(last)]
    frame = frame.sort_values(["symbol", "session", "rule", "source"], ignore_index=True)
    frame["session"] = frame["session"].dt.strftime("%Y-%m-%d")
    return frame


_Exported = pd.DataFrame | Iterator[pd.DataFrame] | Iterator[pa.Table]
KINDS: Mapping[str, Callable[[SqlUnitOfWork, ExportRequest], _Exported]] = MappingProxyType(
    {
        "bars": _bars,
        "indicators": _indicators,
        "features": _features,
        "signals": _signals,
        "models": _models,
        "trials": _trials,
        "job-runs": _job_runs,
        "risk": _risk,
        "quality": _quality,
    }
)
