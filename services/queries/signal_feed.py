"""The signal feed and its ticker panel, from stored results."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from models.domain.errors import NotYetComputedError, UnknownSymbolError
from models.domain.feed import Activity, FeedRow, IndicatorValue, SignalFeed, TickerDetail
from models.domain.market import DatasetStatus, PricePanel
from models.domain.signals import CONFLUENCE_WEIGHTS, SCORE_WARM_UP_SESSIONS, Label
from services.ports import Clock
from services.quant.indicators.registry import METADATA
from services.queries.activity import read_activity
from services.storage.unit_of_work import SqlUnitOfWork

_HISTORY_SESSIONS = 60
_HISTORY_DAYS = timedelta(days=100)  # holds 60 sessions, whatever holidays fall into it
_SCORES = (
    "confluence",
    "technical",
    "sentiment",
    "model",
    "rsi_score",
    "macd_score",
    "ma_score",
    "bb_score",
    "rank",
    "confidence",
    "confidence_base_rate",
)


class SignalFeedQueries:
    """Reads for the feed; each call sees one state of the database."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ")
        self._clock = clock

    def feed(self) -> SignalFeed:
        """Return the newest signal of every symbol of the universe, by symbol.

        Raises
        ------
        NotYetComputedError
            If prices or scores are still being computed; its message says what is going on.
        DatabaseUnavailableError
            If the database is out of reach.
        """
        with self._reading() as (work, status):
            dataset_id = _id(status)
            members = work.datasets.instruments(dataset_id)
            signals = work.signals.newest(dataset_id).set_index("symbol")
            indicators = work.signals.newest_indicators(dataset_id).set_index("symbol")
            if indicators.empty:
                raise NotYetComputedError(read_activity(work, self._clock).sentence)
            as_of = _last_session(status)
            panel = work.bars.panel(dataset_id, from_session=as_of - _HISTORY_DAYS)
        places = {symbol: place for place, symbol in enumerate(panel.symbols)}
        rows = tuple(
            _feed_row(member, signals, indicators, panel, places.get(str(member["symbol"])))
            for member in members[members["in_universe"]].to_dict("records")
        )
        computed_at = None if signals.empty else signals["computed_at"].max()
        return SignalFeed(status, as_of, computed_at, rows)

    def ticker(self, symbol: str, n_sessions: int = 250) -> TickerDetail:
        """Return what the panel of one symbol shows, over its last ``n_sessions``.

        Raises
        ------
        UnknownSymbolError
            If the universe has no such symbol.
        NotYetComputedError, DatabaseUnavailableError
            As ``feed``.
        """
        with self._reading() as (work, status):
            dataset_id = _id(status)
            members = work.datasets.instruments(dataset_id).set_index("symbol", drop=False)
            if symbol not in members.index or not members.loc[symbol, "in_universe"]:
                raise UnknownSymbolError(f"No symbol {symbol[:32]!r} in {status.dataset.label}")
            panel = work.bars.panel(dataset_id, symbols=[symbol])
            if panel.n_rows == 0:
                raise NotYetComputedError(f"No bars of {symbol} are stored yet")
            first = panel.session[max(0, panel.n_rows - n_sessions)].item()
            number = int(panel.instrument_ids[0])
            values = work.signals.indicator_history(number, first).set_index("session")
            scores = work.signals.signal_history(number, first).set_index("session")
        member = members.loc[symbol].to_dict()
        newest = scores.iloc[[-1]].assign(symbol=symbol, session=scores.index[-1:]) if len(scores) else scores
        latest = values.iloc[[-1]].assign(symbol=symbol, session=values.index[-1:]) if len(values) else values
        row = _feed_row(
            member,
            newest.set_index("symbol") if len(newest) else newest,
            latest.set_index("symbol") if len(latest) else latest,
            panel,
            0,
        )
        return _detail(row, status, panel, values, scores, n_sessions)

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
    def _reading(self) -> Iterator[tuple[SqlUnitOfWork, DatasetStatus]]:
        with SqlUnitOfWork(self._engine) as work:
            status = work.datasets.active()
            if status is None or status.last_session is None:
                raise NotYetComputedError(read_activity(work, self._clock).sentence)
            yield work, status


def _id(status: DatasetStatus) -> int:
    assert status.dataset.id is not None  # noqa: S101 - what is stored has a number
    return status.dataset.id


def _last_session(status: DatasetStatus) -> date:
    assert status.last_session is not None  # noqa: S101 - checked before
    return status.last_session


