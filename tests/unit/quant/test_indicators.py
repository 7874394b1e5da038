"""Every indicator of the registry against its definition and against TA-Lib."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from services.quant.gaps import fill_gaps
from services.quant.indicators.registry import METADATA, compute_indicators
from tests.unit.quant import plain
from tests.unit.quant.factories import flat_bars, make_panel, random_bars

NAMES = list(METADATA)
seeds = st.integers(0, 2**32 - 1)


def _compute(panel):
    return compute_indicators(panel, fill_gaps(panel))


def _ramp(n, step=1.0):
    frame = flat_bars(n, 100.0)
    rise = step * np.arange(n)
    return frame.assign(open=100.0 + rise, high=100.5 + rise, low=99.5 + rise, close=100.0 + rise)


@pytest.fixture(scope="module")
def computed(sample_panel):
    return _compute(sample_panel)


@pytest.fixture(scope="module")
def plainly(sample_frames):
    found = [plain.indicators(frame) for frame in sample_frames.values()]
    return {name: np.concatenate([values[name] for values in found]) for name in found[0]}


def _with_talib(high, low, close):
    macd, signal, histogram = talib.MACD(close, 12, 26, 9)
    upper, middle, lower = talib.BBANDS(close, 20, 2.0, 2.0)
    return {
        "rsi_14": talib.RSI(close, 14),
        "macd": macd,
        "macd_signal": signal,
        "macd_hist": histogram,
        **{f"sma_{n}": talib.SMA(close, n) for n in (20, 50, 200)},
        "bb_upper": upper,
        "bb_middle": middle,
        "bb_lower": lower,
        "atr_14": talib.ATR(high, low, close, 14),
    }


def test_rising_prices_by_hand():
    """A close that rises by 1 a day: all gains; means lag by half their length; the range is 1.5 a day."""
    panel = make_panel({"A": _ramp(300)})
    values, close = _compute(panel), panel.close
    assert values["rsi_14"][-1] == 100.0
    assert values["sma_200"][-1] == pytest.approx(close[-1] - 99.5)
    assert values["macd"][-1] == pytest.approx(12.5 - 5.5)  # exponential means lag by (n - 1) / 2 as well
    assert values["macd_hist"][-1] == pytest.approx(0.0, abs=1e-9)
    deviation = np.sqrt((20**2 - 1) / 12.0)  # population deviation of 20 whole numbers
    assert values["bb_upper"][-1] == pytest.approx(close[-1] - 9.5 + 2 * deviation)
    assert values["bb_lower"][-1] == pytest.approx(close[-1] - 9.5 - 2 * deviation)
    assert values["atr_14"][-1] == pytest.approx(1.5)


def test_rsi_by_hand():
    """Nine gains of 1 and five losses: 100 * 9 / 14; a gain of 2 then makes 100 * (9*13+28)/(14*13+28)."""
    close = 100.0 + np.cumsum([0, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, 2])
    frame = flat_bars(16, 1.0).assign(open=close, high=close, low=close, close=close)
    rsi = _compute(make_panel({"A": frame}))["rsi_14"]
    assert np.isnan(rsi[:14]).all()
    assert rsi[14] == pytest.approx(100.0 * 9 / 14)
    assert rsi[15] == pytest.approx(100.0 * (9 * 13 + 28) / (14 * 13 + 28))


@pytest.mark.parametrize("name", NAMES)
def test_equals_the_definition_on_every_session_of_the_sample(name, computed, plainly):
    scale = {"rsi_14": 100.0}.get(name, 1.0)
    np.testing.assert_allclose(computed[name], plainly[name], rtol=1e-9, atol=1e-9 * scale)


@pytest.mark.parametrize("name", NAMES)
def test_equals_talib_on_the_sources_own_adjusted_prices(name, computed, sample_frames):
    expected = []
    for frame in sample_frames.values():
        factor = (frame["adj_close"] / frame["close"]).to_numpy()
        prices = [frame[column].to_numpy() * factor for column in ("high", "low", "close")]
        value = _with_talib(*prices)[name]
        expected.append(value / factor if METADATA[name].in_price_units else value)
    np.testing.assert_allclose(computed[name], np.concatenate(expected), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_nan_in_the_declared_warm_up_and_nowhere_else(name, computed, sample_panel):
    warm_up = METADATA[name].warm_up_sessions
    for first, last in pairwise(sample_panel.starts.tolist()):
        assert np.isnan(computed[name][first : first + warm_up - 1]).all()
        assert np.isfinite(computed[name][first + warm_up - 1 : last]).all()


@pytest.mark.parametrize("n", [1, 2, 14, 15, 19, 20, 33, 34, 199, 200])
def test_short_histories_give_nan_up_to_the_warm_up(n):
    values = _compute(make_panel({"A": random_bars(np.random.default_rng(n), n), "B": flat_bars(3, 5.0)}))
    for name, metadata in METADATA.items():
        own = values[name][:n]
        assert np.isfinite(own).sum() == max(0, n - metadata.warm_up_sessions + 1), name


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from([0.002, 0.02, 0.08]), st.sampled_from([0.5, 40.0, 600.0]))
def test_equals_the_definition_on_random_prices_with_events(seed, spread, price):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 320))
    frame = random_bars(rng, n, price, spread).assign(dividend=0.0, split=1.0)
    for day in rng.integers(0, n, 3).tolist():
        frame.loc[day, "dividend"] = 0.01 * frame.loc[day, "close"]
        frame.loc[day, "split"] = float(rng.choice([1.0, 2.0, 1.5, 0.1]))
    values, expected = _compute(make_panel({"A": frame})), plain.indicators(frame)
    for name in NAMES:
        scale = 100.0 if name == "rsi_14" else frame["close"].max() * 100.0
        np.testing.assert_allclose(values[name], expected[name], rtol=1e-9, atol=1e-9 * scale, err_msg=name)


@settings(max_examples=40, deadline=None)
@given(st.floats(1e-3, 1e5), seeds, st.sampled_from([0.0, np.nan]))
def test_standing_prices_and_no_volume_give_no_infinities(price, seed, volume):
    before = random_bars(np.random.default_rng(seed), seed % 50, price)
    frame = pd.concat([before, flat_bars(260, price, volume)], ignore_index=True)
    values = _compute(make_panel({"A": frame}))
    for name, metadata in METADATA.items():
        assert np.isfinite(values[name][metadata.warm_up_sessions - 1 :]).all(), name
    assert values["sma_200"][-1] == pytest.approx(price, rel=1e-10)
    assert values["atr_14"][-1] <= 1e-6 * price + 1e-12
    assert 0.0 <= values["rsi_14"][-1] <= 100.0
