"""Folds on dates: nothing that is learnt from reaches into what is judged on."""

import exchange_calendars
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.errors import InsufficientHistoryError
from models.domain.judging import SplitSettings
from services.quant.judging.splits import n_test_sessions, training_rows, walk_forward_splits


def exchange_sessions(first, last):
    calendar = exchange_calendars.get_calendar("XNYS", start="1999-01-01")
    return calendar.sessions_in_range(first, last).to_numpy("datetime64[D]")


@pytest.mark.parametrize(
    ("first", "last", "n_tests", "length"),
    [("2000-03-01", "2013-03-01", 11, 231), ("1999-11-01", "2021-04-21", 19, 252)],
)
def test_the_sample_has_eleven_tests_of_231_sessions_and_twenty_years_have_19_of_252(
    first, last, n_tests, length
):
    splits = walk_forward_splits(exchange_sessions(first, last))
    assert [split.test.size for split in splits] == [length] * n_tests


def test_one_fold_by_hand():
    """700 sessions: 136 left, so tests of 63; two of them, the first at 574.

    Kept are the sessions 312 to 563, 252 of them; a fifth would be 50, so validation has 63: 501 to 563.
    Ten sessions before that training ends: 312 to 490.
    """
    sessions = np.datetime64("2000-01-01") + np.arange(700)
    split = walk_forward_splits(sessions)[0]
    at = (split.train[[0, -1]], split.validation[[0, -1]], split.test[[0, -1]])
    places = [(part - sessions[0]).astype(int).tolist() for part in at]
    assert places == [[312, 490], [501, 563], [574, 636]]


def test_a_history_too_short_says_what_it_needs():
    with pytest.raises(InsufficientHistoryError, match=r"626 sessions leave no test.*627 or more"):
        walk_forward_splits(np.datetime64("2000-01-01") + np.arange(626))


@given(st.integers(627, 8000), st.integers(1, 20))
def test_labels_of_training_never_reach_a_later_part(n_sessions, horizon):
    settings = SplitSettings(horizon_sessions=horizon)
    place = np.arange(n_sessions)
    sessions = np.datetime64("1990-01-01") + place
    splits = walk_forward_splits(sessions, settings)
    tests = np.concatenate([split.test for split in splits])
    assert np.array_equal(tests, sessions[-tests.size :])  # every session once, up to the last
    for split in splits:
        for earlier, later in ((split.train, split.validation), (split.validation, split.test)):
            label_end = earlier[-1] + horizon  # the last close that the newest label looks at
            assert label_end + horizon < later[0]  # and the embargo lies behind it
        assert split.validation.size >= 63
        assert split.train[0] == sessions[312]


@given(st.integers(312 + 252 + 504, 8000))
def test_there_are_eight_tests_or_more_where_the_history_allows(n_sessions):
    settings = SplitSettings()
    length = n_test_sessions(n_sessions, settings)
    assert 63 <= length <= 252
    assert len(walk_forward_splits(np.datetime64("1990-01-01") + np.arange(n_sessions))) >= 8


def test_training_takes_every_fifth_session_from_the_newest_back():
    places = np.repeat(np.arange(12), 2)
    chosen = training_rows(places, 5)
    assert sorted(set(places[chosen].tolist())) == [1, 6, 11]
    assert places[training_rows(places, 5, max_windows=3)].tolist() == [6, 11, 11]


@given(st.integers(30, 60), st.integers(1, 20))
def test_an_older_history_only_adds_training_sessions(n_older, horizon):
    places = np.arange(100)
    longer = np.arange(-n_older, 100)
    assert set(places[training_rows(places, horizon)]) <= set(longer[training_rows(longer, horizon)])
