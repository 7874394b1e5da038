"""No indicator looks ahead, forgets its units, or remembers its start for longer than it declares."""

import numpy as np
import pytest

from services.quant.gaps import fill_gaps
from services.quant.indicators.registry import METADATA, compute_indicators
from services.quant.panels import cut_panel
from tests.unit.quant.convergence import converging
from tests.unit.quant.factories import frames_of_panel, make_panel, random_bars

NAMES = list(METADATA)


def _compute(panel):
    return compute_indicators(panel, fill_gaps(panel))


def _gappy_panel(seed):
    """Three symbols with events, each missing some bars, one of them for long."""
    rng = np.random.default_rng(seed)
    whole = frames_of_panel(make_panel({name: random_bars(rng, 420) for name in "ABC"}))
    for frame in whole.values():
        frame.loc[rng.integers(1, 420, 4), "dividend"] = 0.3
        frame.loc[rng.integers(1, 420), "split"] = 3.0
    whole["B"] = whole["B"].drop(index=rng.choice(420, 40, replace=False))
    whole["C"] = whole["C"].drop(index=range(210, 222))
    whole["C"].loc[rng.integers(0, 200, 30), "volume"] = np.nan
    whole["I"] = random_bars(rng, 420).assign(volume=np.nan)  # an index
    return make_panel(whole)


@pytest.fixture(scope="module")
def panels(sample_panel):
    return [sample_panel, _gappy_panel(1), _gappy_panel(2)]


@pytest.mark.parametrize("seed", range(6))
def test_no_value_changes_when_later_bars_arrive(panels, seed):
    rng = np.random.default_rng(seed)
    for panel in panels:
        whole = _compute(panel)
        cut = rng.choice(np.unique(panel.session))
        part = _compute(cut_panel(panel, cut))
        keep = panel.session <= cut
        for name in NAMES:
            np.testing.assert_array_equal(whole[name][keep], part[name], err_msg=f"{name} at {cut}")


