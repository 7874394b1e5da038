"""What a job says of how far it is."""

from datetime import UTC, datetime, timedelta

import pytest

from models.domain.jobs import JobProgress

BEGUN = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("done", "total", "seconds", "said"),
    [
        (250, 1_000, 10, "storing: 250 of 1,000, 25 a second, 30 s left"),
        (2_000_000, 2_400_000, 8, "storing: 2,000,000 of 2,400,000, 250,000 a second, 2 s left"),
        (250, 1_000, 0.5, "storing: 250 of 1,000"),
        (0, 1_000, 10, "storing"),
        (1_000, 1_000, 10, "storing"),
        (0, 0, 10, "storing"),
    ],
)
def test_rate_and_remaining_time(done, total, seconds, said):
    assert JobProgress(done, total, "storing", BEGUN).describe(BEGUN + timedelta(seconds=seconds)) == said
