"""Protocols between the layers: what a use case, a query or a job needs of the world.

Implementations stand in ``services.storage`` and ``services.providers``; tests may bring fakes.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from models.domain.jobs import JobName, JobRun, JobState
from models.domain.market import Dataset, DatasetStatus, Instrument, MarketData, PricePanel
from models.domain.signals import MaturedCounts
from models.domain.users import Role, User


class Clock(Protocol):
    """The time, so that tests can choose it."""

    def now(self) -> datetime:
        """Return the aware UTC time."""


class Progress(Protocol):
    """Where a job says how far it is. Raises ``JobCancelledError`` when somebody asked for the end."""

    def __call__(self, done: int, total: int, message: str) -> None:
        """Report ``done`` of ``total`` steps."""


class MarketDataProvider(Protocol):
    """A source of daily bars."""

    name: str

    def fetch(self, progress: Progress) -> MarketData:
        """Return all bars and events that the source has, by the contracts of ``models.domain.market``.

        Raises
        ------
        InvalidMarketDataError
            If the source's data cannot be used at all.
        """


class DatasetRepository(Protocol):
    """Datasets and their instruments."""

    def save(self, dataset: Dataset, now: datetime) -> int:
        """Insert or refresh by (provider, fingerprint), make it the active one, return its id."""

    def active(self) -> DatasetStatus | None:
        """Return the dataset that pages show, or None before the first ingestion."""

    def save_instruments(self, dataset_id: int, instruments: Sequence[Instrument]) -> dict[str, int]:
        """Insert or update by symbol; return the id of every instrument of the dataset by symbol."""

    def save_memberships(self, ids: Mapping[str, int], spells: pd.DataFrame) -> int:
        """Replace when instruments belonged to the universe (symbol, start, end); return what changed."""

    def changed_from(self, dataset_id: int) -> dict[int, date]:
        """Return the first session that changed since it was scored, by instrument of the universe."""

    def mark_scored(self, changed: Mapping[int, date]) -> None:
        """Note that what had changed is scored; a change that came meanwhile stands."""

    def instruments(self, dataset_id: int) -> pd.DataFrame:
        """Return columns id, symbol, name, sector, in_universe, note, sorted by symbol."""


class BarRepository(Protocol):
    """Bars and events with their versions."""

    def merge_bars(
        self,
        ids: Mapping[str, int],
        bars: pd.DataFrame,
        now: datetime,
        on_rows: Callable[[int], None] | None = None,
    ) -> int:
        """Store what is new or changed; a changed bar keeps its old version. Return the rows written.

        ``bars`` follows ``BAR_COLUMNS`` and has ``known_at``, naive UTC, for rows that are new; a changed
        row is known from ``now``.
        """

    def merge_events(self, ids: Mapping[str, int], events: pd.DataFrame, now: datetime) -> int:
        """Store new or changed events, by ``EVENT_COLUMNS``, in the same way."""

    def panel(
        self,
        dataset_id: int,
        *,
        symbols: Sequence[str] | None = None,
        from_session: date | None = None,
        known_by: datetime | None = None,
    ) -> PricePanel:
        """Return bars of the universe, or of ``symbols``, as believed now or as known at a moment.

        Growth begins at 1 at each symbol's first row returned.
        """

    def is_member(self, panel: PricePanel) -> np.ndarray:
        """Return whether each row's symbol belonged to the universe that day, bool, shape (n_rows,)."""


class QuarantineRepository(Protocol):
    """Rows that broke a hard rule."""

    def add(self, dataset_id: int, rejected: pd.DataFrame, now: datetime) -> int:
        """Keep rejected rows (symbol, session, rule, detail, source); return how many are new or changed."""


class SignalRepository(Protocol):
    """Indicators and signals."""

    def merge_indicators(
        self, frame: pd.DataFrame, now: datetime, on_rows: Callable[[int], None] | None = None
    ) -> int:
        """Store new or changed rows (instrument_id, session, values); return the rows written."""

    def merge_signals(
        self, frame: pd.DataFrame, now: datetime, on_rows: Callable[[int], None] | None = None
    ) -> int:
        """Store new or changed rows; a changed signal keeps its old version. Return the rows written."""

    def matured(self, dataset_id: int) -> MaturedCounts | None:
        """Return the counts of matured signals as saved last."""

    def save_matured(self, dataset_id: int, counts: MaturedCounts) -> None:
        """Replace the counts of matured signals."""

    def sessions_before(self, instrument_ids: np.ndarray, begin: date) -> np.ndarray:
        """Return how many sessions of its window each instrument had before its first from ``begin`` on."""

    def newest(self, dataset_id: int, as_of: date | None = None) -> pd.DataFrame:
        """Return the newest signal of each symbol up to ``as_of``, one row a symbol that has one."""


class JobRunRepository(Protocol):
    """The queue and the record of job runs."""

    def enqueue(
        self,
        job: JobName,
        scheduled_for: datetime,
        requested_by: str = "schedule",
        parameters: Mapping[str, Any] | None = None,
    ) -> int | None:
        """Queue a run; None if that (job, scheduled time) stands already."""

    def newest(self, limit: int = 50) -> list[JobRun]:
        """Return the newest runs first."""

    def finish(self, run_id: int, token: int, state: JobState, **fields: Any) -> None:
        """Record how a run ended.

        Raises
        ------
        FencedError
            If the run belongs to another owner by now.
        """


class UserRepository(Protocol):
    """Accounts."""

    def by_id(self, user_id: int) -> User | None:
        """Return the account, None if there is none."""

    def by_token(self, token: str) -> User | None:
        """Return the account whose API token this is."""

    def credentials(self, username: str) -> tuple[User, str] | None:
        """Return the account and its argon2 hash."""

    def add(self, username: str, password_hash: str, role: Role, now: datetime) -> User:
        """Create an account; raises InvalidRequestError if the name is taken."""

    def set_password(self, username: str, password_hash: str) -> User:
        """Replace the password and end older sessions; raises InvalidRequestError if there is none."""

    def set_token(self, username: str, token: str) -> User:
        """Replace the API token (only its SHA-256 is stored)."""

    def all(self) -> list[User]:
        """Return every account by name."""


class AuditLog(Protocol):
    """Who did what, when, from where."""

    def add(
        self, at: datetime, actor: str, action: str, subject: str = "", address: str = "", **detail: Any
    ) -> None:
        """Append an entry."""

    def count_since(self, action: str, since: datetime, *, subject: str = "", address: str = "") -> int:
        """Return how many entries of that action came since, with that subject or address where given."""


class UnitOfWork(Protocol):
    """One transaction over all repositories: committed as a whole or not at all."""

    @property
    def datasets(self) -> DatasetRepository:
        """Datasets and instruments."""

    @property
    def bars(self) -> BarRepository:
        """Bars and events."""

    @property
    def signals(self) -> SignalRepository:
        """Indicators and signals."""

    @property
    def quarantine(self) -> QuarantineRepository:
        """Rejected rows."""

    @property
    def jobs(self) -> JobRunRepository:
        """The queue."""

    @property
    def users(self) -> UserRepository:
        """Accounts."""

    @property
    def audit(self) -> AuditLog:
        """Who did what."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Roll back what was not committed."""

    def touch(self, subject: str) -> None:
        """Say that what pages show of a subject (``data``, ``jobs``) changes with this commit."""

    def commit(self) -> None:
        """Check the fence if there is one, bump the revision of what changed, commit."""


UnitOfWorkFactory = Callable[[], AbstractContextManager[UnitOfWork]]