def _feed_row(
    member: dict[Any, Any],
    signals: pd.DataFrame,
    indicators: pd.DataFrame,
    panel: PricePanel,
    place: int | None,
) -> FeedRow:
    symbol = str(member["symbol"])
    closes, session = _closes(panel, place)
    signal = signals.loc[symbol].to_dict() if symbol in signals.index else {}
    newest = indicators.loc[symbol].to_dict() if symbol in indicators.index else {}
    n_sessions = int(newest.get("window_sessions", 0))
    is_current = bool(signal) and signal["session"] == newest.get("session")
    scores = {name: _number(signal.get(name)) if is_current else None for name in _SCORES}
    confidence_n = _number(signal.get("confidence_n")) if is_current else None
    return FeedRow(
        symbol=symbol,
        name=str(member["name"]),
        sector=member["sector"] if isinstance(member["sector"], str) else None,
        note=str(member["note"]),
        session=session,
        close=float(closes[-1]) if closes.size else None,
        day_change=float(closes[-1] / closes[-2] - 1.0) if closes.size > 1 else None,
        label=Label(signal["label"]) if is_current else None,
        technical_label=Label(signal["technical_label"]) if is_current else None,
        confidence_n=None if confidence_n is None else int(confidence_n),
        window_sessions=n_sessions,
        reason="" if is_current else _reason(n_sessions, has_indicators=bool(newest)),
        made_of=_made_of(scores),
        history=tuple(closes[-_HISTORY_SESSIONS:].tolist()),
        **scores,
    )


def _closes(panel: PricePanel, place: int | None) -> tuple[np.ndarray, date | None]:
    """Return one symbol's closes adjusted as of its last session, and that session."""
    if place is None:
        return np.zeros(0), None
    rows = slice(int(panel.starts[place]), int(panel.starts[place + 1]))
    growth = panel.gross_growth[rows]
    return panel.close[rows] * (growth / growth[-1]), panel.session[rows][-1].item()


def _reason(n_sessions: int, *, has_indicators: bool) -> str:
    if not has_indicators:
        return "No score yet: its prices have not been scored"
    return f"No score yet: {n_sessions} of {SCORE_WARM_UP_SESSIONS} sessions"


def _made_of(scores: dict[str, float | None]) -> tuple[tuple[str, float], ...]:
    present = {name: weight for name, weight in CONFLUENCE_WEIGHTS.items() if scores[name] is not None}
    total = sum(present.values())
    return tuple((name, weight / total) for name, weight in present.items())


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _detail(
    row: FeedRow,
    status: DatasetStatus,
    panel: PricePanel,
    values: pd.DataFrame,
    scores: pd.DataFrame,
    n_sessions: int,
) -> TickerDetail:
    shown = slice(max(0, panel.n_rows - n_sessions), panel.n_rows)
    session = panel.session[shown]
    price_scale = panel.gross_growth[shown] / panel.gross_growth[-1]
    volume_scale = panel.share_growth[-1] / panel.share_growth[shown]
    stored = values.reindex(session.tolist())

    def history(name: str) -> np.ndarray:
        series = stored[name].to_numpy("float64", na_value=np.nan)
        return series * price_scale if METADATA[name].in_price_units else series

    newest = values.iloc[-1].to_dict() if len(values) else {}
    return TickerDetail(
        row=row,
        status=status,
        session=session,
        open=panel.open[shown] * price_scale,
        high=panel.high[shown] * price_scale,
        low=panel.low[shown] * price_scale,
        close=panel.close[shown] * price_scale,
        volume=panel.volume[shown] * volume_scale,
        sma_50=history("sma_50"),
        sma_200=history("sma_200"),
        bb_upper=history("bb_upper"),
        bb_middle=history("bb_middle"),
        bb_lower=history("bb_lower"),
        rsi_14=history("rsi_14"),
        confluence_history=scores["confluence"]
        .reindex(session.tolist())
        .to_numpy("float64", na_value=np.nan),
        missing_sessions=_missing(session),
        indicators=tuple(
            IndicatorValue(metadata, _number(newest.get(name))) for name, metadata in METADATA.items()
        ),
    )


def _missing(session: np.ndarray) -> tuple[date, ...]:
    """Return the weekdays without a bar between the first session and the last."""
    days = np.arange(session[0], session[-1])
    return tuple(np.setdiff1d(days[np.is_busday(days)], session).tolist())
