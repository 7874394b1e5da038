"""Repositories that keep the product running: retention, job runs, users, the audit log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from models.domain.jobs import JobName, JobRun, JobState
from models.domain.retention import VersionSubject
from models.domain.users import Role, User


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

    def count_edited_risk(self, before: datetime) -> int:
        """Return how many risk reports of edited books were computed before a moment."""

    def prune_edited_risk(self, before: datetime, limit: int) -> int:
        """Delete some of them, with their figures."""


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
