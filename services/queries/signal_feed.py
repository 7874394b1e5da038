"""The signal feed and its ticker panel, from stored results."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from models.domain.errors import NotYetComputedError, UnknownSymbolError
from models.domain.feed import Activity, FeedRow, IndicatorValue, Quote, SignalFeed, TickerDetail
from models.domain.market import DatasetStatus, PricePanel
from models.domain.registry import ModelRecord
from services.ports import Clock
from services.quant.indicators.registry import METADATA, STORED
from services.queries.activity import read_activity
from services.queries.feed_rows import feed_rows, number
from services.queries.freshness import describe_staleness
from services.queries.shown_dataset import dataset_id_of, session_to_show, shown_dataset
from services.storage.unit_of_work import SqlUnitOfWork

_HISTORY_DAYS = timedelta(days=100)  # holds 60 sessions, whatever holidays fall into it


class SignalFeedQueries:
    """Reads for the feed; each call sees one state of the database."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ")
        self._clock = clock

    def feed(self, as_of: date | None = None) -> SignalFeed:
        """Return the newest signal of every symbol of the universe, by symbol.

        Parameters
        ----------
        as_of : date, optional
            Show the session of that day, or the last one before it, with nothing later than its close, but as
            believed now: corrections that came since are in it. Symbols without a bar in the 100 days before,
            and those that did not belong to the universe then, are left out.

        Raises
        ------
        NotYetComputedError
            If prices or scores are still being computed; its message says what is going on.
        InvalidRequestError
            If ``as_of`` lies before the first bar.
        DatabaseUnavailableError
            If the database is out of reach.
        """
        with shown_dataset(self._engine, self._clock) as (work, status):
            dataset_id = dataset_id_of(status)
            session = session_to_show(status, as_of)
            members = work.datasets.instruments(dataset_id)
            members = members[members["in_universe"]]
            signals = work.signals.newest(dataset_id, session)
            indicators = work.signals.newest_indicators(dataset_id, session)
            if indicators.empty:
                raise NotYetComputedError(read_activity(work, self._clock).sentence)
            first = session - _HISTORY_DAYS
            panel = work.bars.panel(dataset_id, from_session=first, to_session=session)
            is_newest = session == status.last_session
            if not is_newest:
                is_member = work.bars.is_member(panel)[panel.starts[1:] - 1]
                listed = {symbol for symbol, belongs in zip(panel.symbols, is_member, strict=True) if belongs}
                members = members[members["symbol"].isin(listed)]
            models = _models(work, signals)
        rows = feed_rows(members, signals, indicators, panel, models)
        computed_at = None if signals.empty else signals["computed_at"].max()
        return SignalFeed(status, session, computed_at, rows, is_newest)

    def ticker(self, symbol: str, n_sessions: int = 250, as_of: date | None = None) -> TickerDetail:
        """Return what the panel of one symbol shows, over its last ``n_sessions``, ``as_of`` as in ``feed``.

        Raises
        ------
        UnknownSymbolError
            If the universe has no such symbol.
        NotYetComputedError, InvalidRequestError, DatabaseUnavailableError
            As ``feed``.
        """
        with shown_dataset(self._engine, self._clock) as (work, status):
            dataset_id = dataset_id_of(status)
            last = session_to_show(status, as_of)
            members = work.datasets.instruments(dataset_id)
            member = members[members["in_universe"] & (members["symbol"] == symbol)]
            if member.empty:
                raise UnknownSymbolError(f"No symbol {symbol[:32]!r} in {status.dataset.label}")
            panel = work.bars.panel(dataset_id, symbols=[symbol], to_session=last)
            if panel.n_rows == 0:
                raise NotYetComputedError(f"No bars of {symbol} up to {last} are stored")
            first = panel.session[max(0, panel.n_rows - n_sessions)].item()
            instrument_id = int(panel.instrument_ids[0])
            values = work.signals.indicator_history(instrument_id, first, last)
            scores = work.signals.signal_history(instrument_id, first, last)
            newest = scores.tail(1).assign(symbol=symbol)
            models = _models(work, newest)
        (row,) = feed_rows(member, newest, values.tail(1).assign(symbol=symbol), panel, models)
        return _detail(
            row, status, panel, values.set_index("session"), scores.set_index("session"), n_sessions
        )

    def staleness(self, status: DatasetStatus) -> str:
        """Return how far the data are behind the exchange now, empty where they are not."""
        return describe_staleness(status, self._clock.now())

    def quote(self, symbol: str) -> Quote | None:
        """Return the newest quote of a symbol where it is newer than the last close.

        Raises
        ------
        DatabaseUnavailableError
            If the database is out of reach.
        """
        with SqlUnitOfWork(self._engine) as work:
            status = work.datasets.active()
            if status is None or status.last_session is None:
                return None
            found = work.quotes.of(dataset_id_of(status), symbol)
        return found if found is not None and found.quoted_at.date() > status.last_session else None

    def activity(self) -> Activity:
        """Return what the worker does now.

        Raises
        ------
        DatabaseUnavailableError
            If the database is out of reach.
        """
        with SqlUnitOfWork(self._engine) as work:
            return read_activity(work, self._clock)


def _models(work: SqlUnitOfWork, signals: pd.DataFrame) -> dict[int, ModelRecord]:
    """Return the models whose scores stand in signals, by number."""
    numbers = signals["model_id"].dropna().unique()
    found = (work.models.get(int(number)) for number in numbers)
    return {one.id: one for one in found if one is not None}


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
        indicators=tuple(IndicatorValue(METADATA[name], number(newest.get(name))) for name in STORED),
    )


def _missing(session: np.ndarray) -> tuple[date, ...]:
    """Return the weekdays without a bar between the first session and the last."""
    days = np.arange(session[0], session[-1])
    return tuple(np.setdiff1d(days[np.is_busday(days)], session).tolist())
