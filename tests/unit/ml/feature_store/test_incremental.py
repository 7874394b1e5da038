"""What comes from the store is what computing everything gives, whatever changed in between."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.domain.errors import JobCancelledError
from services.ml.feature_store import store
from services.ml.feature_store.store import features_for, open_features
from services.quant.features.context import CloseSeries
from tests.unit.ml.feature_store.conftest import (
    N_SESSIONS,
    assert_equal,
    directly,
    make_inputs,
    no_progress,
    sessions_of,
    until,
    with_context,
    with_rows,
    without_rows,
)

CHANGED = 560  # the session at which something is changed


def test_the_first_time_everything_is_computed_and_then_nothing(whole, features, computed):
    days = sessions_of(whole)
    np.testing.assert_array_equal(features(whole), directly(whole))
    assert computed.take() == [(days[0], days[-1])]
    np.testing.assert_array_equal(features(whole), directly(whole))
    assert computed.take() == []


@pytest.mark.parametrize("n_before", [1, 404, 640, N_SESSIONS - 1])
def test_when_sessions_arrive_they_alone_are_computed(whole, features, computed, n_before):
    days = sessions_of(whole)
    before = until(whole, n_before)
    features(before)
    computed.take()
    assert_equal(features(whole), whole)
    assert computed.take() == [(days[n_before], days[-1])]


@pytest.mark.slow
def test_evening_by_evening(whole, features, computed):
    days = sessions_of(whole)
    features(until(whole, 670))
    computed.take()
    for n_sessions in range(671, 681):
        now = until(whole, n_sessions)
        assert_equal(features(now), now)
    assert computed.take() == [(day, day) for day in days[670:680]]


def _row(inputs, symbol=0, session=CHANGED):
    """Return a row of a symbol at a session or, where it has no bar then, the next one."""
    panel = inputs.panel
    first, last = panel.starts[symbol : symbol + 2]
    return int(first + np.searchsorted(panel.session[first:last], sessions_of(inputs)[session]))


def _changed(column, row, factor):
    values = column.copy()
    values[row] = values[row] * factor
    return values


def _restated_bar(inputs):
    panel, row = inputs.panel, _row(inputs)
    names = ("open", "high", "low", "close")
    return with_rows(inputs, **{name: _changed(getattr(panel, name), row, 1.02) for name in names})


def _restated_volume(inputs):
    panel = inputs.panel
    return with_rows(inputs, volume=_changed(panel.volume, _row(inputs), 3.0))


def _late_split(inputs):
    return with_rows(inputs, split=_changed(inputs.panel.split, _row(inputs), 2.0))


def _late_dividend(inputs):
    dividend = inputs.panel.dividend.copy()
    dividend[_row(inputs)] += 0.7
    return with_rows(inputs, dividend=dividend)


def _membership(inputs):
    is_member = inputs.context.is_member.copy()
    is_member[_row(inputs)] = ~is_member[_row(inputs)]
    return with_context(inputs, is_member=is_member)


def _series(inputs, name):
    series = getattr(inputs.context, name)
    place = np.searchsorted(series.session, sessions_of(inputs)[CHANGED])
    return with_context(inputs, **{name: CloseSeries(series.session, _changed(series.close, place, 1.001))})


def _benchmark(inputs):
    return _series(inputs, "benchmark")


def _vix(inputs):
    return _series(inputs, "vix")


def _lost_vix(inputs):
    """A close is withdrawn: the one before it stands there again."""
    vix, gone = inputs.context.vix, sessions_of(inputs)[CHANGED]
    keep = vix.session != gone
    return with_context(inputs, vix=CloseSeries(vix.session[keep], vix.close[keep]))


def _lost_bar(inputs):
    gone = np.zeros(inputs.panel.n_rows, dtype=bool)
    gone[_row(inputs)] = True
    return without_rows(inputs, gone)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        _restated_bar,
        _restated_volume,
        _late_split,
        _late_dividend,
        _membership,
        _benchmark,
        _vix,
        _lost_vix,
        _lost_bar,
    ],
)
def test_from_a_change_on_everything_is_computed_again(whole, features, computed, change):
    before = until(whole, N_SESSIONS - 5)
    features(before)
    computed.take()
    now = change(whole)
    assert_equal(features(now), now)
    ((first, last),) = computed.take()
    days = sessions_of(whole)
    assert (first, last) == (days[CHANGED], days[-1])
    assert_equal(features(whole), whole)  # and it can be taken back
    assert computed.take()[0][0] == days[CHANGED]


def test_a_symbol_that_enters_later_and_one_whose_history_comes_too(whole, features, computed):
    days = sessions_of(whole)
    late = whole.panel.code == 2
    features(without_rows(whole, late & (whole.panel.session < days[CHANGED])))
    computed.take()
    assert_equal(features(whole), whole)
    assert computed.take() == [(days[0], days[-1])]
    listed = without_rows(whole, late & (whole.panel.session < days[CHANGED]))
    features(without_rows(whole, late))
    computed.take()
    assert_equal(features(listed), listed)
    assert computed.take()[0][0] == days[CHANGED]


def test_a_symbol_that_leaves_the_universe(whole, features):
    features(whole)
    now = without_rows(whole, whole.panel.code == 1)
    assert_equal(features(now), now)


def test_another_sector_and_another_numbering_of_the_same(whole, features, computed):
    features(whole)
    computed.take()
    order = np.array([2, 0, 1])
    renumbered = with_context(
        whole, sector=np.where(whole.context.sector < 0, -1, order[whole.context.sector])
    )
    names = {int(order[code]): name for code, name in whole.sector_names.items()}
    features(replace(renumbered, sector_names=names))
    assert computed.take() == []
    moved = whole.context.sector.copy()
    moved[0] = 1
    now = with_context(whole, sector=moved)
    assert_equal(features(now), now)


@pytest.mark.parametrize("name", ["benchmark", "vix"])
def test_a_series_that_was_not_known_at_all(whole, features, name):
    without = with_context(whole, **{name: None})
    assert_equal(features(without), without)
    assert_equal(features(whole), whole)
    later = getattr(whole.context, name)
    nothing_yet = with_context(whole, **{name: CloseSeries(later.session[:0], later.close[:0])})
    assert_equal(features(nothing_yet), nothing_yet)


def test_another_order_of_the_symbols(whole, features):
    """A database made anew may number its instruments otherwise."""
    features(whole)
    panel, context = whole.panel, whole.context
    order = np.arange(len(panel.symbols))[::-1]
    rows = np.concatenate([np.arange(*panel.starts[at : at + 2]) for at in order])
    columns = ("session", "open", "high", "low", "close", "volume", "known_at", "dividend", "split")
    turned = replace(
        panel,
        symbols=tuple(panel.symbols[at] for at in order),
        starts=np.concatenate(([0], np.cumsum(np.diff(panel.starts)[order]))),
        gross_growth=panel.gross_growth[rows],
        share_growth=panel.share_growth[rows],
        **{name: getattr(panel, name)[rows] for name in columns},
    )
    now = make_inputs(
        turned, replace(context, sector=context.sector[order], is_member=context.is_member[rows])
    )
    assert_equal(features(now), now)


def test_a_large_history_is_computed_in_parts(whole, features, computed, monkeypatch):
    monkeypatch.setattr(store, "_ROWS_AT_A_TIME", 1)
    monkeypatch.setattr(store, "LEAD_SESSIONS", 405)
    assert_equal(features(whole), whole)
    days = sessions_of(whole)
    first, second = computed.take()
    assert first[0] == days[0]
    assert second[1] == days[-1]
    assert np.searchsorted(days, first[1]) + 1 == np.searchsorted(days, second[0]) <= 405


def test_earlier_beliefs_are_read_beside_the_store_and_change_nothing_in_it(
    whole, tmp_path, features, computed
):
    features(whole)
    files = {path: path.read_bytes() for path in tmp_path.rglob("*.arrow")}
    computed.take()
    then = until(whole, 600)
    found = open_features(then, tmp_path, no_progress, keep=False)
    assert computed.take() == []  # the part up to then is there
    np.testing.assert_array_equal(found.of_rows(slice(0, then.panel.n_rows)), directly(then))
    restated = until(_restated_bar(whole), 600)
    found = open_features(restated, tmp_path, no_progress, keep=False)
    assert computed.take() == [(sessions_of(whole)[CHANGED], sessions_of(whole)[599])]
    assert_equal(found.of_rows(slice(0, restated.panel.n_rows)), restated)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files


def test_a_cancelled_computation_keeps_its_finished_months(whole, tmp_path, computed, monkeypatch):
    monkeypatch.setattr(store, "_ROWS_AT_A_TIME", 1)

    def cancel(done, total, message):
        if done:
            raise JobCancelledError

    with pytest.raises(JobCancelledError):
        features_for(whole, tmp_path, cancel)
    (done,) = computed.take()
    features_for(whole, tmp_path, no_progress)
    (rest,) = computed.take()
    assert done[1] < rest[0]


def test_no_bars_have_no_features(whole, features):
    nothing = without_rows(whole, np.ones(whole.panel.n_rows, dtype=bool))
    assert features(nothing).shape == (0, directly(whole).shape[1])


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data())
def test_any_run_of_changes(whole, features, draw):
    now = until(whole, draw.draw(st.integers(1, 650)))
    features(now)
    n_sessions = draw.draw(st.integers(sessions_of(now).size, N_SESSIONS))
    now = until(whole, n_sessions)
    row = draw.draw(st.integers(0, now.panel.n_rows - 1))
    change = draw.draw(st.sampled_from(["close", "volume", "split", "dividend", "gone", "member", "none"]))
    if change == "gone":
        gone = np.zeros(now.panel.n_rows, dtype=bool)
        gone[row] = True
        now = without_rows(now, gone)
    elif change == "member":
        is_member = now.context.is_member.copy()
        is_member[row] = ~is_member[row]
        now = with_context(now, is_member=is_member)
    elif change == "dividend":
        dividend = now.panel.dividend.copy()
        dividend[row] += 0.01 * now.panel.close[row]
        now = with_rows(now, dividend=dividend)
    elif change == "close":
        panel = now.panel
        close = panel.close.copy()
        close[row] = draw.draw(st.sampled_from([panel.high[row], panel.low[row]]))
        now = with_rows(now, close=close)
    elif change != "none":
        now = with_rows(now, **{change: _changed(getattr(now.panel, change), row, 2.0)})
    assert_equal(features(now), now)
