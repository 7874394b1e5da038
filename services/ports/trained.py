"""Repositories of what was learnt: trials, models, explanations."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

import pandas as pd

from models.domain.explanations import Explanation, Method, Summary, SummaryType
from models.domain.registry import ModelDecision, ModelRecord, NewModel
from models.domain.trials import AuditCheck, BenchmarkCount, Trial, TrialReturns


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

    def benchmarks(self) -> list[dict[str, Any]]:
        """Return every trial of a published benchmark, newest run first, as ``all`` does."""

    def count_benchmark(self, name: str | None = None) -> BenchmarkCount:
        """Return how often the benchmark of that name was tried."""

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
