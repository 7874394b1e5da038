"""Every indicator on prices so simple that its value can be worked out by hand."""

import numpy as np
import pytest

from services.quant.gaps import fill_gaps
from services.quant.indicators.registry import compute_indicators
from services.quant.indicators.window import Window
from tests.unit.quant.factories import flat_bars, make_panel


def _compute(frame, *names):
    panel = make_panel({"A": frame})
    values = compute_indicators(panel, fill_gaps(panel), names)
    return values[names[0]] if len(names) == 1 else values


def _at(closes, volume=None):
    """Return bars without a range."""
    close = np.array(closes, dtype=float)
    frame = flat_bars(close.size, 1.0).assign(open=close, high=close, low=close, close=close)
    return frame if volume is None else frame.assign(volume=np.array(volume, dtype=float))


@pytest.fixture
def ramp():
    """A close that rises by 1 a day from 100, half a point within its range."""
    close = 100.0 + np.arange(300)
    return flat_bars(300, 1.0).assign(open=close, high=close + 0.5, low=close - 0.5, close=close)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rsi_14", 100.0),
        ("macd", 12.5 - 5.5),  # exponential means lag by (n - 1) / 2, as plain ones do
        ("macd_signal", 7.0),
        ("macd_hist", 0.0),
        ("roc_12", 100.0 * 12 / 387),
        ("stoch_k", 100.0 * 13.5 / 14),  # 14 sessions span 13 days and one range
        ("stoch_d", 100.0 * 13.5 / 14),
        ("willr_14", -100.0 * 0.5 / 14),
        ("sma_5", 399 - 2),
        ("sma_10", 399 - 4.5),
        ("sma_20", 399 - 9.5),
        ("sma_50", 399 - 24.5),
        ("sma_200", 399 - 99.5),
        ("ema_5", 399 - 2),
        ("ema_10", 399 - 4.5),
        ("ema_20", 399 - 9.5),
        ("ema_50", 399 - 24.5),
        ("ema_200", 399 - 99.5),
        ("adx_14", 100.0),
        ("plus_di_14", 100.0 / 1.5),  # the high rises by 1, the true range is 1.5
        ("minus_di_14", 0.0),
        ("ichimoku_conversion", 399 - 4),
        ("ichimoku_base", 399 - 12.5),
        ("ichimoku_span_a", 399 - 26 - (4 + 12.5) / 2),
        ("ichimoku_span_b", 399 - 26 - 25.5),
        ("golden_cross", 0.0),
        ("death_cross", 0.0),
        ("bb_upper", 399 - 9.5 + 2 * np.sqrt((20**2 - 1) / 12.0)),  # deviation of 20 whole numbers
        ("bb_middle", 399 - 9.5),
        ("bb_lower", 399 - 9.5 - 2 * np.sqrt((20**2 - 1) / 12.0)),
        ("atr_14", 1.5),
    ],
)
def test_a_steady_rise(ramp, name, expected):
    assert _compute(ramp, name)[-1] == pytest.approx(expected, abs=1e-9)


def test_rsi():
    """Nine gains of 1 and five losses: 100 * 9 / 14; a gain of 2 then makes 100 * (9*13+28)/(14*13+28)."""
    rsi = _compute(_at(100.0 + np.cumsum([0, *[1] * 9, *[-1] * 5, 2])), "rsi_14")
    assert np.isnan(rsi[:14]).all()
    assert rsi[14] == pytest.approx(100.0 * 9 / 14)
    assert rsi[15] == pytest.approx(100.0 * (9 * 13 + 28) / (14 * 13 + 28))


def test_directional_movement_takes_the_larger_of_two_moves_alone():
    """Highs rise by 3 while lows fall by 1, then lows fall by 3: half of the movement each way."""
    high = 100.0 + np.repeat(3.0 * np.arange(9), 2)[1:17]
    low = 90.0 - np.cumsum([0.0, *[1.0, 3.0] * 8])[:16]
    frame = flat_bars(16, 95.0).assign(high=high, low=low)
    values = _compute(frame, "plus_di_14", "minus_di_14")
    true_range = np.array(high) - low
    wilder = true_range[1:14].sum() * 13 / 14 + true_range[14]
    plus, minus = 3.0 * 7, 3.0 * 6  # odd rows up, even rows down, over rows 1 to 13
    assert values["plus_di_14"][14] == pytest.approx(100 * plus * 13 / 14 / wilder)
    assert values["minus_di_14"][14] == pytest.approx(100 * (minus * 13 / 14 + 3.0) / wilder)


def test_changes_are_those_of_the_quotes():
    """Equal moves of high and low stay equal after a dividend, where those of adjusted prices do not."""
    step = np.arange(40) * 0.25  # exact in binary: a tie of quotes is one of numbers
    frame = flat_bars(40, 50.0).assign(high=60.0 + step, low=40.0 - step, dividend=0.0, split=1.0)
    frame.loc[5, ["dividend", "split"]] = 0.37, 3.0
    window = Window(make_panel({"A": frame}), slice(0, 40))
    rise, change_of_low = window.changes("high", "low")
    assert rise[6:].tolist() == (-change_of_low[6:]).tolist() == [0.25] * 34
    assert rise[0] == 0.0
    assert rise[5] == pytest.approx(61.25 - 61.0 * 50.0 / (50.37 * 3.0))
    assert (np.diff(window.high)[5:] != -np.diff(window.low)[5:]).any()


