"""How the symbols of the shown dataset move together, from stored prices."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from models.domain.correlation import (
    MAX_RETURNS,
    MAX_SYMBOLS,
    CorrelationMatrix,
    CorrelationMethod,
    CorrelationRequest,
    RollingPair,
)
from models.domain.errors import InsufficientHistoryError, InvalidRequestError, UnknownSymbolError
from models.domain.feed import NO_SECTOR, Activity
from models.domain.market import DatasetStatus
from services.ports import Clock
from services.quant.correlation.pairs import rolling_pair
from services.quant.correlation.returns import session_returns
from services.quant.panels import keep_rows
from services.queries.activity import read_activity
from services.queries.correlation_view import matrix_view
from services.queries.freshness import describe_staleness
from services.queries.shown_dataset import dataset_id_of, session_to_show, shown_dataset
from services.storage.unit_of_work import SqlUnitOfWork

_PAIR_SESSIONS = 1_260  # of a pair's history that its chart shows, at least


@dataclass(frozen=True, eq=False)
class _Universe:
    """The symbols that a matrix is asked of."""

    members: pd.DataFrame  # symbol, name, sector
    sectors: tuple[tuple[str, int], ...]


class CorrelationQueries:
    """Reads for the correlation page; each call sees one state of the database."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ")
        self._clock = clock

    def matrix(self, request: CorrelationRequest) -> CorrelationMatrix:
        """Return the matrix of the universe, or of one sector.

        Raises
        ------
        NotYetComputedError
            If no prices are stored yet; its message says what is going on.
        InvalidRequestError
            If there is no such sector or no such day, or too much is asked for at once.
        InsufficientHistoryError
            If fewer than two symbols have enough history.
        DatabaseUnavailableError
            If the database is out of reach.
        """
        with shown_dataset(self._engine, self._clock) as (work, status):
            universe = _universe(work, status, request)
            session = session_to_show(status, request.as_of)
            panel = work.bars.panel(
                dataset_id_of(status),
                symbols=universe.members["symbol"].tolist(),
                from_session=_window_start(session, request.window_sessions),
                to_session=session,
            )
            if session != status.last_session and panel.n_rows:
                is_member = work.bars.is_member(panel)[panel.starts[1:] - 1]
                panel = keep_rows(panel, np.repeat(is_member, np.diff(panel.starts)))
        table = session_returns(panel, request.window_sessions)
        return matrix_view(
            table,
            universe.members,
            universe.sectors,
            request,
            status,
            is_newest=session == status.last_session,
        )

    def pair(
        self,
        first: str,
        second: str,
        method: CorrelationMethod = CorrelationMethod.PEARSON,
        window_sessions: int = 252,
        as_of: date | None = None,
    ) -> RollingPair:
        """Return two symbols over time, and over the matrix's window with its interval.

        Raises
        ------
        UnknownSymbolError
            If the universe lacks one of them.
        InvalidRequestError
            If they are the same.
        InsufficientHistoryError
            If they share too few sessions.
        NotYetComputedError, DatabaseUnavailableError
            As ``matrix``.
        """
        if first == second:
            raise InvalidRequestError(f"{first} with itself is 1: choose two symbols")
        n_sessions = max(_PAIR_SESSIONS, window_sessions)
        with shown_dataset(self._engine, self._clock) as (work, status):
            members = _members(work, status).set_index("symbol")
            for symbol in (first, second):
                if symbol not in members.index:
                    raise UnknownSymbolError(f"No symbol {symbol[:32]!r} in {status.dataset.label}")
            session = session_to_show(status, as_of)
            panel = work.bars.panel(
                dataset_id_of(status),
                symbols=[first, second],
                from_session=_window_start(session, n_sessions),
                to_session=session,
            )
        names = {symbol: str(members["name"][symbol]) for symbol in (first, second)}
        if set(panel.symbols) != {first, second}:
            lacking = first if first not in panel.symbols else second
            raise InsufficientHistoryError(f"{lacking} has no prices up to {session}")
        return rolling_pair(session_returns(panel, n_sessions), names, first, method, window_sessions)

    def sectors(self) -> tuple[tuple[str, int], ...]:
        """Return the sectors that can be chosen, with their numbers of symbols; the same errors."""
        with shown_dataset(self._engine, self._clock) as (work, status):
            return _sectors(_members(work, status))

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


def _members(work: SqlUnitOfWork, status: DatasetStatus) -> pd.DataFrame:
    members = work.datasets.instruments(dataset_id_of(status))
    members = members[members["in_universe"]]
    return members.assign(sector=[sector or NO_SECTOR for sector in members["sector"].fillna("")])


def _universe(work: SqlUnitOfWork, status: DatasetStatus, request: CorrelationRequest) -> _Universe:
    """Return the members asked for; refuse what would be too much to compute for a page."""
    members = _members(work, status)
    sectors = _sectors(members)
    if request.sector is not None:
        if request.sector not in dict(sectors):
            raise InvalidRequestError(f"There is no sector {request.sector[:60]!r} here: choose another")
        members = members[members["sector"] == request.sector]
    n_symbols = len(members)
    if n_symbols > MAX_SYMBOLS or n_symbols * request.window_sessions > MAX_RETURNS:
        raise InvalidRequestError(
            f"{n_symbols:,} symbols over {request.window_sessions:,} sessions are more than this page "
            f"computes ({MAX_SYMBOLS:,} symbols, {MAX_RETURNS:,} returns): choose a sector"
            + (" or a shorter window" if request.window_sessions > 252 else "")
        )
    return _Universe(members, sectors)


def _sectors(members: pd.DataFrame) -> tuple[tuple[str, int], ...]:
    counts = Counter(members["sector"])
    return tuple(sorted(counts.items(), key=lambda each: (each[0] == NO_SECTOR, -each[1], each[0])))


def _window_start(session: date, n_sessions: int) -> date:
    """Return a day that has ``n_sessions`` sessions and some after it: 252 a year, and holidays vary."""
    return session - timedelta(days=int(n_sessions * 1.5) + 15)
