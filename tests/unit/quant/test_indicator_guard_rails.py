"""Standing prices, sessions without trade, sources without volume: values stay what their words say."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.quant.gaps import fill_gaps
from services.quant.indicators.registry import METADATA, compute_indicators
from tests.unit.quant.factories import flat_bars, make_panel, random_bars

NAMES = list(METADATA)
VOLUME = [name for name, column in METADATA.items() if column.family == "volume"]
seeds = st.integers(0, 2**32 - 1)


def _compute(frame):
    panel = make_panel({"A": frame})
    return compute_indicators(panel, fill_gaps(panel))


def _finite_after_warm_up(values, names):
    for name in names:
        begin = METADATA[name].warm_up_sessions - 1
        assert np.isnan(values[name][:begin]).all(), name
        assert np.isfinite(values[name][begin:]).all(), name


def _standing_at(price, volume):
    """Return what each indicator is where all prices and volumes are equal."""
    is_price = {name for name, column in METADATA.items() if column.in_price_units}
    expected = {name: price if name in is_price else 0.0 for name in NAMES}
    no_spread = dict.fromkeys(("macd", "macd_signal", "macd_hist", "atr_14"), 0.0)
    counts = {"obv": volume, "accumulation_distribution": 0.0, "relative_volume_20": 1.0}
    return {**expected, **no_spread, **counts}


@settings(max_examples=40, deadline=None)
@given(st.floats(1e-3, 1e5), st.sampled_from([0.0, 1.0, 1e9]))
def test_standing_prices_have_the_values_that_their_words_give_them(price, volume):
    values = _compute(flat_bars(260, price, volume))
    _finite_after_warm_up(values, NAMES)
    for name, expected in _standing_at(price, volume).items():
        own = values[name][METADATA[name].warm_up_sessions - 1 :]
        # TA-Lib's Bollinger bands are means of running sums, whose squares leave a millionth of the price.
        tolerance = 1e-6 * price if name.startswith("bb_") else 1e-10 * price
        np.testing.assert_allclose(own, expected, rtol=1e-12, atol=tolerance, err_msg=name)
        if expected == 0.0 and not METADATA[name].in_price_units:
            assert (own == 0.0).all(), name


@settings(max_examples=40, deadline=None)
@given(st.floats(1e-3, 1e5), seeds, st.floats(0.0, 1e12))
def test_what_moved_before_prices_stood_still_wears_off(price, seed, volume):
    before = random_bars(np.random.default_rng(seed), seed % 50, price)
    busy = before.assign(volume=before["volume"] * volume)
    values = _compute(pd.concat([busy, flat_bars(260, price)], ignore_index=True))
    _finite_after_warm_up(values, NAMES)
    for name in ("roc_12", "stoch_k", "stoch_d", "willr_14", "mfi_14", "volume_roc_12", "garman_klass_20"):
        # TA-Lib's running means of %K leave a rounding.
        assert values[name][-150:] == pytest.approx(0.0, abs=1e-11), name
    for name in ("hist_vol_20", "hist_vol_60", "mfi_14", "garman_klass_20"):
        assert (values[name][-150:] == 0.0).all(), name
    assert (values["relative_volume_20"][-150:] == 1.0).all()
    assert values["vwap_20"][-150:] == pytest.approx(price, rel=1e-12)
    assert values["sma_200"][-1] == pytest.approx(price, rel=1e-10)
    assert values["atr_14"][-1] <= 1e-6 * price + 1e-12
    # The first of these is the session at which SMA 200 meets SMA 50, but for what running sums leave.
    assert not (values["golden_cross"][-61:] == 1.0).any()
    assert not (values["death_cross"][-61:] == 1.0).any()


@settings(max_examples=40, deadline=None)
@given(seeds, st.sampled_from([1e-3, 50.0, 1e5]), st.sampled_from([1e-3, 0.05, 0.3]), st.floats(0.0, 1.0))
def test_values_keep_within_their_bounds(seed, price, spread, idle_share):
    rng = np.random.default_rng(seed)
    frame = random_bars(rng, 300, price, spread)
    frame.loc[rng.random(300) < idle_share, "volume"] = 0.0
    values = _compute(frame)
    _finite_after_warm_up(values, NAMES)
    bounds = {
        **dict.fromkeys(
            ("rsi_14", "stoch_k", "stoch_d", "mfi_14", "adx_14", "plus_di_14", "minus_di_14"), (0, 100)
        ),
        "willr_14": (-100, 0),
        "roc_12": (-100, np.inf),
        "volume_roc_12": (-100, np.inf),
        "relative_volume_20": (0, 20),
        **dict.fromkeys(("hist_vol_20", "hist_vol_60", "garman_klass_20", "atr_14"), (0, np.inf)),
    }
    for name, (low, high) in bounds.items():
        known = values[name][~np.isnan(values[name])]
        assert known.min() >= low - 1e-9, name
        assert known.max() <= high + 1e-9, name
    for name, n in (("vwap_20", 20), ("ichimoku_conversion", 9), ("ichimoku_base", 26), ("sma_50", 50)):
        begin = METADATA[name].warm_up_sessions - 1
        highest, lowest = frame["high"].rolling(n).max()[begin:], frame["low"].rolling(n).min()[begin:]
        assert (values[name][begin:] <= highest * (1 + 1e-9)).all(), name
        assert (values[name][begin:] >= lowest * (1 - 1e-9)).all(), name
    crossed = values["golden_cross"][200:], values["death_cross"][200:]
    assert np.isin(crossed, [0.0, 1.0]).all()
    assert not (crossed[0] * crossed[1]).any()


@pytest.mark.parametrize(
    "n", [0, 1, 2, 13, 14, 15, 19, 20, 21, 27, 28, 33, 34, 52, 61, 77, 78, 199, 200, 201, 202]
)
@pytest.mark.parametrize("volume", [0.0, np.nan])
def test_short_histories_have_no_value_before_their_warm_up(n, volume):
    standing = _compute(flat_bars(n, 5.0, volume))
    moving = _compute(random_bars(np.random.default_rng(n), n).assign(volume=volume))
    for values in (standing, moving):
        for name, metadata in METADATA.items():
            has_value = not (name in VOLUME and np.isnan(volume))
            n_values = max(0, n - metadata.warm_up_sessions + 1) if has_value else 0
            assert np.isfinite(values[name]).sum() == n_values, name
            assert np.isnan(values[name]).sum() == n - n_values, name


def test_an_index_without_volume_has_all_but_the_volume_indicators():
    frame = random_bars(np.random.default_rng(3), 300)
    without, with_volume = _compute(frame.assign(volume=np.nan)), _compute(frame)
    for name in NAMES:
        if name in VOLUME:
            assert np.isnan(without[name]).all(), name
        else:
            np.testing.assert_array_equal(without[name], with_volume[name])


@pytest.mark.parametrize("name", VOLUME)
def test_a_session_without_volume_is_missing_as_long_as_it_is_looked_at(name):
    frame = random_bars(np.random.default_rng(4), 120)
    gone, idle = frame.copy(), frame.copy()
    gone.loc[60, "volume"], idle.loc[60, "volume"] = np.nan, 0.0
    values, expected = _compute(gone)[name], _compute(idle)[name]
    begin = METADATA[name].warm_up_sessions - 1
    unknown = {
        "volume_roc_12": [60, 72],
        "obv": [60],
        "accumulation_distribution": [60],
        "mfi_14": range(60, 74),
    }.get(name, range(60, 80))
    assert np.flatnonzero(np.isnan(values[begin:])).tolist() == [place - begin for place in unknown]
    np.testing.assert_array_equal(np.delete(values, unknown), np.delete(expected, unknown))
