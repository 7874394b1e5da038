"""What is deleted after a while, and until when the past can still be told."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Delete, Table, any_, delete, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from models.domain.errors import PrunedHistoryError
from models.domain.jobs import JobState
from models.domain.retention import VersionSubject
from models.domain.risk_request import BookOrigin
from models.tables import (
    audit_log,
    bar_versions,
    event_versions,
    job_runs,
    retention,
    risk_reports,
    signal_versions,
)

_VERSIONS = {
    VersionSubject.BARS: bar_versions,
    VersionSubject.EVENTS: event_versions,
    VersionSubject.SIGNALS: signal_versions,
}
_SIGN_INS = ("sign_in", "sign_in_failed", "sign_out")
_PLACE: ColumnElement[Any] = literal_column("ctid")  # of a row on its page


class SqlRetention:
    """``RetentionRepository`` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def pruned_until(self, subject: VersionSubject) -> datetime | None:
        """Return the oldest moment of which the values can still be told, None if that is every one."""
        query = select(retention.c.pruned_until).where(retention.c.subject == subject.value)
        found: datetime | None = self._connection.execute(query).scalar_one_or_none()
        return found

    def count_versions(self, subject: VersionSubject, before: datetime) -> int:
        """Return how many values were replaced before a moment and are still kept."""
        return self._count(_VERSIONS[subject], _replaced(_VERSIONS[subject], before))

    def prune_versions(self, subject: VersionSubject, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` values that were replaced before a moment; return how many.

        Whoever asks what was known before the newest of them was replaced is refused from then on.
        """
        versions = _VERSIONS[subject]
        statement = _delete_some(versions, _replaced(versions, before), limit)
        gone = statement.returning(versions.c.believed_until).cte("gone")
        n_rows, until = self._connection.execute(select(func.count(), func.max(gone.c.believed_until))).one()
        if n_rows:
            moved = insert(retention).values(subject=subject.value, pruned_until=until)
            later = func.greatest(retention.c.pruned_until, moved.excluded.pruned_until)
            self._connection.execute(
                moved.on_conflict_do_update(index_elements=["subject"], set_={"pruned_until": later})
            )
        return int(n_rows)

    def count_runs(self, before: datetime) -> int:
        """Return how many ended runs were scheduled before a moment, but for the newest of each job."""
        return self._count(job_runs, _old_run(before))

    def prune_runs(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` of them; return how many."""
        return self._connection.execute(_delete_some(job_runs, _old_run(before), limit)).rowcount

    def count_sign_ins(self, before: datetime) -> int:
        """Return how many entries of the audit log tell of signing in or out before a moment."""
        return self._count(audit_log, _old_sign_in(before))

    def prune_sign_ins(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` of them; return how many."""
        return self._connection.execute(_delete_some(audit_log, _old_sign_in(before), limit)).rowcount

    def count_edited_risk(self, before: datetime) -> int:
        """Return how many risk reports of edited books were computed before a moment."""
        return self._count(risk_reports, _old_edited_risk(before))

    def prune_edited_risk(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` of them, with their figures; return how many."""
        return self._connection.execute(_delete_some(risk_reports, _old_edited_risk(before), limit)).rowcount

    def _count(self, table: Table, condition: ColumnElement[bool]) -> int:
        counted = select(func.count()).select_from(table).where(condition)
        return int(self._connection.execute(counted).scalar_one())


def check_retained(connection: Connection, known_by: datetime | None, *subjects: VersionSubject) -> None:
    """Refuse to tell what was known at a moment whose values are partly deleted.

    To be called after they were read: what is deleted meanwhile is then noticed too.

    Raises
    ------
    PrunedHistoryError
        If so; with the oldest moment that can be told.
    """
    if known_by is None:
        return
    names = [subject.value for subject in subjects]
    query = select(func.max(retention.c.pruned_until)).where(retention.c.subject.in_(names))
    oldest: datetime | None = connection.execute(query).scalar_one()
    if oldest is not None and known_by < oldest:
        raise PrunedHistoryError(
            f"What was known on {known_by:%Y-%m-%d %H:%M} UTC cannot be told any more: values that were "
            f"replaced up to {oldest:%Y-%m-%d %H:%M:%S} UTC are deleted. Ask for that moment or a later one"
        )


def _delete_some(table: Table, condition: ColumnElement[bool], limit: int) -> Delete:
    some = select(_PLACE).select_from(table).where(condition).limit(limit)
    places = func.array(some.correlate(None).scalar_subquery())
    return delete(table).where(any_(places) == _PLACE)


def _replaced(versions: Table, before: datetime) -> ColumnElement[bool]:
    return versions.c.believed_until < before


def _old_run(before: datetime) -> ColumnElement[bool]:
    newer = job_runs.alias("newer")
    active = (JobState.QUEUED.value, JobState.RUNNING.value)
    has_newer = (
        select(newer.c.id)
        .where(newer.c.job == job_runs.c.job, newer.c.id > job_runs.c.id, newer.c.state.not_in(active))
        .exists()
    )
    return (job_runs.c.scheduled_for < before) & job_runs.c.state.not_in(active) & has_newer


def _old_sign_in(before: datetime) -> ColumnElement[bool]:
    return audit_log.c.action.in_(_SIGN_INS) & (audit_log.c.at < before)


def _old_edited_risk(before: datetime) -> ColumnElement[bool]:
    return (risk_reports.c.origin == BookOrigin.EDITED.value) & (risk_reports.c.computed_at < before)