@pytest.mark.parametrize("seed", range(4))
def test_the_start_does_not_matter_after_the_declared_convergence(sample_frames, sample_panel, seed):
    rng = np.random.default_rng(seed)
    moved = {name: int(rng.integers(1, len(frame) // 3)) for name, frame in sample_frames.items()}
    later = make_panel({name: frame.iloc[moved[name] :] for name, frame in sample_frames.items()})
    whole, part = _compute(sample_panel), _compute(later)
    for name, metadata in METADATA.items():
        wholly, partly = converging(name, sample_panel, whole), converging(name, later, part)
        n_compared = 0
        for i, symbol in enumerate(sample_panel.symbols):
            n = metadata.convergence_sessions - 1 + metadata.cumulative  # a change takes one session more
            theirs = partly[later.starts[i] + n : later.starts[i + 1]]
            ours = wholly[sample_panel.starts[i] + moved[symbol] + n : sample_panel.starts[i + 1]]
            np.testing.assert_allclose(ours, theirs, rtol=0.0, atol=1e-6, err_msg=f"{name} of {symbol}")
            assert not np.isnan(ours).any()
            n_compared += ours.size
        assert n_compared > 500, name


@pytest.mark.parametrize("name", NAMES)
def test_the_convergence_length_holds_the_warm_up_and_is_not_idle(name):
    """A third of the declared length is not enough, all of it is."""
    metadata = METADATA[name]
    assert metadata.convergence_sessions >= metadata.warm_up_sessions
    frame = random_bars(np.random.default_rng(5), 3500, spread=0.03)
    panels = make_panel({"A": frame}), make_panel({"A": frame.iloc[900:]})
    whole, part = (converging(name, panel, _compute(panel)) for panel in panels)
    n = metadata.convergence_sessions - 1 + metadata.cumulative
    assert whole[900 + n] == pytest.approx(part[n], rel=0.0, abs=1e-6)
    assert not np.isclose(whole[900 + n // 3], part[n // 3], rtol=1e-9, atol=0.0)


@pytest.mark.parametrize("name", [name for name, column in METADATA.items() if column.cumulative])
def test_a_cumulative_indicator_never_forgets_its_start(name):
    frame = random_bars(np.random.default_rng(5), 3000)
    whole, part = (_compute(make_panel({"A": f}))[name] for f in (frame, frame.iloc[900:]))
    assert abs(whole[-1] - part[-1]) == pytest.approx(abs(whole[900] - part[0]), rel=1e-9)
    assert abs(whole[-1] - part[-1]) > 1e4


def _with_split(frame, day, ratio):
    """The same company, had it split: later quotes are divided, volume multiplied."""
    split = frame.assign(split=1.0)
    split.loc[day, "split"] = ratio
    later = split.index >= day
    split.loc[later, ["open", "high", "low", "close"]] /= ratio
    split.loc[later, "volume"] *= ratio
    return split


@pytest.mark.parametrize("name", NAMES)
def test_values_stand_in_the_units_of_their_own_session(name):
    frame = random_bars(np.random.default_rng(7), 320)
    before, after = (_compute(make_panel({"A": f}))[name] for f in (frame, _with_split(frame, 300, 4.0)))
    np.testing.assert_array_equal(before[:300], after[:300])
    column = METADATA[name]
    ratio = 4.0 if column.in_price_units else 0.25 if column.in_share_units else 1.0
    np.testing.assert_allclose(before[300:], after[300:] * ratio, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_a_dividend_is_no_fall(name):
    """A quote that drops by the dividend alone leaves the RSI where it was, and the averages with it."""
    frame = random_bars(np.random.default_rng(8), 320)
    paid = frame.assign(dividend=0.0)
    paid.loc[300:, ["open", "high", "low", "close"]] *= 0.9
    paid.loc[300, "dividend"] = paid.loc[300, "close"] / 9.0
    before, after = (_compute(make_panel({"A": f}))[name] for f in (frame, paid))
    np.testing.assert_array_equal(before[:300], after[:300])
    ratio = 0.9 if METADATA[name].in_price_units else 1.0
    np.testing.assert_allclose(before[300:] * ratio, after[300:], rtol=1e-9, atol=1e-9)


def test_a_long_gap_begins_anew_and_a_short_one_does_not():
    frame = frames_of_panel(make_panel({"A": random_bars(np.random.default_rng(9), 500)}))["A"]
    other = frame.copy()
    long_gap, short_gap = frame.drop(index=range(250, 256)), frame.drop(index=range(250, 255))
    after_long = _compute(make_panel({"A": long_gap, "Z": other}))
    fresh = _compute(make_panel({"A": frame.iloc[256:], "Z": other}))
    after_short = _compute(make_panel({"A": short_gap, "Z": other}))
    for name in NAMES:
        np.testing.assert_allclose(after_long[name][250:494], fresh[name][:244], rtol=1e-8, atol=1e-8)
        assert np.isfinite(after_short[name][250:495]).all()


def test_a_gap_is_filled_with_the_bar_before():
    frame = frames_of_panel(make_panel({"A": random_bars(np.random.default_rng(10), 300)}))["A"]
    repeated = frame.copy()
    columns = ["open", "high", "low", "close", "volume"]
    repeated.loc[range(250, 255), columns] = frame.loc[249, columns].to_numpy(dtype=float)
    gappy = _compute(make_panel({"A": frame.drop(index=range(250, 255)), "Z": frame}))
    whole = _compute(make_panel({"A": repeated, "Z": frame}))
    own = np.delete(np.arange(300), range(250, 255))
    for name in NAMES:
        np.testing.assert_array_equal(gappy[name][:295], whole[name][:300][own])


def test_symbols_do_not_touch_each_other():
    panel = _gappy_panel(3)
    whole = _compute(panel)
    frames = frames_of_panel(panel)
    turned = make_panel({name: frames[name] for name in reversed(frames)})
    values = _compute(turned)
    for name in NAMES:
        by_symbol = {
            symbol: values[name][turned.starts[i] : turned.starts[i + 1]]
            for i, symbol in enumerate(turned.symbols)
        }
        np.testing.assert_array_equal(whole[name], np.concatenate([by_symbol[s] for s in panel.symbols]))
