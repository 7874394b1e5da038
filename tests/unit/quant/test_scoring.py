"""The rules of the scores, at their edges."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.signals import TECHNICAL_WEIGHTS
from services.quant import scoring
from services.quant.confluence import combine_confluence, confluence_labels
from tests.unit.quant.factories import compute_scores, flat_bars, make_panel, random_bars

NAN = np.nan
PARTS = tuple(TECHNICAL_WEIGHTS)


def _array(*values):
    return np.array(values, dtype=float)


def _technical(rsi, macd, average, band):
    return scoring.technical_score(dict(zip(PARTS, map(_array, (rsi, macd, average, band)), strict=True)))[0]


def test_the_weights_are_those_of_the_contract():
    assert TECHNICAL_WEIGHTS == {"rsi_score": 0.25, "macd_score": 0.25, "ma_score": 0.30, "bb_score": 0.20}


def test_rsi_score_by_hand():
    rsi = _array(0, 30, 40, 50, 60, 70, 100, NAN)
    score = scoring.rsi_score(rsi, np.zeros(8, dtype=bool))
    np.testing.assert_allclose(score, [1, 1, 0.75, 0.5, 0.25, 0, 0, NAN])
    still = scoring.rsi_score(_array(0, 100, NAN), np.ones(3, dtype=bool))
    np.testing.assert_array_equal(still, [0.5, 0.5, NAN])


def test_macd_score_by_hand():
    score = scoring.macd_score(_array(2, 1, 1, NAN), _array(1, 2, 1, NAN), np.full(4, 50.0))
    np.testing.assert_allclose(score, [0.6, 0.4, 0.5, NAN])


@pytest.mark.parametrize(
    ("close", "sma_50", "sma_200", "expected"),
    [
        (3, 2, 1, 0.8),
        (3, 1, 2, 0.6),  # above both, but they stand the wrong way round
        (2, 3, 1, 0.6),
        (1, 3, 2, 0.4),
        (2, 1, 3, 0.4),
        (1, 2, 3, 0.2),
        (2, 2, 2, 0.2),  # equal is not above
        (3, 2, NAN, NAN),
    ],
)
def test_moving_average_score_by_hand(close, sma_50, sma_200, expected):
    score = scoring.moving_average_score(_array(close), _array(sma_50), _array(sma_200))
    np.testing.assert_allclose(score, [expected])


def test_bollinger_score_by_hand():
    close = _array(0.99, 1, 2, 3, 3.01, 2)
    upper, lower = _array(3, 3, 3, 3, 3, NAN), _array(1, 1, 1, 1, 1, NAN)
    np.testing.assert_array_equal(
        scoring.bollinger_score(close, upper, lower), [0.3, 0.5, 0.5, 0.5, 0.7, NAN]
    )


def test_technical_score_by_hand():
    assert _technical(0.75, 0.6, 0.8, 0.3) == pytest.approx(0.1875 + 0.15 + 0.24 + 0.06)
    assert np.isnan(_technical(0.75, 0.6, NAN, 0.3))


@pytest.mark.parametrize(
    ("score", "label"),
    [
        (0.0, "STRONG SELL"), (0.2999999, "STRONG SELL"), (0.30, "SELL"), (0.3999999, "SELL"), (0.40, "HOLD"),
        (0.60, "HOLD"), (0.6000001, "BUY"), (0.70, "BUY"), (0.7000001, "STRONG BUY"), (1.0, "STRONG BUY"),
    ],
)  # fmt: skip
def test_technical_labels_at_their_thresholds(score, label):
    assert scoring.technical_labels(_array(score)).tolist() == [label]


@pytest.mark.parametrize(
    ("parts", "edge", "technical", "headline"),
    [
        ((0.0, 0.4, 0.4, 0.5), 0.32, "SELL", "STRONG SELL"),
        ((0.2, 0.4, 0.2, 0.7), 0.35, "SELL", "SELL"),
        ((0.4, 0.4, 0.2, 0.2), 0.30, "SELL", "STRONG SELL"),
        ((0.28, 0.6, 0.2, 0.6), 0.40, "HOLD", "SELL"),
        ((0.24, 0.4, 0.6, 0.55), 0.45, "HOLD", "HOLD"),
        ((1.0, 0.4, 0.2, 0.7), 0.55, "HOLD", "HOLD"),
        ((1.0, 0.6, 0.2, 0.7), 0.60, "HOLD", "BUY"),
        ((0.76, 0.6, 0.8, 0.35), 0.65, "BUY", "BUY"),
        ((0.96, 0.6, 0.8, 0.35), 0.70, "BUY", "STRONG BUY"),
    ],
)
def test_sums_that_land_beside_a_threshold_count_as_on_it(parts, edge, technical, headline):
    score = _technical(*parts)
    assert score == edge
    mixed = combine_confluence(_array(score), _array(NAN), _array(NAN), model_is_proven=False).score
    assert mixed[0] == edge
    assert scoring.technical_labels(_array(score)) == [technical]
    assert confluence_labels(mixed) == [headline]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.1, 0.4, 0.55, 0.9])), min_size=1, max_size=20)
)
def test_rank_is_the_share_of_the_day_that_stands_lower(signals):
    days = np.array([np.datetime64("2010-01-04") + day for day, _ in signals])
    score = _array(*[value for _, value in signals])
    expected = []
    for day, value in signals:
        peers = [other for that, other in signals if that == day]
        expected.append((sum(p < value for p in peers) + 0.5 * sum(p == value for p in peers)) / len(peers))
    np.testing.assert_allclose(scoring.rank_in_universe(days, score), expected)


def test_unchanged_needs_every_change_of_the_window_to_be_zero():
    close = _array(*[5.0] * 16, 6.0, *[6.0] * 14, *[6.0] * 3)
    start = np.concatenate((np.zeros(31, dtype=int), np.full(3, 31)))
    unchanged = scoring.unchanged_for(close, start)
    assert np.flatnonzero(unchanged).tolist() == [14, 15, 30]  # the last three stand in a new window


def test_a_price_that_stood_for_fourteen_changes_has_an_rsi_score_of_a_half():
    frame = pd.concat([random_bars(np.random.default_rng(4), 240), flat_bars(16, 77.0)], ignore_index=True)
    _, signals = compute_scores(make_panel({"A": frame}))
    assert signals["rsi_score"].to_numpy()[-2:].tolist() == [0.5, 0.5]
    assert (signals["rsi_score"].to_numpy()[-15:-2] != 0.5).all()


@pytest.mark.parametrize(("n", "n_signals"), [(199, 0), (200, 1), (201, 2)])
def test_the_first_score_needs_two_hundred_bars(n, n_signals):
    indicators, signals = compute_scores(make_panel({"A": random_bars(np.random.default_rng(2), n)}))
    assert len(indicators) == n
    assert indicators["window_sessions"].to_numpy()[-1] == n
    assert len(signals) == n_signals


@settings(deadline=None)
@given(st.floats(0.01, 1e5), st.integers(0, 60), st.booleans(), st.integers(0, 2**32 - 1))
def test_noise_of_the_running_sums_decides_nothing(price, n_before, has_event, seed):
    """A price that stands still for 600 sessions is neither above nor below its averages and bands."""
    before = random_bars(np.random.default_rng(seed), n_before, price, 0.05)
    frame = pd.concat([before, flat_bars(600, price)], ignore_index=True).assign(split=1.0)
    if has_event:  # three for one at a third of the price: nothing happened
        later = frame.index >= n_before + 590
        frame.loc[later, ["open", "high", "low", "close"]] /= 3.0
        frame.loc[n_before + 590, "split"] = 3.0
    _, signals = compute_scores(make_panel({"A": frame}))
    newest = signals.iloc[-1]
    assert newest[list(PARTS)].tolist() == [0.5, 0.5, 0.2, 0.5]
    assert newest["label"] == "SELL"
