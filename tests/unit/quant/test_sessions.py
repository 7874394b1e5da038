"""Sessions of the exchange and their closes."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from models.domain.errors import InvalidRequestError
from services.quant.sessions import (
    exchange_sessions,
    last_completed_session,
    next_session_opens,
    session_at_or_before,
    session_closes,
)


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


@pytest.mark.parametrize(
    ("now", "session"),
    [
        ("2026-01-05T20:59:59", "2026-01-02"),  # Monday, before the close
        ("2026-01-05T21:00:00", "2026-01-05"),
        ("2026-01-04T12:00:00", "2026-01-02"),  # Sunday
        ("2025-11-28T18:00:00", "2025-11-28"),  # closes at 13:00
        ("2025-11-27T23:00:00", "2025-11-26"),  # Thanksgiving
    ],
)
def test_the_last_completed_session(now, session):
    moment = datetime.fromisoformat(f"{now}+00:00")
    assert last_completed_session(moment) == np.datetime64(session)
    new_york = moment.astimezone(ZoneInfo("America/New_York"))
    assert last_completed_session(new_york) == np.datetime64(session)


def test_sessions_of_the_exchange_from_1990_and_before():
    assert exchange_sessions()[0] == np.datetime64("1990-01-02")
    early = exchange_sessions(before_1990=True)
    assert np.isin(_days("1929-10-29", "1987-10-19"), early).all()
    assert not np.isin(_days("1933-03-06"), early).any()  # the bank holiday
    assert (early[early >= np.datetime64("1990-01-01")] == exchange_sessions()).all()
