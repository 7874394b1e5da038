"""The distinct texts of a date column into days."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

_EXCHANGE = "America/New_York"
_TIME = r"(?:[t ]+(?P<time>\d{1,2}:\d{2}.*))?"
_YEAR_FIRST = rf"^(?P<year>\d{{4}})[-/. ](?P<month>\d{{1,2}})[-/. ](?P<day>\d{{1,2}}){_TIME}$"
_COMPACT = r"^(?P<year>(?:18|19|20|21)\d{2})(?P<month>\d{2})(?P<day>\d{2})$"
_YEAR_LAST = rf"^(?P<first>\d{{1,2}})[-/. ](?P<second>\d{{1,2}})[-/. ](?P<year>\d{{4}}){_TIME}$"
_WEEKDAY = r"(?:[a-z]{3,9}\.?,? +)?"
_DAY_NAME = (
    rf"^{_WEEKDAY}(?P<day>\d{{1,2}})\.?[-/ ]?(?P<month>[a-z]{{3}})[a-z]*\.?,?[-/ ]?(?P<year>\d{{4}}){_TIME}$"
)
_NAME_DAY = (
    rf"^{_WEEKDAY}(?P<month>[a-z]{{3}})[a-z]*\.?[-/ ](?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[-/ ]+"
    rf"(?P<year>\d{{4}}){_TIME}$"
)
_SHORT_YEAR = r"^(?:\d{1,2}[-/. ]\d{1,2}|\d{1,2}[-/ ]?[a-z]{3,9})[-/. ]\d{2}$"
_EPOCH = r"^\d{9,10}(?:\d{3})?$"
_TIME_PARTS = (
    r"^(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)? *(?P<half>am|pm)? *"
    r"(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2})?(?: *\[?[a-z_/]+\]?)?$"
)
_MONTHS = {
    name: at
    for at, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}


class AmbiguousDatesError(ValueError):
    """The column does not tell what its dates mean; ``position`` is that of the text that shows it."""

    def __init__(self, position: int, text: str, reason: str) -> None:
        super().__init__(reason)
        self.position, self.text, self.reason = position, text, reason


def parse_dates(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the day of each distinct text, NaT where it is none, and which are neither dates nor empty.

    Raises
    ------
    AmbiguousDatesError
        If days and months cannot be told apart, or years have two digits.
    """
    column = pd.Series(list(texts), dtype="str").str.strip().str.strip('"').str.lower()
    short = column.str.match(_SHORT_YEAR).to_numpy(bool)
    if short.any():
        at = int(np.flatnonzero(short)[0])
        raise AmbiguousDatesError(
            at, texts[at], "has a year of two digits, whose century is open; write dates as YYYY-MM-DD"
        )
    parts = pd.DataFrame(index=column.index, columns=["year", "month", "day", "time"], dtype="object")
    for pattern in (_COMPACT, _YEAR_FIRST, _DAY_NAME, _NAME_DAY):
        _fill(parts, column.str.extract(pattern))
    parts["month"] = parts["month"].replace(_MONTHS)
    _fill(parts, _year_last(column, texts))
    days = pd.to_datetime(
        parts[["year", "month", "day"]].apply(pd.to_numeric, errors="coerce"), errors="coerce"
    )
    stamps = _epochs(column[parts["year"].isna()])
    days = days.astype("datetime64[s]")
    days.loc[stamps.index] = stamps
    days = _on_the_exchange(days, parts["time"])
    empty = column.isin(["", "nan", "nat", "null", "none", "na", "n/a", "-"])
    return days.to_numpy("datetime64[s]").astype("datetime64[D]"), (days.isna() & ~empty).to_numpy(bool)


def _fill(parts: pd.DataFrame, found: pd.DataFrame) -> None:
    rows = found["year"].notna() & parts["year"].isna()
    for name in found.columns:
        parts.loc[rows, name] = found.loc[rows, name].astype("object")


def _year_last(column: "pd.Series[str]", texts: Sequence[str]) -> pd.DataFrame:
    """Decide between day first and month first by the whole column."""
    found = column.str.extract(_YEAR_LAST)
    rows = found["year"].notna()
    if not rows.any():
        return found.rename(columns={"first": "month", "second": "day"})
    first, second = (pd.to_numeric(found[name]) for name in ("first", "second"))
    day_first, month_first = first > 12, second > 12
    if day_first.any() and month_first.any():
        here, there = int(np.flatnonzero(day_first)[0]), int(np.flatnonzero(month_first)[0])
        raise AmbiguousDatesError(
            max(here, there),
            texts[max(here, there)],
            f"has day and month the other way round than “{texts[min(here, there)]}”; write all dates as "
            "YYYY-MM-DD",
        )
    if not (day_first.any() or month_first.any()) and not (first[rows] == second[rows]).all():
        at = int(np.flatnonzero(rows & (first != second))[0])
        raise AmbiguousDatesError(
            at,
            texts[at],
            "may be day/month or month/day: no date of the column has a day after the 12th; "
            "write dates as YYYY-MM-DD",
        )
    names = {"first": "day", "second": "month"} if day_first.any() else {"first": "month", "second": "day"}
    return found.rename(columns=names)


def _epochs(column: "pd.Series[str]") -> "pd.Series[pd.Timestamp]":
    """Return seconds or milliseconds since 1970 as the exchange's dates; UTC midnights are dates already."""
    numbers = pd.to_numeric(column[column.str.match(_EPOCH)]).astype("int64")
    seconds = numbers.where(numbers < 10**11, numbers // 1000)
    stamps = pd.to_datetime(seconds, unit="s", utc=True)
    if not (stamps == stamps.dt.normalize()).all():
        stamps = stamps.dt.tz_convert(_EXCHANGE)
    return stamps.dt.tz_localize(None).dt.normalize().astype("datetime64[s]")


def _on_the_exchange(days: "pd.Series[pd.Timestamp]", times: "pd.Series[str]") -> "pd.Series[pd.Timestamp]":
    given = times.dropna()
    if given.empty:
        return days
    parts = given.astype("str").str.strip().str.extract(_TIME_PARTS)
    days = days.mask(days.index.isin(parts.index[parts["hour"].isna()]))  # what follows is no time
    hour = pd.to_numeric(parts["hour"]) % 24
    is_half = parts["half"].notna()
    hour = hour.where(~is_half, hour % 12 + 12 * (parts["half"] == "pm"))
    since_midnight = (
        hour * 3600 + pd.to_numeric(parts["minute"]) * 60 + pd.to_numeric(parts["second"]).fillna(0)
    )
    zoned = parts["zone"].notna()
    if not zoned.any() or (since_midnight[zoned] == 0).all():
        return days
    offset = parts["zone"].where(~parts["zone"].isin(["z", "utc", "gmt"]), "+00:00").str.replace(":", "")
    minutes = pd.to_numeric(offset.str[1:3]) * 60 + pd.to_numeric(offset.str[3:5])
    east = minutes.where(offset.str[0] == "+", -minutes) * 60
    moved = days[parts.index] + pd.to_timedelta(since_midnight - east, unit="s")
    local = moved[zoned].dt.tz_localize("UTC").dt.tz_convert(_EXCHANGE).dt.tz_localize(None).dt.normalize()
    days.loc[local.index] = local.astype("datetime64[s]")
    return days
