"""Labels by hand, against a slow second implementation, and never restated."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.quant.gaps import fill_gaps
from services.quant.panels import cut_panel
from services.quant.targets import DOWN, NEUTRAL, UNKNOWN, UP, compute_labels
from tests.unit.quant.factories import flat_bars, make_panel, random_bars, weekdays
from tests.unit.quant.plain import backward_factors

NAT = np.datetime64("NaT", "D")


def _labels(panel, *arguments):
    return compute_labels(panel, fill_gaps(panel), *arguments)


def _line(open_, close, places=None, **columns):
    """One symbol's bars at the given places among the weekdays."""
    places = range(len(close)) if places is None else places
    days = weekdays(max(places) + 1)
    frame = flat_bars(len(close), 1.0, 10.0).assign(session=days[list(places)], open=open_, close=close)
    high, low = np.maximum(open_, close), np.minimum(open_, close)
    return frame.assign(high=high, low=low, **columns)


def _clock(n):
    """A symbol with a bar on every session: the market's calendar."""
    return flat_bars(n, 1.0, 1.0)


def test_the_return_runs_from_the_next_open_to_the_close_of_the_horizon():
    """Bought at 11 the next day, sold at 13.2 two sessions after the signal: 20 %."""
    panel = make_panel({"A": _line([10.0, 11.0, 12.0, 14.0], [10.5, 11.5, 13.2, 13.0])})
    found = _labels(panel, 2)
    np.testing.assert_allclose(found.forward_return, [0.2, 13.0 / 12.0 - 1.0, np.nan, np.nan])
    days = weekdays(4)
    np.testing.assert_array_equal(found.first_session, [days[1], days[2], NAT, NAT])
    np.testing.assert_array_equal(found.last_session, [days[2], days[3], NAT, NAT])
    np.testing.assert_array_equal(found.two_class, [UP, UP, UNKNOWN, UNKNOWN])
    assert (found.three_class == UNKNOWN).all()  # twenty returns are not there yet


def test_dividends_and_splits_within_the_horizon_count_and_on_the_entry_do_not():
    """Split 2:1 and 1.0 of dividend on the second day: 100 buys one share, later two at 51 and 2 in cash."""
    close = [100.0, 100.0, 51.0]
    within = _line([100.0, 100.0, 50.0], close, dividend=[0.0, 0.0, 1.0], split=[1.0, 1.0, 2.0])
    found = _labels(make_panel({"A": within}), 2)
    assert found.forward_return[0] == pytest.approx(0.04)
    # Who buys at the open of the ex-date gets neither the dividend nor the second share.
    on_entry = _line(
        [100.0, 50.0, 50.0], [100.0, 50.0, 51.0], dividend=[0.0, 1.0, 0.0], split=[1.0, 2.0, 1.0]
    )
    found = _labels(make_panel({"A": on_entry}), 2)
    assert found.forward_return[0] == pytest.approx(0.02)


def test_classes_by_hand():
    """Twenty log returns of +1 % and -1 % by turns: s = 0.01 sqrt(20/19) sqrt(5), k = 0.5."""
    n = 60
    close = 100.0 * np.exp(0.01 * (np.arange(n) % 2))
    threshold = 0.5 * 0.01 * math.sqrt(20 / 19) * math.sqrt(5)
    for factor, expected in ((1.01, UP), (0.99, NEUTRAL), (-0.99, NEUTRAL), (-1.01, DOWN)):
        # The open of session 31 makes the return of the signal of session 30.
        open_ = close.copy()
        open_[31] = close[35] / (1.0 + factor * threshold)
        found = _labels(make_panel({"A": _line(open_, close)}))
        assert found.threshold[30] == pytest.approx(threshold, rel=1e-9)
        assert found.three_class[30] == expected
        assert found.two_class[30] == (UP if factor > 0 else DOWN)
        assert (found.three_class[:20] == UNKNOWN).all()
        assert (found.three_class[20:55] != UNKNOWN).all()
        assert (found.three_class[55:] == UNKNOWN).all()


