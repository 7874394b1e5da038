import json
from dataclasses import replace

import numpy as np
import pytest

from components.figures.price import chart_source, price_figure, visible_range
from tests.fakes_feed import newest
from tests.feed_panels import sample_details


@pytest.fixture
def detail():
    return newest(sample_details()["AAPL"], 250)


def test_the_figure_has_no_colours_of_its_own(detail):
    text = json.dumps(chart_source(detail)["figure"])
    assert "#" not in text
    assert "rgb" not in text
    assert not price_figure(detail).layout.template.to_plotly_json()


def test_all_traces_share_one_time_axis(detail):
    figure = price_figure(detail)
    assert {trace.xaxis for trace in figure.data} == {None}
    assert [trace.type for trace in figure.data].count("candlestick") == 1
    assert figure.layout.hovermode == "x unified"


def test_every_session_has_its_volume_once(detail):
    bars = [trace for trace in price_figure(detail).data if trace.type == "bar"]
    assert sorted(day for bar in bars for day in bar.x) == [str(day) for day in detail.session]


def test_days_without_a_session_leave_no_hole(detail):
    weekends, holidays = price_figure(detail).layout.xaxis.rangebreaks
    assert weekends.bounds == ("sat", "mon")
    assert "2012-10-29" in holidays.values  # the storm


def test_a_range_fits_the_prices_that_it_shows(detail):
    shown = visible_range(detail, 63)
    low, high = shown["y"]
    assert low < detail.low[-63:].min()
    assert high > detail.high[-63:].max()
    assert high < visible_range(detail, 252)["y"][1]
    assert shown["x"][0].startswith(str(detail.session[-63] - 1))
    assert shown["x"][1].startswith("2013-03-01")


def test_a_short_history_without_averages_is_drawn_all_the_same():
    young = newest(sample_details()["FB"], 250)
    source = chart_source(young)
    lines = {trace["name"]: trace for trace in source["figure"]["data"]}
    assert set(lines["SMA 200"]["y"]) == {None}
    assert len(source["figure"]["data"][5]["close"]) == 196
    json.dumps(source, allow_nan=False)


def test_a_flat_price_still_has_an_axis(detail):
    flat = np.full(detail.close.size, 10.0)
    names = ("open", "high", "low", "close", "bb_upper", "bb_lower", "sma_50", "sma_200")
    same = replace(detail, **dict.fromkeys(names, flat), volume=np.zeros(detail.close.size))
    shown = visible_range(same, 126)
    assert shown["y"][0] < 10 < shown["y"][1]
    assert shown["y2"] == [0.0, 1.0]
