"""Sessions of the exchange and their closes."""

from datetime import date

import numpy as np
import pytest

from models.domain.errors import InvalidRequestError
from services.quant.sessions import next_session_opens, session_at_or_before, session_closes


def _days(*days):
    return np.array(days, dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("day", "close"),
    [
        ("2013-03-01", "2013-03-01T21:00"),  # winter: 16:00 in New York
        ("2013-07-01", "2013-07-01T20:00"),  # summer
        ("2012-11-23", "2012-11-23T18:00"),  # the day after Thanksgiving ends at 13:00
        ("2013-03-02", "2013-03-02T22:00"),  # a Saturday, as indices have some
    ],
)
def test_closes_by_hand(day, close):
    assert session_closes(_days(day)).tolist() == [np.datetime64(close, "us").item()]


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        ("2013-03-01", "2013-03-04T14:30"),  # Friday to Monday
        ("2013-03-08", "2013-03-11T13:30"),  # over the change to summer time
        ("2001-09-10", "2001-09-17T13:30"),  # the exchange stayed shut for four sessions
        ("2013-03-02", "2013-03-04T14:30"),
    ],
)
def test_next_opens_by_hand(day, open_):
    assert next_session_opens(_days(day)).tolist() == [np.datetime64(open_, "us").item()]


@pytest.mark.parametrize(
    ("day", "session"),
    [("2013-03-01", "2013-03-01"), ("2013-03-03", "2013-03-01"), ("2001-09-14", "2001-09-10")],
)
def test_the_session_at_or_before(day, session):
    assert session_at_or_before(date.fromisoformat(day)) == date.fromisoformat(session)


@pytest.mark.parametrize("day", [date(1850, 1, 1), date(2400, 1, 1)])
def test_days_outside_the_calendar_are_refused(day):
    with pytest.raises(InvalidRequestError, match=str(day)):
        session_at_or_before(day)


def test_every_bar_of_the_sample_stands_on_a_session(sample_panel):
    days = np.unique(sample_panel.session)
    assert [session_at_or_before(day) for day in days.tolist()] == days.tolist()
    assert (session_closes(days) < next_session_opens(days)).all()
