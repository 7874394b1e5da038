"""Every indicator of the registry against a second implementation, and against TA-Lib where that has it."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from services.quant.gaps import fill_gaps
from services.quant.indicators.registry import METADATA, STORED, compute_indicators
from tests.unit.quant import plain_indicators
from tests.unit.quant.factories import flat_bars, make_panel, random_bars

NAMES = list(METADATA)
seeds = st.integers(0, 2**32 - 1)


def _compute(panel):
    return compute_indicators(panel, fill_gaps(panel))


@pytest.fixture(scope="module")
def computed(sample_panel):
    return _compute(sample_panel)


@pytest.fixture(scope="module")
def plainly(sample_frames):
    found = [plain_indicators.indicators(frame) for frame in sample_frames.values()]
    return {name: np.concatenate([values[name] for values in found]) for name in found[0]}


def _with_talib(high, low, close, volume):
    """Return what TA-Lib has, by registry name."""
    macd, signal, histogram = talib.MACD(close, 12, 26, 9)
    upper, middle, lower = talib.BBANDS(close, 20, 2.0, 2.0)
    stoch_k, stoch_d = talib.STOCH(high, low, close, 14, 3, 0, 3, 0)
    return {
        "rsi_14": talib.RSI(close, 14),
        "macd": macd,
        "macd_signal": signal,
        "macd_hist": histogram,
        "roc_12": talib.ROC(close, 12),
        "stoch_k": stoch_k,
        "stoch_d": stoch_d,
        "willr_14": talib.WILLR(high, low, close, 14),
        **{f"sma_{n}": talib.SMA(close, n) for n in (5, 10, 20, 50, 200)},
        **{f"ema_{n}": talib.EMA(close, n) for n in (5, 10, 20, 50, 200)},
        "adx_14": talib.ADX(high, low, close, 14),
        "plus_di_14": talib.PLUS_DI(high, low, close, 14),
        "minus_di_14": talib.MINUS_DI(high, low, close, 14),
        "ichimoku_conversion": talib.MIDPRICE(high, low, 9),
        "ichimoku_base": talib.MIDPRICE(high, low, 26),
        "bb_upper": upper,
        "bb_middle": middle,
        "bb_lower": lower,
        "atr_14": talib.ATR(high, low, close, 14),
        "obv": talib.OBV(close, volume),
        "mfi_14": talib.MFI(high, low, close, volume, 14),
        "accumulation_distribution": talib.AD(high, low, close, volume),
        "volume_roc_12": talib.ROC(volume, 12),
    }


IN_TALIB = list(_with_talib(*np.ones((4, 300))))
# In adjusted prices that were whole cents, rounding tells which of two equal changes is larger: TA-Lib
# decides by where the adjustment began, the registry by the quotes.
HANGING_ON_TIES = ("adx_14", "plus_di_14", "minus_di_14", "obv", "mfi_14")


def _assert_equal(name, values, expected, frame):
    """Compare to 1e-9 of the price, of the shares that the sums are made of, or of 100."""
    scale = 100.0
    if METADATA[name].in_price_units:
        scale = frame["close"].max()
    elif METADATA[name].cumulative:
        scale = frame["volume"].sum()
    np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-9 * scale, err_msg=name)


@pytest.mark.parametrize("name", NAMES)
def test_equals_the_definition_on_every_session_of_the_sample(name, computed, plainly, sample_frames):
    _assert_equal(name, computed[name], plainly[name], pd.concat(sample_frames.values()))


@pytest.mark.parametrize("name", IN_TALIB)
def test_equals_talib_on_the_sources_own_adjusted_prices(name, computed, sample_frames, sample_panel):
    ends = pairwise(sample_panel.starts.tolist())
    n_compared = 0
    for frame, (first, last) in zip(sample_frames.values(), ends, strict=True):
        has_events = bool(frame["dividend"].any() or (frame["split"] != 1.0).any())
        if has_events and name in HANGING_ON_TIES:
            continue
        factor = (frame["adj_close"] / frame["close"]).to_numpy() if has_events else np.ones(len(frame))
        shares = (frame["split"].iloc[::-1].cumprod().iloc[::-1].shift(-1, fill_value=1.0)).to_numpy()
        prices = [frame[column].to_numpy() * factor for column in ("high", "low", "close")]
        value = _with_talib(*prices, frame["volume"].to_numpy() * shares)[name]
        if METADATA[name].in_price_units:
            value = value / factor
        if METADATA[name].in_share_units:
            value = value / shares
        _assert_equal(name, computed[name][first:last], value, frame)
        n_compared += 1
    assert n_compared == (2 if name in HANGING_ON_TIES else 5)


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
    values, expected = _compute(make_panel({"A": frame})), plain_indicators.indicators(frame)
    for name in NAMES:
        _assert_equal(name, values[name], expected[name], frame)


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from([0.002, 0.02, 0.08]), st.sampled_from([0.5, 40.0, 600.0]))
def test_equals_talib_on_random_prices_with_events(seed, spread, price):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(205, 500))
    frame = random_bars(rng, n, price, spread).assign(dividend=0.0, split=1.0)
    for day in rng.integers(0, n, 3).tolist():
        frame.loc[day, "dividend"] = 0.01 * frame.loc[day, "close"]
        frame.loc[day, "split"] = float(rng.choice([1.0, 2.0, 1.5, 0.1]))
    panel = make_panel({"A": frame})
    gross, shares = panel.gross_growth, panel.share_growth
    expected = _with_talib(panel.high * gross, panel.low * gross, panel.close * gross, panel.volume / shares)
    values = compute_indicators(panel, fill_gaps(panel), IN_TALIB)
    assert values.keys() == expected.keys()
    for name, value in values.items():
        unit = (
            gross if METADATA[name].in_price_units else 1.0 / shares if METADATA[name].in_share_units else 1.0
        )
        _assert_equal(name, value, expected[name] / unit, frame)


def test_only_what_is_asked_for_is_returned(sample_panel, computed):
    filled = fill_gaps(sample_panel)
    values = compute_indicators(sample_panel, filled, ["obv", "macd_signal", "adx_14"])
    assert list(values) == ["macd_signal", "adx_14", "obv"]  # in the registry's order
    for name, value in values.items():
        np.testing.assert_array_equal(value, computed[name])
    assert list(computed) == NAMES
    with pytest.raises(ValueError, match="rsi_15"):
        compute_indicators(sample_panel, filled, ["rsi_14", "rsi_15"])


def test_the_registry_says_everything_of_every_indicator():
    for name, column in METADATA.items():
        assert name == column.name
        assert column.family in {"momentum", "trend", "volatility", "volume"}
        assert all((column.title, column.formula, column.latex, column.source)), name
        assert column.latex.count("{") == column.latex.count("}"), name
        assert not (column.in_price_units and column.in_share_units), name
        assert not (column.cumulative and column.stored), name
    assert len({column.title for column in METADATA.values()}) == len(METADATA) == 40
    assert STORED == (
        "rsi_14", "macd", "macd_signal", "macd_hist", "sma_20", "sma_50", "sma_200", "bb_upper", "bb_middle",
        "bb_lower", "atr_14",
    )  # fmt: skip
