"""Protocols between the layers: what a use case, a query or a job needs of the world.

Implementations stand in ``services.storage`` and ``services.providers``; tests may bring fakes.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
import pandas as pd

from models.domain.explanations import Explanation, Method, Summary, SummaryType
from models.domain.jobs import JobName, JobRun, JobState
from models.domain.market import (
    BarRule,
    Dataset,
    DatasetStatus,
    EventKind,
    Instrument,
    MarketData,
    PricePanel,
    ProviderCircuit,
    QuarantineKey,
    QuarantineStatus,
    SourceState,
)
from models.domain.providers import StoredMarket
from models.domain.quality import Assessment
from models.domain.registry import ModelDecision, ModelRecord, NewModel
from models.domain.retention import VersionSubject
from models.domain.risk import RiskReport
from models.domain.signals import MaturedCounts
from models.domain.trials import AuditCheck, Trial, TrialReturns
from models.domain.users import Role, User


class Clock(Protocol):
    """The time, so that tests can choose it."""

    def now(self) -> datetime:
        """Return the aware UTC time."""


class Progress(Protocol):
    """Where a job says how far it is. Raises ``JobCancelledError`` when somebody asked for the end."""

    def __call__(self, done: int, total: int, message: str) -> None:
        """Report ``done`` of ``total`` steps."""


class StoredHistory(Protocol):
    """What a provider may know of earlier times; each call is a transaction of its own."""

    def market(self, provider: str, fingerprint: str, n_sessions: int) -> StoredMarket | None:
        """Return what is stored of a dataset, with each symbol's last sessions; None: no bar is."""

    def circuits(self, provider: str) -> Sequence[ProviderCircuit]:
        """Return the provider's circuit and those of its symbols, as far as any is known."""

    def save_circuits(self, circuits: Sequence[ProviderCircuit], *, changed_state: bool = False) -> None:
        """Store circuits at once, whatever becomes of the run; ``changed_state``: pages are to hear."""


class MarketDataProvider(Protocol):
    """A source of daily bars."""

    name: str

    def fetch(self, progress: Progress, stored: StoredHistory) -> MarketData:
        """Return bars and events by the contracts of ``models.domain.market``.

        All that the source has, or, of what is ``stored`` already, only what may be new or changed: what is
        left out stays stored. ``instruments`` are always complete.

        Raises
        ------
        InvalidMarketDataError
            If the source's data cannot be used at all.
        ProviderUnavailableError
            If nothing can be had at present.
        """


@runtime_checkable
class RecognisableSource(Protocol):
    """A provider that can tell, without reading what its source says, whether it is the same as before."""

    def recognise(self) -> SourceState:
        """Return what the source is now."""


@runtime_checkable
class LiveFeed(Protocol):
    """A source outside this machine that is asked again and again."""

    feed_name: str  # what its dataset and its circuits are stored under

    def probe(self, stored: StoredHistory) -> None:
        """Ask for one small thing, within 5 s and without retries; the answer goes into the circuit.

        Raises
        ------
        ProviderUnavailableError
            If it cannot be reached, or is not asked because its circuit is open.
        """

    def quotes(self, symbols: Sequence[str], stored: StoredHistory) -> pd.DataFrame:
        """Return the newest prices by ``QUOTE_COLUMNS``; symbols without one are left out.

        Raises
        ------
        ProviderUnavailableError
            If none can be had at present.
        """


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

    def labels(self, instrument_ids: Sequence[int]) -> np.ndarray:
        """Return instrument_id, session, confluence and label (its place in ``LABELS``) of every signal.

        A structured array, sorted by instrument and session; confluence NaN where there is none.
        """

    def matured(self, dataset_id: int) -> MaturedCounts | None:
        """Return the counts of matured signals as saved last."""

    def save_matured(self, dataset_id: int, counts: MaturedCounts) -> None:
        """Replace the counts of matured signals."""

    def scored_with(self, dataset_id: int) -> str | None:
        """Return the digest of the code that the stored scores are of; None: not known."""

    def save_scored_with(self, dataset_id: int, code: str) -> None:
        """Note the digest of the code that everything stored was scored with."""

    def sessions_before(self, instrument_ids: np.ndarray, begin: date) -> np.ndarray:
        """Return how many sessions of its window each instrument had before its first from ``begin`` on."""

    def newest(self, dataset_id: int, as_of: date | None = None) -> pd.DataFrame:
        """Return the newest signal of each symbol up to ``as_of``, one row a symbol that has one."""


class RiskRepository(Protocol):
    """What could be lost, report by report."""

    def add(self, dataset_id: int, report: RiskReport) -> int:
        """Keep a report; return its id. Of an edited book's earlier ones only the key figures stay."""

    def newest(self, dataset_id: int, request_key: str, as_of: date | None = None) -> RiskReport | None:
        """Return the newest report of a request (``RiskRequest.key``) whose book is not later than a session.

        None where there is none with all its parts.
        """


