"""What the worker is doing, in a sentence."""

from datetime import datetime, timedelta

from models.domain.feed import Activity
from models.domain.jobs import JobName, JobRun, JobState
from services.ports import Clock
from services.storage.unit_of_work import SqlUnitOfWork

TITLES = {JobName.INGEST_BARS: "Ingesting prices", JobName.SCORE_INDICATORS: "Scoring indicators"}
_SILENT_AFTER = timedelta(seconds=5)


def read_activity(work: SqlUnitOfWork, clock: Clock) -> Activity:
    """Return what runs, what failed last, and whether a worker lives at all."""
    active = tuple(work.jobs.active())
    failed = tuple(run for run in work.jobs.newest_of_each_job() if run.state is JobState.FAILED)
    leader = work.system.leader()
    now = clock.now()
    alive = leader is not None and now - leader.heartbeat_at < _SILENT_AFTER
    return Activity(_sentence(active, failed, now, alive=alive), active, failed, alive)


def _sentence(active: tuple[JobRun, ...], failed: tuple[JobRun, ...], now: datetime, *, alive: bool) -> str:
    running = next((run for run in active if run.state is JobState.RUNNING), None)
    if running is not None:
        step = running.progress.describe(now)
        return f"{TITLES[running.job]}: {step}" if step else TITLES[running.job]
    if not alive:
        return "No worker is running. Start one with `python -m app worker`, or all with `make run`."
    if active:
        return f"{TITLES[active[0].job]} begins in a moment"
    if failed:
        return f"{TITLES[failed[0].job]} failed: {failed[0].message}"
    return "Nothing is stored yet. The worker ingests prices as soon as it leads."
