from datetime import UTC, date, datetime

import pytest

from models.domain.market import Dataset, DatasetStatus, PriceBasis
from services.queries.freshness import describe_staleness


def status(last, *, historical=False):
    dataset = Dataset("feed", "f", "Feed", PriceBasis.RAW, historical=historical)
    return DatasetStatus(dataset, 1, date(2000, 1, 3), last, None)


@pytest.mark.parametrize(
    ("now", "behind"),
    [
        (datetime(2024, 11, 27, 22, 59, tzinfo=UTC), 0),  # closed at 21:00, two hours to read the prices
        (datetime(2024, 11, 27, 23, 0, tzinfo=UTC), 1),
        (datetime(2024, 11, 28, 23, 0, tzinfo=UTC), 1),  # Thanksgiving
        (datetime(2024, 11, 29, 20, 0, tzinfo=UTC), 2),  # closed at 18:00
        (datetime(2024, 12, 1, 12, 0, tzinfo=UTC), 2),
    ],
)
def test_sessions_behind_the_exchange_are_counted(now, behind):
    said = describe_staleness(status(date(2024, 11, 26)), now)
    expected = {0: "", 1: "26 November 2024: 1 session behind", 2: "26 November 2024: 2 sessions behind"}
    assert expected[behind] in said
    assert bool(said) is bool(behind)


def test_data_that_end_on_purpose_are_not_behind():
    now = datetime(2024, 12, 1, 12, 0, tzinfo=UTC)
    assert describe_staleness(status(date(2013, 3, 1), historical=True), now) == ""
    assert describe_staleness(status(None), now) == ""