class RetentionRepository(Protocol):
    """What is deleted after a while; each ``prune`` takes up to ``limit`` rows and returns how many."""

    def pruned_until(self, subject: VersionSubject) -> datetime | None:
        """Return the oldest moment of which the values can still be told, None if that is every one."""

    def count_versions(self, subject: VersionSubject, before: datetime) -> int:
        """Return how many values were replaced before a moment and are still kept."""

    def prune_versions(self, subject: VersionSubject, before: datetime, limit: int) -> int:
        """Delete some of them, and note that what was known before cannot be told any more."""

    def count_runs(self, before: datetime) -> int:
        """Return how many ended runs were scheduled before a moment, but for the newest of each job."""

    def prune_runs(self, before: datetime, limit: int) -> int:
        """Delete some of them."""

    def count_sign_ins(self, before: datetime) -> int:
        """Return how many entries of the audit log tell of signing in or out before a moment."""

    def prune_sign_ins(self, before: datetime, limit: int) -> int:
        """Delete some of them."""


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

    def newest_of_each_job(self) -> list[JobRun]:
        """Return the newest run of every job that ever ran."""

    def active(self) -> list[JobRun]:
        """Return what is queued or running, oldest first."""

    def finish(self, run_id: int, token: int, state: JobState, **fields: Any) -> None:
        """Record how a run ended.

        Raises
        ------
        FencedError
            If the run belongs to another owner by now.
        """


class TrialRepository(Protocol):
    """The ledger of what was tried, and the audits."""

    def record(
        self,
        trial: Trial,
        *,
        dataset_id: int | None,
        evaluation: Mapping[str, Any],
        returns: TrialReturns | None,
        now: datetime,
    ) -> int:
        """Log a run of a configuration: its first makes an entry, a later one replaces the results."""

    def count(self, dataset_id: int | None = None) -> int:
        """Return how many configurations were tried: on a dataset, or at all."""

    def all(self, dataset_id: int | None = None) -> list[dict[str, Any]]:
        """Return every trial, newest run first, as a mapping by the table's columns."""

    def returns(self, dataset_id: int) -> dict[int, TrialReturns]:
        """Return the net returns of every trial that made a book, by trial."""

    def add_audit(
        self,
        checks: Sequence[AuditCheck],
        *,
        dataset_id: int | None,
        trial_id: int | None,
        code_version: str,
        now: datetime,
    ) -> int:
        """Keep what an audit found; return its id."""


class ModelRepository(Protocol):
    """The registry: trained models, what was decided about them, and what they said."""

    def register(self, trained: NewModel) -> int:
        """Enter a model as candidate; the same content again is the model that stands there already."""

    def judge(self, model_id: int, evaluation: Mapping[str, Any], trial_id: int, audit_id: int) -> None:
        """Enter how a model did out of sample, its number in the ledger, and the audit of its training."""

    def decide(self, decision: ModelDecision) -> None:
        """Add a decision to the history and give the model the status that follows from it.

        Whoever makes a champion retires the one before in the same transaction, first.
        """

    def note_fault(self, model_id: int, fault: str) -> bool:
        """Note why a model's files cannot be used, or, empty, that they can; return whether that is new."""

    def get(self, model_id: int) -> ModelRecord | None:
        """Return one model, None if there is none of that number."""

    def all(self, dataset_id: int | None = None) -> list[ModelRecord]:
        """Return the models of a dataset, or all of them, newest first."""

    def champion(self, dataset_id: int, *, lock: bool = False) -> ModelRecord | None:
        """Return a dataset's champion; with ``lock``, nobody else decides until the transaction ends."""

    def decisions(self, dataset_id: int) -> list[ModelDecision]:
        """Return what was decided about a dataset's models, newest first."""

    def save_scores(self, frame: pd.DataFrame) -> int:
        """Store what a model said of sessions that no model has scored yet; return how many.

        ``frame``: instrument_id, session, model_id, probabilities (by class), score, is_proven, computed_at.
        """

    def scores(
        self, dataset_id: int, from_session: date | None = None, to_session: date | None = None
    ) -> pd.DataFrame:
        """Return instrument_id, session, model_id, score, is_proven by instrument and session."""


class ExplanationRepository(Protocol):
    """Why a model said what it said."""

    def save(self, ids: Mapping[str, int], found: Sequence[Explanation], now: datetime) -> int:
        """Insert or replace by symbol, session, model and method; return how many."""

    def find(
        self, dataset_id: int, symbol: str, session: date, model_id: int, method: Method | None = None
    ) -> Explanation | None:
        """Return one explanation, by the newest computed method unless one is named; None: not computed."""

    def of_session(
        self, dataset_id: int, model_id: int, session: date, method: Method | None = None
    ) -> list[Explanation]:
        """Return the explanations of a session's signals by one model, by symbol and method."""

    def prune(self, before: datetime) -> int:
        """Delete explanations computed before a moment; return how many."""

    def save_summary(
        self, dataset_id: int, model_id: int, session: date, summary: Summary, now: datetime
    ) -> None:
        """Insert or replace what is said of a model as of a session."""

    def summaries(
        self, dataset_id: int, model_id: int, kind: type[SummaryType], limit: int = 1
    ) -> list[SummaryType]:
        """Return the newest summaries of a kind, newest session first."""

    def summarised(self, dataset_id: int, model_id: int, kind: type[SummaryType]) -> date | None:
        """Return as of which session a kind of summary was made last, None where it never was."""


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
    def risk(self) -> RiskRepository:
        """What could be lost."""

    @property
    def quarantine(self) -> QuarantineRepository:
        """Rejected rows."""

    @property
    def provider_circuits(self) -> ProviderCircuitRepository:
        """Which providers are asked."""

    @property
    def quotes(self) -> QuoteRepository:
        """Prices within a session."""

    @property
    def quality(self) -> QualityRepository:
        """Flags and shares of quality."""

    @property
    def trials(self) -> TrialRepository:
        """What was tried."""

    @property
    def models(self) -> ModelRepository:
        """Trained models."""

    @property
    def explanations(self) -> ExplanationRepository:
        """Why models say what they say."""

    @property
    def retention(self) -> RetentionRepository:
        """What is deleted after a while."""

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
