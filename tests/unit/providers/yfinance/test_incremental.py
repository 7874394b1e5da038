"""When the last sessions are enough, and when the whole history is wanted again."""

from datetime import date

import pandas as pd
import pytest

from services.providers.yfinance.incremental import FIRST_DAY, first_day, is_restated

DAYS = pd.to_datetime(["2024-03-01", "2024-03-04", "2024-03-05", "2024-03-06"]).astype("datetime64[s]")


def closes(*values, days=DAYS):
    return pd.DataFrame({"session": days[: len(values)], "close": [float(value) for value in values]})


def test_from_the_first_of_the_last_stored_sessions_on():
    assert first_day(closes(1, 2, 3)) == date(2024, 3, 1)
    assert first_day(None) == first_day(closes()) == FIRST_DAY


@pytest.mark.parametrize(
    ("told", "restated"),
    [
        ((100, 102, 104, 103), False),
        ((100.009, 101.991, 104, 103), False),  # less than a hundredth of a per cent
        ((100, 99, 104, 103), False),  # one correction
        ((50, 51, 52, 103), True),  # a split on the last day
        ((100, 102, 52, 51.5), False),  # half of them: a split comes on all of the earlier ones
        ((100, 51, 52, 51.5), True),
        ((float("nan"),) * 4, True),
    ],
)
def test_most_closes_on_another_basis_are_a_restatement(told, restated):
    assert is_restated(closes(100, 102, 104, 103), closes(*told)) is restated


def test_without_a_common_session_nothing_vouches_for_the_basis():
    later = closes(100, 102, days=DAYS + pd.Timedelta(days=30))
    assert is_restated(closes(100, 102), later)
