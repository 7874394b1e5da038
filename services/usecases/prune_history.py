"""Delete replaced values and records that are older than anybody looks back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from models.domain.jobs import JobResult
from models.domain.retention import RETENTION, RetentionPolicy, VersionSubject
from services.ports import Clock, Progress, RetentionRepository, UnitOfWorkFactory

# A second's work or so: a lock is held no longer, and a request to stop waits no longer.
_N_ROWS_A_BATCH = 20_000


@dataclass(frozen=True)
class _Kind:
    """Something to delete: its name, how much there is, and how to delete some of it."""

    name: str
    count: Callable[[RetentionRepository], int]
    prune: Callable[[RetentionRepository], int]

    def named(self, n_rows: int) -> str:
        """Return the name as it stands behind a number."""
        return self.name.format(s="" if n_rows == 1 else "s")


def prune_history(
    open_work: UnitOfWorkFactory, clock: Clock, progress: Progress, policy: RetentionPolicy = RETENTION
) -> JobResult:
    """Delete what the policy no longer keeps, in one transaction a batch; what is believed now always stays.

    Parameters
    ----------
    open_work, clock, progress
        The world. ``progress`` is asked after each batch; what was deleted by then stays deleted.
    policy : RetentionPolicy
        How long things are kept.
    """
    kinds = _kinds(clock.now(), policy)
    progress(0, 0, "counting what is old")
    with open_work() as work:
        counts = [kind.count(work.retention) for kind in kinds]
    total, done = sum(counts), 0
    told = []
    for kind, n_old in zip(kinds, counts, strict=True):
        n_pruned = 0
        while n_pruned < n_old:
            progress(done + n_pruned, total, f"deleting old {kind.named(n_old)}")
            with open_work() as work:
                n_rows = kind.prune(work.retention)
                work.commit()
            if n_rows == 0:
                break
            n_pruned += n_rows
        done += n_pruned
        if n_pruned:
            told.append(f"{n_pruned:,} {kind.named(n_pruned)}")
    progress(done, total, "done")
    return JobResult(done, f"deleted {', '.join(told)}" if told else "nothing is old enough to delete")


def _kinds(now: datetime, policy: RetentionPolicy) -> list[_Kind]:
    before, runs_before, sign_ins_before = now - policy.versions, now - policy.runs, now - policy.sign_ins
    risk_before = now - policy.edited_risk

    def versions(subject: VersionSubject) -> _Kind:
        return _Kind(
            f"value{{s}} of {subject.value}",
            lambda retention: retention.count_versions(subject, before),
            lambda retention: retention.prune_versions(subject, before, _N_ROWS_A_BATCH),
        )

    return [
        *(versions(subject) for subject in VersionSubject),
        _Kind(
            "job run{s}",
            lambda retention: retention.count_runs(runs_before),
            lambda retention: retention.prune_runs(runs_before, _N_ROWS_A_BATCH),
        ),
        _Kind(
            "sign-in{s}",
            lambda retention: retention.count_sign_ins(sign_ins_before),
            lambda retention: retention.prune_sign_ins(sign_ins_before, _N_ROWS_A_BATCH),
        ),
        _Kind(
            "risk report{s} of edited books",
            lambda retention: retention.count_edited_risk(risk_before),
            lambda retention: retention.prune_edited_risk(risk_before, _N_ROWS_A_BATCH),
        ),
    ]