def test_a_return_of_nothing_is_neutral_and_has_no_sign():
    found = _labels(make_panel({"A": _clock(40)}))
    assert (found.three_class[20:35] == NEUTRAL).all()
    assert (found.two_class == UNKNOWN).all()
    assert (found.forward_return[:35] == 0.0).all()


def test_an_order_waits_for_an_open_of_five_sessions_more():
    """Signals of session 0; next bar at session 2, 6 or 7 of a horizon of 8."""
    for place, expected in ((2, 0.5), (6, 0.5), (7, np.nan)):
        frame = _line([1.0, 2.0, 3.0, 3.0], [1.0, 2.5, 3.0, 3.0], [0, place, 8, 20])
        found = _labels(make_panel({"A": frame, "Z": _clock(21)}), 8)
        np.testing.assert_allclose(found.forward_return[0], expected)
    days = weekdays(21)
    frame = _line([1.0, 2.0, 3.0], [1.0, 2.5, 3.0], [0, 2, 8])
    found = _labels(make_panel({"A": frame, "Z": _clock(21)}), 8)
    assert (found.first_session[0], found.last_session[0]) == (days[1], days[8])


def test_an_order_that_would_be_filled_after_the_horizon_has_no_label():
    frame = _line([1.0, 2.0, 3.0], [1.0, 2.5, 3.0], [0, 3, 4])
    panel = make_panel({"A": frame, "Z": _clock(21)})
    assert np.isnan(_labels(panel, 2).forward_return[0])
    assert _labels(panel, 3).forward_return[0] == pytest.approx(0.25)


def test_a_holding_without_a_close_is_worth_its_last_one():
    frame = _line([1.0, 2.0, 3.0], [1.0, 2.5, 9.0], [0, 1, 15])
    found = _labels(make_panel({"A": frame, "Z": _clock(30)}), 5)
    assert found.forward_return[0] == pytest.approx(0.25)


def test_a_delisting_keeps_its_label_with_the_last_close():
    """The last bar is session 3, the panel goes on: who bought at 10 is left with 1."""
    frame = _line([10.0, 10.0, 8.0, 3.0], [10.0, 9.0, 7.0, 1.0])
    found = _labels(make_panel({"A": frame, "Z": _clock(30)}), 5)
    np.testing.assert_allclose(found.forward_return[:4], [-0.9, 1 / 8 - 1.0, 1 / 3 - 1.0, np.nan])
    assert found.last_session[2] == weekdays(30)[7]


@pytest.mark.parametrize(("n_sessions", "is_known"), [(9, False), (10, True)])
def test_whether_bars_are_late_or_at_an_end_is_told_after_five_sessions(n_sessions, is_known):
    """The last bar is session 3; a horizon of 2 from session 2 ends at session 4."""
    frame = _line([10.0, 10.0, 8.0, 3.0], [10.0, 9.0, 7.0, 1.0])
    found = _labels(make_panel({"A": frame, "Z": _clock(n_sessions)}), 2)
    assert np.isfinite(found.forward_return[:2]).all()  # they end with the bars
    assert np.isfinite(found.forward_return[2]) == is_known


@pytest.mark.parametrize("horizon", [0, 21])
def test_a_horizon_outside_one_to_twenty_is_refused(horizon):
    with pytest.raises(ValueError, match=f"A horizon of {horizon} sessions is not between 1 and 20"):
        _labels(make_panel({"A": _clock(5)}), horizon)


def test_a_negative_threshold_is_refused():
    with pytest.raises(ValueError, match=r"-0\.5 deviations"):
        _labels(make_panel({"A": _clock(5)}), 5, -0.5)


def test_no_bars_no_labels():
    panel = cut_panel(make_panel({"A": _clock(5)}), np.datetime64("1990-01-01"))
    assert _labels(panel).forward_return.size == 0


