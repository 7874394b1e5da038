"""The exchange's sessions and their closes."""

from datetime import date, timedelta
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
