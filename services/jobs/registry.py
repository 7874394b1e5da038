"""Every job: its name, when it runs, and what it waits for."""

from collections.abc import Iterator
from dataclasses import dataclass

from models.domain.jobs import JobName


@dataclass(frozen=True)
class Job:
    """A job runs by the clock (``cron``, UTC) or when the job ``after`` has succeeded.

    At the times of ``check_cron`` it runs if ``services.jobs.due`` says so; otherwise nothing is recorded.
    ``is_long``: it may take hours, so it runs beside the others instead of keeping them waiting.
    """

    name: JobName
    title: str
    cron: str | None = None
    after: JobName | None = None
    check_cron: str | None = None
    is_long: bool = False


# XNYS closes at 20:00 or 21:00 UTC; daily bars are final an hour later.
JOBS = (
    Job(JobName.INGEST_BARS, "Ingesting prices", cron="10 22 * * mon-fri", check_cron="* * * * *"),
    Job(JobName.SCORE_INDICATORS, "Scoring indicators", after=JobName.INGEST_BARS),
    Job(JobName.INFER_SIGNALS, "Scoring with the model", after=JobName.SCORE_INDICATORS),
    Job(JobName.REFRESH_QUOTES, "Refreshing quotes", check_cron="*/5 * * * mon-fri"),
    Job(JobName.TRAIN_MODELS, "Training models", cron="0 2 * * sun", is_long=True),
    Job(JobName.SIMULATE_RISK, "Simulating risk", after=JobName.INFER_SIGNALS),
    # When no exchange is open and nothing else is due.
    Job(JobName.PRUNE_HISTORY, "Deleting old history", cron="0 6 * * sun"),
)


LONG_JOBS = tuple(job.name for job in JOBS if job.is_long)


def jobs_after(name: JobName) -> Iterator[Job]:
    """Yield the jobs that wait for one, directly."""
    return (job for job in JOBS if job.after is name)