def _random_panel(seed):
    """Three symbols with events; gaps short and long, an early end and a late one; the calendar is whole."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 90))
    days, frames = weekdays(n), {}
    for name in "ABC":
        kept = np.sort(rng.choice(n, int(rng.integers(1, n + 1)), replace=False))
        if rng.random() < 0.5:
            kept = np.delete(np.arange(n), np.arange(*np.sort(rng.integers(0, n, 2))))[
                : int(rng.integers(1, n + 1))
            ]
        kept = kept if kept.size else np.array([0])
        frame = random_bars(rng, kept.size).assign(session=days[kept], dividend=0.0, split=1.0)
        frame.loc[int(rng.integers(0, kept.size)), ["dividend", "split"]] = [1.0, 2.0]
        frames[name] = frame
    return {**frames, "Z": _clock(n)}


def _slowly(frames, horizon):
    """Follow one order after the other."""
    sessions = sorted(
        {day for frame in frames.values() for day in frame.get("session", weekdays(len(frame)))}
    )
    found = []
    for frame in frames.values():
        whole = frame.assign(dividend=frame.get("dividend", 0.0), split=frame.get("split", 1.0))
        factor = dict(enumerate(backward_factors(whole)))
        own = {day: i for i, day in enumerate(whole.get("session", weekdays(len(whole))))}
        for day in own:
            found.append(_follow(whole, own, factor, sessions, sessions.index(day), horizon))
    return found


def _follow(frame, own, factor, sessions, t, horizon):
    if t + horizon >= len(sessions):
        return math.nan
    last_bar = sessions.index(max(own))
    if last_bar < t + horizon and len(sessions) - 1 - last_bar <= 5:
        return math.nan
    for day in sessions[t + 1 : t + 1 + min(6, horizon)]:
        if day in own:
            bought = frame["open"].iloc[own[day]] * factor[own[day]]
            break
    else:
        return math.nan
    i = own[max(day for day in sessions[: t + horizon + 1] if day in own)]
    return frame["close"].iloc[i] * factor[i] / bought - 1.0


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_equal_a_slow_reference(seed, horizon):
    frames = _random_panel(seed)
    found = _labels(make_panel(frames), horizon)
    np.testing.assert_allclose(found.forward_return, _slowly(frames, horizon), rtol=1e-9, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.floats(0.0, 1.0))
def test_a_label_once_given_never_changes_and_looks_no_further_than_it_says(seed, horizon, share):
    panel = make_panel(_random_panel(seed))
    days = np.unique(panel.session)
    cut = days[int(share * (days.size - 1))]
    then, now = _labels(cut_panel(panel, cut), horizon), _labels(panel, horizon)
    keep = panel.session <= cut
    given_then = np.isfinite(then.forward_return)
    for name in ("forward_return", "three_class", "two_class", "first_session", "last_session"):
        before, after = getattr(then, name)[given_then], getattr(now, name)[keep][given_then]
        np.testing.assert_array_equal(before, after, err_msg=name)
    np.testing.assert_array_equal(then.threshold, now.threshold[keep])
    assert (then.last_session[given_then] <= cut).all()
    place = np.searchsorted(days, panel.session[keep][given_then])
    np.testing.assert_array_equal(then.first_session[given_then], days[place + 1])
    np.testing.assert_array_equal(then.last_session[given_then], days[place + horizon])
    # What came later although its horizon was over had to wait: its bars had just ended.
    late = np.isfinite(now.forward_return[keep]) & (now.last_session[keep] <= cut) & ~given_then
    own_last = {code: panel.session[keep & (panel.code == code)].max() for code in panel.code[keep]}
    for row in np.flatnonzero(late):
        newest = own_last[panel.code[keep][row]]
        assert newest < now.last_session[keep][row]
        assert np.searchsorted(days, cut) - np.searchsorted(days, newest) <= 5
