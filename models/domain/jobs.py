"""Names, states and records of the scheduled jobs."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class JobName(StrEnum):
    """Every job there is; the value is what the database and the pages show."""

    INGEST_BARS = "ingest_bars"
    SCORE_INDICATORS = "score_indicators"
    INFER_SIGNALS = "infer_signals"
    EXPLAIN_SIGNALS = "explain_signals"
    EXPLAIN_SYMBOL = "explain_symbol"
    REFRESH_QUOTES = "refresh_quotes"
    TRAIN_MODELS = "train_models"
    SIMULATE_RISK = "simulate_risk"
    PRUNE_HISTORY = "prune_history"


class JobState(StrEnum):
    """Life of a run: queued, running, then exactly one of the others."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"  # done, but for some symbols that failed and are named
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class JobProgress:
    """``done`` of ``total`` rows or steps are done since ``since`` (aware UTC)."""

    done: int = 0
    total: int = 0
    message: str = ""
    since: datetime | None = None

    def describe(self, now: datetime) -> str:
        """Say the step, and where it can be told its count, its rate and the time that remains."""
        if not 0 < self.done < self.total or self.since is None:
            return self.message
        counted = f"{self.message}: {self.done:,} of {self.total:,}" if self.message else f"{self.done:,}"
        seconds = (now - self.since).total_seconds()
        if seconds < 1.0:
            return counted
        rate = self.done / seconds
        left = (self.total - self.done) / rate
        return f"{counted}, {rate:,.0f} a second, {left:,.0f} s left"


@dataclass(frozen=True)
class JobRun:
    """One row of ``job_runs``. Times are aware UTC."""

    id: int
    job: JobName
    scheduled_for: datetime
    attempt: int
    state: JobState
    owner: str | None = None
    started_at: datetime | None = None
    heartbeat_at: datetime | None = None
    finished_at: datetime | None = None
    progress_done: int = 0
    progress_total: int = 0
    progress_message: str = ""
    progress_since: datetime | None = None
    rows_written: int | None = None
    message: str = ""
    requested_by: str = "schedule"
    cancel_requested: bool = False
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def progress(self) -> JobProgress:
        """How far it is."""
        return JobProgress(
            self.progress_done, self.progress_total, self.progress_message, self.progress_since
        )


@dataclass(frozen=True)
class JobResult:
    """What a job reports when it is done; ``is_partial`` where some symbols failed, the others kept.

    ``follow_up``: jobs that a worker runs next because of what this one found.
    """

    rows_written: int
    message: str
    detail: dict[str, Any] = field(default_factory=dict)
    is_partial: bool = False
    follow_up: tuple[JobName, ...] = ()
