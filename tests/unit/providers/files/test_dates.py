"""Dates in any order and form, and the question where they may mean two things."""

import numpy as np
import pandas as pd
import pytest

from models.domain.errors import InvalidMarketDataError
from services.providers.files.date_texts import parse_dates
from tests.unit.providers.files.writing import fetch

HEADER = "date,symbol,open,high,low,close,volume\n"
ROW = "2020-01-02,AAPL,10,11,9,10.5,100\n"


@pytest.mark.parametrize(
    "text",
    [
        "2020-12-31",
        "2020/12/31",
        "20201231",
        "12/31/2020",
        "31/12/2020",
        "31.12.2020",
        "31-Dec-2020",
        "31dec2020",
        "Dec 31, 2020",
        "December 31st, 2020",
        "Thu, 31 Dec 2020",
        "2020-12-31 16:00",
        "2020-12-31T00:00:00.000Z",
        "2020-12-31T21:00:00Z",
        "2021-01-01T02:00:00+00:00",
        "2020-12-31 00:00:00-05:00",
        "2021-01-01T09:00:00+0900",
        "12/31/2020 4:00:00 PM",
        "1609372800",
        "1609448400000",
    ],
)
def test_one_day_in_many_words(text):
    days, wrong = parse_dates([text])
    assert days.tolist() == [np.datetime64("2020-12-31").item()]
    assert not wrong.any()


@pytest.mark.parametrize(
    "text", ["44196", "2020-13-45", "30/02/2020", "soon", "2020", "2020-12-31 at noon", "1.5"]
)
def test_what_is_no_date(text):
    days, wrong = parse_dates([text, ""])
    assert np.isnat(days).all()
    assert wrong.tolist() == [True, False]


def test_zones_of_summer_and_winter_keep_their_dates():
    days, _ = parse_dates(["2020-01-02 00:00:00-05:00", "2020-07-02 00:00:00-04:00"])
    assert days.astype(str).tolist() == ["2020-01-02", "2020-07-02"]


DATE_TROUBLE = {
    "ambiguous": (
        ["01/02/2020", "02/03/2020"],
        r"line 2: session “01/02/2020” may be day/month or month/day.*write dates as YYYY-MM-DD",
    ),
    "both_orders": (
        ["13/01/2020", "01/14/2020"],
        r"line 3: session “01/14/2020” has day and month the other way round than “13/01/2020”",
    ),
    "short_year": (["12/31/20", "12/30/20"], r"line 2: session “12/31/20” has a year of two digits"),
    "short_year_named": (["31-Dec-20", "30-Dec-20"], r"has a year of two digits"),
    "excel_serials": (
        ["44196", "44197"],
        r"line 2: “44196” is no date, and so in 2 of 2 rows; write dates as YYYY-MM-DD",
    ),
}


@pytest.mark.parametrize("name", DATE_TROUBLE)
def test_dates_that_may_mean_two_things(tmp_path, name):
    dates, message = DATE_TROUBLE[name]
    (tmp_path / "bad.csv").write_text(HEADER + "".join(ROW.replace("2020-01-02", day) for day in dates))
    with pytest.raises(InvalidMarketDataError, match=message):
        fetch(tmp_path / "bad.csv")


def test_equal_day_and_month_throughout_is_no_question(tmp_path):
    (tmp_path / "a.csv").write_text(HEADER + ROW.replace("2020-01-02", "03/03/2020"))
    assert fetch(tmp_path / "a.csv").bars["session"].tolist() == [pd.Timestamp("2020-03-03")]
