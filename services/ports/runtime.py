"""What a long computation asks of whoever runs it: the time, and a place to report to."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time, so that tests can choose it."""

    def now(self) -> datetime:
        """Return the aware UTC time."""


class Progress(Protocol):
    """Where a job says how far it is. Raises ``JobCancelledError`` when somebody asked for the end."""

    def __call__(self, done: int, total: int, message: str) -> None:
        """Report ``done`` of ``total`` steps."""
