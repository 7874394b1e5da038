"""Short gaps are filled, longer ones end the window, and nothing that comes later changes that."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.quant.gaps import fill_gaps
from services.quant.panels import cut_panel
from services.quant.scoring import window_counts
from tests.unit.quant.factories import flat_bars, make_panel, weekdays


def _panel(**kept):
    """A panel over 30 weekdays; each symbol has the bars of the given places."""
    days = weekdays(30)
    return make_panel(
        {
            name: flat_bars(len(places), 10.0).assign(session=days[list(places)])
            for name, places in kept.items()
        }
    )


def _slowly(panel, n_filled=5):
    """The same in plain Python: (row, is filled) by place, and where windows begin."""
    market = sorted(set(panel.session.tolist()))
    places, begins = [], []
    for first, last in zip(panel.starts[:-1].tolist(), panel.starts[1:].tolist(), strict=True):
        begins.append(len(places))
        for row in range(first, last):
            places.append((row, False))
            if row + 1 == last:
                continue
            here, there = panel.session[row].item(), panel.session[row + 1].item()
            missing = [day for day in market if here < day < there]
            if len(missing) > n_filled:
                begins.append(len(places))
            else:
                places += [(row, True)] * len(missing)
    return places, [*begins, len(places)]


def _assert_as_slowly(panel):
    filled = fill_gaps(panel)
    places, begins = _slowly(panel)
    assert list(zip(filled.source.tolist(), filled.is_filled.tolist(), strict=True)) == places
    assert filled.window_starts.tolist() == begins


def test_five_missing_sessions_are_filled_with_the_bar_before():
    panel = _panel(A=range(30), B=[0, 1, 7, 8])
    filled = fill_gaps(panel)
    assert filled.window_starts.tolist() == [0, 30, 39]
    assert filled.source[30:].tolist() == [30, 31, 31, 31, 31, 31, 31, 32, 33]
    assert filled.is_filled[30:].tolist() == [False, False, True, True, True, True, True, False, False]


def test_six_missing_sessions_end_the_window():
    filled = fill_gaps(_panel(A=range(30), B=[0, 1, 8, 9]))
    assert filled.window_starts.tolist() == [0, 30, 32, 34]
    assert not filled.is_filled.any()


def test_a_day_without_any_bar_is_no_session():
    """A holiday is not a gap: no symbol has a bar then."""
    filled = fill_gaps(_panel(A=[0, 1, 12, 13], B=[0, 1, 12, 13]))
    assert filled.window_starts.tolist() == [0, 4, 8]
    assert not filled.is_filled.any()


def test_late_listings_and_early_ends_are_no_gaps():
    filled = fill_gaps(_panel(A=range(30), B=range(20, 25), C=[29]))
    assert filled.window_starts.tolist() == [0, 30, 35, 36]
    assert not filled.is_filled.any()


def test_the_sample_has_no_gap(sample_panel):
    filled = fill_gaps(sample_panel)
    assert not filled.is_filled.any()
    assert filled.window_starts.tolist() == sample_panel.starts.tolist()


def test_windows_count_their_sessions_and_the_filled_ones_among_the_last():
    panel = _panel(A=range(30), B=[0, 1, 4, 5, 12, 13])
    filled = fill_gaps(panel)
    start, n_in_window, n_filled = window_counts(filled, n_sessions=3)
    assert start[30:].tolist() == [30] * 6 + [36] * 2
    assert n_in_window[30:].tolist() == [1, 2, 3, 4, 5, 6, 1, 2]
    assert n_filled[30:].tolist() == [0, 0, 1, 2, 2, 1, 0, 0]


places = st.sets(st.integers(0, 29), min_size=1)
panels = st.lists(places, min_size=1, max_size=4).map(
    lambda kept: _panel(**{f"S{number}": sorted(own) for number, own in enumerate(kept)})
)


@settings(deadline=None)
@given(panels)
def test_equals_a_slow_reference(panel):
    _assert_as_slowly(panel)


@settings(max_examples=50, deadline=None)
@given(panels, st.integers(0, 29))
def test_what_stands_at_a_session_does_not_depend_on_later_ones(panel, cut):
    """Own bars keep their window and the fillings before them when the panel is cut behind them."""
    day = weekdays(30)[cut]
    if not (panel.session <= day).any():
        return
    part = cut_panel(panel, day)
    _assert_as_slowly(part)
    now, then = _history(panel), _history(part)
    assert then == {key: value for key, value in now.items() if key[1] <= day.item()}


def _history(panel):
    """By (symbol, session of an own bar): the sessions whose bars stand in its window up to there."""
    filled = fill_gaps(panel)
    start, _, _ = window_counts(filled)
    own = np.flatnonzero(~filled.is_filled)
    return {
        (panel.symbols[panel.code[filled.source[place]]], panel.session[filled.source[place]].item()): tuple(
            panel.session[filled.source[start[place] : place + 1]].tolist()
        )
        for place in own.tolist()
    }


@pytest.mark.parametrize("cut", [0, 3, 29])
def test_a_cut_panel_keeps_the_rows_up_to_the_session(cut):
    panel = _panel(A=range(10), B=[5, 29], C=range(2, 30))
    day = weekdays(30)[cut]
    part = cut_panel(panel, day)
    keep = panel.session <= day
    np.testing.assert_array_equal(part.session, panel.session[keep])
    np.testing.assert_array_equal(part.instrument_ids[part.code], panel.instrument_ids[panel.code][keep])
    assert [part.symbols[i] for i in part.code] == [panel.symbols[i] for i in panel.code[keep]]