def test_crosses_happen_on_one_session():
    """200 closes of 100, then 110 (means of 100.2 and 100.05), then 80 for good (99.8 and 99.95)."""
    values = _compute(_at([*[100.0] * 200, 110.0, *[80.0] * 60]), "golden_cross", "death_cross")
    assert np.flatnonzero(values["golden_cross"] == 1.0).tolist() == [200]
    assert np.flatnonzero(values["death_cross"] == 1.0).tolist() == [201]
    assert np.isnan(values["golden_cross"][:200]).all()


def test_historical_volatility():
    """Returns of +a and -a in turn: a * sqrt(252 * n / (n - 1)), a fraction."""
    values = _compute(_at([100.0, 110.0] * 35), "hist_vol_20", "hist_vol_60")
    for n in (20, 60):
        expected = np.log(1.1) * np.sqrt(252 * n / (n - 1))
        assert values[f"hist_vol_{n}"][n:] == pytest.approx(expected, rel=1e-12)


def test_garman_klass():
    """Low to high 2 %, open to close 1 %, both logs: sqrt(252 * (0.0002 - (2 ln 2 - 1) * 0.0001))."""
    frame = flat_bars(25, 1.0).assign(
        open=100.0, low=100.0, high=100 * np.exp(0.02), close=100 * np.exp(0.01)
    )
    expected = np.sqrt(252 * (0.5 * 0.02**2 - (2 * np.log(2) - 1) * 0.01**2))
    assert _compute(frame, "garman_klass_20")[19:] == pytest.approx(expected, rel=1e-12)


def test_on_balance_volume_counts_the_shares_of_its_session():
    """5, + 7, + 0 at an equal close, - 3, then after 2 for 1: twice the 9, + 4 of the new shares."""
    frame = _at([10.0, 11.0, 11.0, 9.0, 5.0], [5, 7, 8, 3, 4]).assign(split=[1.0, 1.0, 1.0, 1.0, 2.0])
    assert _compute(frame, "obv").tolist() == [5.0, 12.0, 12.0, 9.0, 22.0]


@pytest.mark.parametrize("cents", range(1, 40, 3))
def test_a_close_that_falls_by_the_dividend_is_an_equal_one(cents):
    """Whatever rounding leaves of it."""
    frame = _at([20.17, 20.17 - cents / 100, 20.17 - cents / 100], [5, 7, 1])
    assert _compute(frame.assign(dividend=[0.0, cents / 100, 0.0]), "obv").tolist() == [5.0, 5.0, 5.0]


def test_accumulation_distribution():
    """Half of 8 at three quarters of the range, nothing without one, - 6 at the low; doubled by a split."""
    frame = flat_bars(4, 10.0).assign(
        high=[12.0, 11.0, 12.0, 6.0], low=[10.0, 11.0, 11.0, 5.0], close=[11.5, 11.0, 11.0, 6.0]
    )
    frame = frame.assign(volume=[8.0, 9.0, 6.0, 1.0], split=[1.0, 1.0, 1.0, 2.0])
    assert _compute(frame, "accumulation_distribution").tolist() == [4.0, 4.0, -2.0, -3.0]


def test_volume_weighted_average_price():
    """19 shares at 10 and 81 at 20: 18.1; the typical price counts the close as much as high and low."""
    assert _compute(_at([10.0] * 19 + [20.0], [1] * 19 + [81]), "vwap_20")[-1] == pytest.approx(18.1)
    frame = flat_bars(20, 1.0, 5.0).assign(open=10.0, high=13.0, low=10.0, close=10.0)
    assert _compute(frame, "vwap_20")[-1] == pytest.approx(11.0)


def test_money_flow_index():
    """Ten rises with 100 each, four falls with 50 each, one day as before: 100 * 1000 / 1200."""
    close = 20.0 + np.cumsum([0, *[1] * 10, *[-1] * 4])
    flow = np.array([999.0, *[100.0] * 10, *[50.0] * 4])
    assert _compute(_at(close, flow / close), "mfi_14")[-1] == pytest.approx(100 * 1000 / 1200)
    close, flow = np.append(close, close[-1]), np.append(flow, 777.0)
    assert _compute(_at(close, flow / close), "mfi_14")[-1] == pytest.approx(100 * 900 / 1100)


def test_volume_against_earlier_volume():
    """A 21 after 19 sessions of 1: 21 / (40 / 20); after 12 sessions 2,000 % more."""
    values = _compute(_at([10.0] * 20, [1] * 19 + [21]), "volume_roc_12", "relative_volume_20")
    assert values["relative_volume_20"][-1] == pytest.approx(10.5)
    assert values["volume_roc_12"][-1] == pytest.approx(2000.0)
