"""The exchange's sessions and their closes."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

import exchange_calendars
import numpy as np
import pandas as pd

from models.domain.errors import InvalidRequestError

_FIRST_YEAR = "1990-01-01"  # the library begins twenty years ago unless it is told


@cache
def exchange_calendar(name: str = "XNYS") -> exchange_calendars.ExchangeCalendar:
    """Return the calendar of an exchange from 1990 on."""
    return exchange_calendars.get_calendar(name, start=_FIRST_YEAR)


@cache
def exchange_sessions(*, before_1990: bool = False) -> np.ndarray:
    """Return every session of the New York Stock Exchange from 1990, or from 1900 on, datetime64[D]."""
    calendar = exchange_calendar()
    if before_1990:
        calendar = exchange_calendars.get_calendar("XNYS", start="1900-01-01")
    days: np.ndarray = calendar.sessions.to_numpy("datetime64[D]")
    return days


def last_completed_session(now: datetime) -> np.datetime64:
    """Return the last session whose close lies at or before a moment, datetime64[D]."""
    moment = np.datetime64(now.astimezone(UTC).replace(tzinfo=None), "us")
    days = exchange_sessions()
    days = days[days <= moment.astype("datetime64[D]")][-10:]
    completed: np.datetime64 = days[session_closes(days) <= moment][-1]
    return completed


def is_trading(now: datetime, *, minutes_after: int = 0) -> bool:
    """Return whether the exchange is open, or closed so many minutes ago at most."""
    moment = np.datetime64(now.astimezone(UTC).replace(tzinfo=None), "us")
    calendar = exchange_calendar()
    opened = calendar.opens.dt.tz_convert(None).to_numpy("datetime64[us]")
    place = int(np.searchsorted(opened, moment, side="right")) - 1
    if place < 0:
        return False
    closes = session_closes(exchange_sessions()[place : place + 1])[0]
    return bool(moment <= closes + np.timedelta64(minutes_after, "m"))


def session_closes(session: np.ndarray) -> np.ndarray:
    """Return when each session closed.

    Parameters
    ----------
    session : datetime64[D] array, shape (n,)
        Dates; those outside the calendar (indices have some) count as closing at 22:00 UTC.

    Returns
    -------
    datetime64[us] array, shape (n,)
        Naive UTC.
    """
    calendar = exchange_calendar()
    closes = pd.Series(
        calendar.closes.dt.tz_convert(None).to_numpy("datetime64[us]"), index=calendar.closes.index
    )
    known = closes.reindex(pd.DatetimeIndex(session)).to_numpy("datetime64[us]")
    late = session.astype("datetime64[D]").astype("datetime64[us]") + np.timedelta64(22, "h")
    return np.where(np.isnat(known), late, known)


def session_at_or_before(day: date) -> date:
    """Return ``day`` where the exchange was open, else the session before it.

    Raises
    ------
    InvalidRequestError
        If the day lies outside the calendar.
    """
    calendar = exchange_calendar()
    first, last = calendar.first_session.date(), calendar.last_session.date()
    if not first <= day <= last + timedelta(days=7):
        raise InvalidRequestError(f"{day} lies outside the exchange calendar ({first} to {last})")
    found = calendar.sessions[calendar.sessions.searchsorted(pd.Timestamp(day), side="right") - 1]
    return date(found.year, found.month, found.day)


def next_session_opens(session: np.ndarray) -> np.ndarray:
    """Return when the session after each date opens, datetime64[us], naive UTC."""
    calendar = exchange_calendar()
    opens = calendar.opens.dt.tz_convert(None).to_numpy("datetime64[us]")
    days = calendar.sessions.to_numpy("datetime64[D]")
    place = np.searchsorted(days, session.astype("datetime64[D]"), side="right")
    found: np.ndarray = opens[np.minimum(place, opens.size - 1)]
    return found
