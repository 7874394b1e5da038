"""Growth factors and the events derived from adjusted closes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.quant.adjustment import adjustment_of, derive_events, growth_factors

SPLITS = (2.0, 3.0, 7.0, 1.5, 0.1)


def _growth(close, dividend, split):
    close = np.asarray(close, dtype=float)
    return growth_factors(
        np.array([0, close.size]), close, np.asarray(dividend, dtype=float), np.asarray(split, dtype=float)
    )


def test_a_split_by_hand():
    gross, shares = _growth([100.0, 51.0, 52.0], [0, 0, 0], [1, 2, 1])
    np.testing.assert_array_equal(gross, [1.0, 2.0, 2.0])
    np.testing.assert_array_equal(shares, [1.0, 2.0, 2.0])


def test_a_dividend_by_hand():
    """A dollar on a close of 49 buys 1/49 of a share."""
    gross, shares = _growth([50.0, 49.0, 49.0], [0, 1, 0], [1, 1, 1])
    np.testing.assert_allclose(gross, [1.0, 50.0 / 49.0, 50.0 / 49.0], rtol=1e-15)
    np.testing.assert_array_equal(shares, [1.0, 1.0, 1.0])


def test_both_on_one_day_by_hand():
    """One share at 100 becomes two at 49, each pays 1: two shares buy 2/49 more, 2 * 50/49 in all."""
    gross, shares = _growth([100.0, 49.0], [0, 1], [1, 2])
    np.testing.assert_allclose(gross, [1.0, 2.0 * 50.0 / 49.0], rtol=1e-15)
    np.testing.assert_array_equal(shares, [1.0, 2.0])


def test_what_is_paid_on_the_first_row_belongs_to_those_before():
    gross, shares = _growth([50.0, 50.0], [5, 0], [2, 1])
    np.testing.assert_array_equal(gross, [1.0, 1.0])
    np.testing.assert_array_equal(shares, [1.0, 1.0])


def test_symbols_do_not_touch_each_other():
    gross, _ = growth_factors(
        np.array([0, 2, 3, 5]),
        np.full(5, 10.0),
        np.zeros(5),
        np.array([1.0, 2.0, 3.0, 5.0, 7.0]),
    )
    np.testing.assert_array_equal(gross, [1.0, 2.0, 1.0, 1.0, 7.0])


@st.composite
def histories(draw):
    """A random walk with splits and dividends under 4 % (from 5 % on one may look like a split)."""
    n = draw(st.integers(2, 120))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    worth = draw(st.sampled_from([2.0, 35.0, 800.0])) * np.exp(np.cumsum(rng.normal(0.0, 0.015, n)))
    split, dividend = np.ones(n), np.zeros(n)
    for day in draw(st.lists(st.integers(1, n - 1), max_size=6, unique=True)):
        if draw(st.booleans()):
            split[day] = draw(st.sampled_from(SPLITS))
        else:
            dividend[day] = draw(st.floats(1e-4, 0.03))
    close = worth / np.cumprod(split)
    return close, np.round(dividend * close, 6), split


def _adjusted_backward(close, dividend, split):
    """As the source does it: from the last session back."""
    adjusted = close.copy()
    factor = 1.0
    for i in range(close.size - 1, 0, -1):
        factor *= close[i] / ((close[i] + dividend[i]) * split[i])
        adjusted[i - 1] = close[i - 1] * factor
    return adjusted


@settings(deadline=None)
@given(histories(), st.floats(0.05, 20.0))
def test_events_are_recovered_whatever_came_after_the_data(history, later_factor):
    close, dividend, split = history
    derived_dividend, derived_split = derive_events(
        close, _adjusted_backward(close, dividend, split) * later_factor
    )
    np.testing.assert_array_equal(derived_split, split)
    kept = np.where(dividend / close > 2e-6, dividend, 0.0)  # less than that is the vendor's rounding
    np.testing.assert_allclose(derived_dividend, kept, atol=1.001e-6, rtol=0)


@settings(deadline=None)
@given(histories())
def test_growth_equals_the_sources_formula_from_the_other_end(history):
    close, dividend, split = history
    gross, shares = _growth(close, dividend, split)
    adjusted = _adjusted_backward(close, dividend, split)
    np.testing.assert_allclose(close * gross / gross[-1], adjusted, rtol=1e-12)
    np.testing.assert_allclose(shares, np.cumprod(split) / split[0], rtol=1e-15)


@settings(deadline=None)
@given(histories(), st.data())
def test_no_earlier_value_changes_when_later_events_arrive(history, data):
    close, dividend, split = history
    cut = data.draw(st.integers(1, close.size))
    whole, then = _growth(close, dividend, split), _growth(close[:cut], dividend[:cut], split[:cut])
    for now, before in zip(whole, then, strict=True):
        np.testing.assert_array_equal(now[:cut], before)


def test_the_events_of_the_sample(sample_market):
    events = sample_market.events
    counts = events.groupby(["symbol", "kind"]).size().to_dict()
    assert counts.pop(("AAPL", "split")) == 2
    assert counts.pop(("AAPL", "dividend")) == 3
    assert counts.pop(("IBM", "dividend")) == 52
    assert counts.pop(("MSFT", "split")) == 1
    assert set(counts) == {("MSFT", "dividend")}, "FB and GOOG have none"
    by_day = {(e.symbol, f"{e.session:%Y-%m-%d}", e.kind): e.value for e in events.itertuples()}
    assert by_day["AAPL", "2000-06-21", "split"] == 2.0
    assert by_day["AAPL", "2005-02-28", "split"] == 2.0
    assert by_day["MSFT", "2003-02-18", "split"] == 2.0
    assert by_day["MSFT", "2004-11-15", "dividend"] == pytest.approx(3.08, abs=1e-6)
    assert by_day["AAPL", "2012-08-09", "dividend"] == pytest.approx(2.65, abs=1e-6)


@pytest.mark.parametrize("symbol", ["AAPL", "FB", "GOOG", "IBM", "MSFT"])
def test_derived_events_rebuild_the_sources_adjusted_closes(sample_frames, symbol):
    frame = sample_frames[symbol]
    gross, _ = _growth(frame["close"], frame["dividend"], frame["split"])
    ours = gross / gross[-1]
    theirs = (frame["adj_close"] / frame["close"]).to_numpy()
    np.testing.assert_allclose(ours, theirs / theirs[-1], rtol=1e-9)


def test_the_textbooks_formula_by_hand():
    """100, then 98 after 2 were paid: 2 % of the close before. Two for one at 48 with 1 paid: of 49."""
    close = np.array([100.0, 98.0, 48.0, 50.0])
    dividend, split = np.array([0.0, 2.0, 1.0, 0.0]), np.array([1.0, 1.0, 2.0, 1.0])
    gross, shares = growth_factors(np.array([0, 4]), close, dividend, split, on_previous_close=True)
    np.testing.assert_allclose(gross, [1.0, 1 / 0.98, 2 / (0.98 * 48 / 49), 2 / (0.98 * 48 / 49)], rtol=1e-15)
    np.testing.assert_array_equal(shares, [1.0, 1.0, 2.0, 2.0])


@settings(max_examples=50)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_the_textbooks_formula_again_backward(seed, n):
    """As vendors compute it: each earlier close times what the later events left of it."""
    generator = np.random.default_rng(seed)
    close = generator.uniform(5.0, 500.0, n)
    dividend = np.where(generator.random(n) < 0.2, generator.uniform(0.0, 1.0, n), 0.0)
    split = np.where(generator.random(n) < 0.1, generator.choice(SPLITS[:4], n), 1.0)
    expected = close.copy()
    for at in range(1, n):
        expected[:at] *= (1.0 - dividend[at] / (close[at - 1] / split[at])) / split[at]
    gross, _ = growth_factors(np.array([0, n]), close, dividend, split, on_previous_close=True)
    np.testing.assert_allclose(close * gross / gross[-1], expected, rtol=1e-12)


def test_a_dividend_above_the_close_before_has_no_textbook_share():
    gross, _ = growth_factors(
        np.array([0, 2]),
        np.array([10.0, 4.0]),
        np.array([0.0, 12.0]),
        np.ones(2),
        on_previous_close=True,
    )
    np.testing.assert_array_equal(gross, [1.0, 4.0])


def test_each_symbols_first_row_has_no_close_before():
    gross, _ = growth_factors(
        np.array([0, 2, 4]),
        np.array([10.0, 10.0, 8.0, 8.0]),
        np.array([0.0, 0.0, 1.0, 2.0]),
        np.ones(4),
        on_previous_close=True,
    )
    np.testing.assert_array_equal(gross, [1.0, 1.0, 1.0, 8.0 / 6.0])


def test_the_formula_goes_by_provider():
    assert adjustment_of("yfinance").on_previous_close
    assert not adjustment_of("yfinance").applies_splits
    assert adjustment_of("files").applies_splits
    assert not adjustment_of("sample").on_previous_close
