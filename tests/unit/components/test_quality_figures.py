import json
from datetime import timedelta

import exchange_calendars
import numpy as np
import plotly.io
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.figures.completeness import (
    LEVEL_WORDS,
    calendar_source,
    completeness_calendar,
    level_of,
)
from components.figures.quality import quality_template, trend, trend_source
from components.theme import PALETTES, contrast
from tests.fakes_quality import assessed

SESSIONS = (
    exchange_calendars.get_calendar("XNYS", start="2011-01-03")
    .sessions_in_range("2011-06-01", "2013-03-01")
    .to_numpy("datetime64[D]")
)


def calendar(n_present=None, year=2012):
    expected = np.full(SESSIONS.size, 10)
    return completeness_calendar(SESSIONS, expected, expected if n_present is None else n_present, year)


@pytest.mark.parametrize(
    ("n_expected", "n_present", "level"),
    [(10, 10, 0), (1000, 999, 1), (100, 99, 1), (100, 98, 2), (100, 95, 2), (4, 3, 3), (2, 1, 4), (5, 0, 4)],
)
def test_a_shade_stands_for_its_share(n_expected, n_present, level):
    assert level_of(np.array([n_expected]), np.array([n_present]))[0] == level
    assert len(LEVEL_WORDS) == 5


def test_a_day_on_which_nothing_was_expected_has_no_shade():
    assert np.isnan(level_of(np.array([0]), np.array([0]))[0])


@given(st.integers(1, 5000), st.data())
def test_more_missing_is_never_a_lighter_shade(n_expected, data):
    first = data.draw(st.integers(0, n_expected))
    second = data.draw(st.integers(0, first))
    levels = level_of(np.array([n_expected] * 2), np.array([first, second]))
    assert levels[0] <= levels[1]


def test_every_session_of_the_year_stands_once_on_its_weekday():
    days = calendar().data[0]
    words = [word for line in days.text for word in line if word]
    of_2012 = SESSIONS[SESSIONS.astype("datetime64[Y]") == np.datetime64("2012")]
    assert len(words) == of_2012.size == 250
    for line, name in zip(days.text, ("Mon", "Tue", "Wed", "Thu", "Fri"), strict=True):
        assert {word[:3] for word in line if word} == {name}
    assert days.text[2][0] == ""  # 4 January 2012 was a Wednesday of the first week with Monday the 2nd
    assert days.text[1][1] == "Tue 3 Jan 2012: all 10 bars"


def test_weeks_of_every_year_add_up_to_all_sessions():
    present = np.full(SESSIONS.size, 10)
    present[np.datetime64("2011-09-06") == SESSIONS] = 7
    weeks = calendar(present).data[1]
    assert list(weeks.y) == ["2011", "2012", "2013"]
    total = sum(
        int(word.split(" of ")[1].split()[0]) if " of " in word else int(word.split("all ")[1].split()[0])
        for line in weeks.text
        for word in line
        if word
    )
    assert total == 10 * SESSIONS.size
    short = [word for line in weeks.text for word in line if "missing" in word]
    assert short == ["2011, week 37: 3 of 40 bars missing"]  # Labour Day leaves four sessions


def test_a_missing_session_is_shaded_in_both_maps():
    present = np.full(SESSIONS.size, 10)
    present[np.datetime64("2012-07-05") == SESSIONS] = 0
    days, weeks = calendar(present).data
    shaded = [value for line in days.z for value in line if value is not None and value > 1]
    assert shaded == [4.5]
    assert max(value for line in weeks.z for value in line if value is not None) == 3.5  # 10 of 40


def test_a_year_without_sessions_is_blank():
    days = calendar(year=1999).data[0]
    assert all(value is None for line in days.z for value in line)


def test_the_year_is_framed_in_the_overview():
    shape = calendar(year=2012).layout.shapes[0]
    assert (shape.y0, shape.y1) == (0.5, 1.5)


def test_a_narrow_window_names_every_third_month():
    source = calendar_source(SESSIONS, np.full(SESSIONS.size, 1), np.full(SESSIONS.size, 1), 2012)
    assert source["narrow"]["xaxis"]["ticktext"] == ["Jan", "Apr", "Jul", "Oct"]
    assert len(source["figure"]["layout"]["xaxis"]["ticktext"]) == 12
    json.loads(plotly.io.json.to_json_plotly(source))


def test_forty_years_still_fit():
    days = np.arange("1980-01-01", "2020-01-01", dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    layout = completeness_calendar(days, np.ones(days.size, int), np.ones(days.size, int), 2019).layout
    assert layout.yaxis2.domain[0] == pytest.approx(0.0)
    assert layout.yaxis2.domain[1] < layout.yaxis.domain[0]
    assert len(layout.yaxis2.tickvals) <= 15


def test_each_measure_has_an_axis_of_its_own_around_its_values():
    runs = [assessed(place, n_quarantined=place * 10) for place in range(3)]
    figure = trend(runs)
    assert [trace.name for trace in figure.data][:2] == ["Completeness", "Validity"]
    assert {trace.yaxis for trace in figure.data} == {"y", "y2", "y3", "y4", "y5", "y6"}
    for trace in figure.data:
        low, high = figure.layout["yaxis" + trace.yaxis[1:]].range
        assert low < min(trace.y) <= max(trace.y) < high
    # No axis invites to read more than all.
    assert figure.layout.yaxis4.range[1] < 1.0002


def test_charts_of_a_trend_do_not_overlap():
    runs = [assessed(place) for place in range(2)]
    source = trend_source(runs)
    for layout in (source["figure"]["layout"], source["narrow"]):
        boxes = [
            (*layout[f"xaxis{number}"]["domain"], *layout[f"yaxis{number}"]["domain"])
            for number in ("", "2", "3", "4", "5", "6")
        ]
        for place, (left, right, bottom, top) in enumerate(boxes):
            assert 0.0 <= left < right <= 1.0 + 1e-9
            assert -1e-9 <= bottom < top <= 1.0 + 1e-9
            for other in boxes[place + 1 :]:
                assert right <= other[0] or other[1] <= left or top <= other[2] or other[3] <= bottom
    json.loads(plotly.io.json.to_json_plotly(source))


def test_runs_of_one_day_are_told_apart_by_the_hour():
    first = assessed(0)
    later = assessed(0, assessed_at=first.assessed_at + timedelta(hours=1))
    assert trend([first, later]).layout.xaxis.tickformat.startswith("%H:%M")
    assert trend([first, assessed(1)]).layout.xaxis.tickformat.startswith("%-d %b")


def test_a_measure_that_is_not_known_leaves_a_gap():
    figure = trend([assessed(0, validity=None), assessed(1, validity=None)])
    assert list(figure.data[1].y) == [None, None]


@pytest.mark.parametrize("colours", PALETTES, ids=lambda each: each.key)
def test_shades_rise_in_contrast_with_what_is_missing(colours):
    steps = [colour for _, colour in quality_template(colours)["data"]["heatmap"][0]["colorscale"]]
    shades = steps[::2]
    assert len(shades) == 5
    contrasts = [contrast(colours["panel"], shade) for shade in shades]
    assert contrasts == sorted(contrasts)
    assert contrast(shades[0], shades[1]) > 1.2
