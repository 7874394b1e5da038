"""What the worker is doing: in a sentence, and as the line that every page shows."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from models.domain.activity import ShownRun
from models.domain.feed import Activity
from models.domain.jobs import JobName, JobRun, JobState
from services.ports import Clock
from services.storage.unit_of_work import SqlUnitOfWork

TITLES = {
    JobName.INGEST_BARS: "Ingesting prices",
    JobName.SCORE_INDICATORS: "Scoring indicators",
    JobName.REFRESH_QUOTES: "Refreshing quotes",
    JobName.INFER_SIGNALS: "Scoring with the model",
    JobName.EXPLAIN_SIGNALS: "Explaining signals",
    JobName.EXPLAIN_SYMBOL: "Explaining a signal",
    JobName.TRAIN_MODELS: "Training models",
    JobName.SIMULATE_RISK: "Simulating risk",
    JobName.PRUNE_HISTORY: "Deleting old history",
}
_SILENT_AFTER = timedelta(seconds=5)
_TOLD_FOR = timedelta(seconds=8)  # how long a page says that a run failed or was cancelled
_N_NEWEST = 8  # among so many is what ended within that time


class RunningJobs:
    """What runs now, for the line on every page."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def shown(self) -> ShownRun | None:
        """Return the run that began first of those that are going on, or what ended just now without success.

        Raises
        ------
        DatabaseUnavailableError
            If the database is out of reach.
        """
        now = self._clock.now()
        with SqlUnitOfWork(self._engine) as work:
            running = [run for run in work.jobs.active() if run.state is JobState.RUNNING]
            newest = [] if running else work.jobs.newest(_N_NEWEST)
        if running:
            return _going_on(running[0], len(running) - 1, now)
        return next((_ended(run, now) for run in newest if _is_news(run, now)), None)


def _going_on(run: JobRun, n_others: int, now: datetime) -> ShownRun:
    progress = run.progress
    step = progress.describe(now)
    if run.heartbeat_at is not None and now - run.heartbeat_at > _SILENT_AFTER:
        silent_s = (now - run.heartbeat_at).total_seconds()
        step = f"nothing heard of its process for {silent_s:,.0f} s; another takes over when it is gone"
    elif run.cancel_requested:
        step = f"stops at its next step ({step})" if step else "stops at its next step"
    others = f" and {n_others} more" if n_others else ""
    return ShownRun(
        run_id=run.id,
        title=f"{TITLES[run.job]}{others}",
        step=step,
        share=min(progress.done / progress.total, 1.0) if progress.total else None,
        age_s=_seconds(now, run.started_at),
        state=run.state,
        is_stopping=run.cancel_requested,
    )


def _is_news(run: JobRun, now: datetime) -> bool:
    has_bad_end = run.state in {JobState.FAILED, JobState.CANCELLED} and run.started_at is not None
    return has_bad_end and run.finished_at is not None and now - run.finished_at < _TOLD_FOR


def _ended(run: JobRun, now: datetime) -> ShownRun:
    step = f"{run.state.value}: {run.message}" if run.message else run.state.value
    return ShownRun(run.id, TITLES[run.job], step, None, _seconds(now, run.started_at), run.state)


def _seconds(now: datetime, then: datetime | None) -> float:
    return 0.0 if then is None else max((now - then).total_seconds(), 0.0)


def read_activity(work: SqlUnitOfWork, clock: Clock) -> Activity:
    """Return what runs, what failed last, and whether a worker lives at all."""
    active = tuple(work.jobs.active())
    failed = tuple(run for run in work.jobs.newest_of_each_job() if run.state is JobState.FAILED)
    now = clock.now()
    alive = a_worker_lives(work, now)
    return Activity(_sentence(active, failed, now, alive=alive), active, failed, alive)


def a_worker_lives(work: SqlUnitOfWork, now: datetime) -> bool:
    """Return whether a worker leads that was heard of just now."""
    leader = work.system.leader()
    return leader is not None and now - leader.heartbeat_at < _SILENT_AFTER


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
