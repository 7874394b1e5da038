"""What the line on every page tells of a running job."""

from dataclasses import dataclass

from models.domain.jobs import JobState


@dataclass(frozen=True)
class ShownRun:
    """A run that is going on, or has just ended without success.

    ``step``: what it does, with rows, rate and remaining time where these are known. ``share``: how much of
    the step is done, in [0, 1]; None where that cannot be told. ``age_s``: seconds since it began.
    """

    run_id: int
    title: str
    step: str
    share: float | None
    age_s: float
    state: JobState
    is_stopping: bool = False
