"""Repositories of what was delivered: datasets, bars, quotes, what was refused of them, and their quality."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

import numpy as np
import pandas as pd

from models.domain.market import (
    BarRule,
    Dataset,
    DatasetStatus,
    EventKind,
    Instrument,
    PricePanel,
    ProviderCircuit,
    QuarantineKey,
    QuarantineStatus,
    SourceState,
)
from models.domain.quality import Assessment


class DatasetRepository(Protocol):
    """Datasets and their instruments."""

    def save(self, dataset: Dataset, now: datetime) -> int:
        """Insert or refresh by (provider, fingerprint), make it the active one, return its id."""

    def active(self) -> DatasetStatus | None:
        """Return the dataset that pages show, or None before the first ingestion."""

    def find(self, provider: str, fingerprint: str) -> int | None:
        """Return the number of a dataset, None if there is none."""

    def reuse(self, source: SourceState, now: datetime) -> int | None:
        """Make the dataset that was read from just this the active one; None if none was."""

    def mark_read(self, dataset_id: int, digest: str | None) -> None:
        """Note what the stored rows were read from; None: the next time they are read again."""

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

    def recent(self, dataset_id: int, n_sessions: int) -> pd.DataFrame:
        """Return symbol, session, close of each symbol's last bars, whoever is in the universe."""

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

    def events(
        self, dataset_id: int, kinds: Collection[EventKind] = (), symbols: Collection[str] = ()
    ) -> pd.DataFrame:
        """Return corporate actions (symbol, session, kind, value, detail), sorted; all kinds unless named."""

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
        """Keep rejected rows by their place (``source``); return how many are new or changed."""

    def first_released_since(self, dataset_id: int, since: datetime) -> date | None:
        """Return the earliest session of which a row was released after a moment, None if none was."""

    def drop_mended(self, dataset_id: int, bars: pd.DataFrame, rejected: pd.DataFrame) -> int:
        """Let go of undecided rows whose session now has a sound bar, but for those rejected again."""

    def rows(
        self,
        dataset_id: int,
        limit: int | None = None,
        offset: int = 0,
        *,
        symbols: Sequence[str] = (),
        status: QuarantineStatus | None = None,
    ) -> pd.DataFrame:
        """Return what stands in quarantine, sorted by symbol, session and rule, with what was decided."""

    def row(self, dataset_id: int, key: QuarantineKey) -> dict[str, Any] | None:
        """Return one row, locked until the transaction ends; None if none is there."""

    def decide(
        self, dataset_id: int, key: QuarantineKey, status: QuarantineStatus, decided_by: str, now: datetime
    ) -> None:
        """Write down what an administrator made of a row."""

    def count(
        self, dataset_id: int, *, symbols: Sequence[str] = (), status: QuarantineStatus | None = None
    ) -> int:
        """Return how many rows a dataset has in quarantine, or of them with that symbol and status."""

    def counts_by_rule(self, dataset_id: int) -> dict[str, int]:
        """Return how many rows each hard rule rejected and nobody released."""

    def counts_by_symbol(self, dataset_id: int, rule: BarRule | None = None) -> dict[str, int]:
        """Return how many rows of each symbol were rejected (by one rule, if named) and not released."""


class QualityRepository(Protocol):
    """Flags of soft rules, and how good prices are."""

    def replace_flags(
        self,
        instrument_ids: Sequence[int],
        flags: pd.DataFrame,
        now: datetime,
        from_session: date | None = None,
    ) -> None:
        """Put flags (instrument_id, session, rule, detail) in place of the instruments' from a session on."""

    def flag_counts(self, dataset_id: int) -> dict[str, int]:
        """Return how many bars each soft rule flags."""

    def flag_counts_by_symbol(self, dataset_id: int) -> dict[str, int]:
        """Return how many flags each symbol has."""

    def assessed(self, dataset_id: int) -> tuple[datetime | None, str | None]:
        """Return when a dataset was assessed last, and with which code; None where it never was."""

    def covers_universe(self, dataset_id: int) -> bool:
        """Return whether those assessed are those in the universe now."""

    def bar_sessions(self, dataset_id: int) -> tuple[np.ndarray, np.ndarray]:
        """Return instrument number and session of each bar of the universe, sorted by both."""

    def save(self, dataset_id: int, assessment: Assessment, code: str, now: datetime) -> None:
        """Replace what was last assessed of a dataset, and add a run to its history."""


class ProviderCircuitRepository(Protocol):
    """Which providers and symbols are asked at present."""

    def of(self, provider: str) -> tuple[ProviderCircuit, ...]:
        """Return a provider's circuit, whose symbol is empty, and those of its symbols, by symbol."""

    def all(self) -> tuple[ProviderCircuit, ...]:
        """Return every circuit by provider and symbol."""

    def save(self, circuits: Sequence[ProviderCircuit]) -> None:
        """Insert or replace by (provider, symbol)."""


class QuoteRepository(Protocol):
    """Prices within a session."""

    def add(self, ids: Mapping[str, int], quotes: pd.DataFrame, now: datetime) -> int:
        """Store quotes by ``QUOTE_COLUMNS`` that are not there yet; return how many."""

    def newest(self, dataset_id: int) -> pd.DataFrame:
        """Return the newest quote of each symbol: QUOTE_COLUMNS and received_at, sorted by symbol."""

    def prune(self, dataset_id: int, before: datetime) -> int:
        """Delete quotes of before a moment; return how many."""
