"""The system's time."""

from datetime import UTC, datetime


class SystemClock:
    """``Clock`` of the machine."""

    def now(self) -> datetime:
        """Return the aware UTC time."""
        return datetime.now(UTC)  # noqa: TID251 - the one place that reads it
