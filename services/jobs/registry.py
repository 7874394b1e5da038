"""Every job: its name, when it runs, and what it waits for."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from models.domain.jobs import JobName


class Lane(StrEnum):
    """What keeps what waiting: a lane each for what may take long, and for what somebody waits for."""

    CHAIN = "jobs"
    TRAINING = "long"
    EXPLANATIONS = "explanations"
    REQUESTS = "requests"


@dataclass(frozen=True)
class Job:
    """A job runs by the clock (``cron``, UTC), when the job ``after`` has succeeded, or when asked for alone.

    At the times of ``check_cron`` it runs if ``services.jobs.due`` says so; otherwise nothing is recorded.
    ``lane``: jobs of different lanes run beside each other, those of one lane in turn.
    """

    name: JobName
    title: str
    cron: str | None = None
    after: JobName | None = None
    check_cron: str | None = None
    lane: Lane = Lane.CHAIN


# XNYS closes at 20:00 or 21:00 UTC; daily bars are final an hour later.
JOBS = (
    Job(JobName.INGEST_BARS, "Ingesting prices", cron="10 22 * * mon-fri", check_cron="* * * * *"),
    Job(JobName.SCORE_INDICATORS, "Scoring indicators", after=JobName.INGEST_BARS),
    Job(JobName.INFER_SIGNALS, "Scoring with the model", after=JobName.SCORE_INDICATORS),
    Job(
        JobName.EXPLAIN_SIGNALS,
        "Explaining signals",
        after=JobName.INFER_SIGNALS,
        lane=Lane.EXPLANATIONS,
    ),
    Job(JobName.EXPLAIN_SYMBOL, "Explaining a signal", lane=Lane.REQUESTS),
    Job(JobName.REFRESH_QUOTES, "Refreshing quotes", check_cron="*/5 * * * mon-fri"),
    Job(JobName.TRAIN_MODELS, "Training models", cron="0 2 * * sun", lane=Lane.TRAINING),
    Job(JobName.SIMULATE_RISK, "Simulating risk", after=JobName.INFER_SIGNALS),
    # When no exchange is open and nothing else is due.
    Job(JobName.PRUNE_HISTORY, "Deleting old history", cron="0 6 * * sun"),
)


JOBS_OF_LANE = {lane: tuple(job.name for job in JOBS if job.lane is lane) for lane in Lane}


def jobs_after(name: JobName) -> Iterator[Job]:
    """Yield the jobs that wait for one, directly."""
    return (job for job in JOBS if job.after is name)
