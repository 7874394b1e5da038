import numpy as np
import pandas as pd
import pytest

from models.domain.correlation import CorrelationMethod
from models.domain.errors import InsufficientHistoryError
from services.quant.correlation.coverage import usable_symbols
from services.quant.correlation.pairs import (
    extreme_pairs,
    fisher_interval,
    rolling_correlation,
    rolling_pair,
)
from services.quant.correlation.returns import ReturnTable, session_returns
from tests.unit.quant.correlation.test_matrices import factor_returns
from tests.unit.quant.factories import make_panel, random_bars, weekdays

PEARSON, SPEARMAN = CorrelationMethod.PEARSON, CorrelationMethod.SPEARMAN


def table(returns, symbols="ABCDEFGH"):
    return ReturnTable(tuple(symbols[: returns.shape[1]]), weekdays(len(returns)), returns)


def test_rolling_values_are_those_of_pandas():
    returns = factor_returns(120, 2)
    peer = pd.Series(returns[:, 0]).rolling(60).corr(pd.Series(returns[:, 1])).to_numpy()
    np.testing.assert_allclose(rolling_correlation(returns, 60), peer, atol=1e-9)


def test_rolling_ranks_are_taken_anew_in_each_window():
    returns = np.round(factor_returns(80, 2), 3)
    rolled = rolling_correlation(returns, 60, SPEARMAN)
    peer = pd.DataFrame(returns[11:71]).corr(method="spearman").to_numpy()[0, 1]
    assert rolled[70] == pytest.approx(peer, abs=1e-12)
    assert np.isnan(rolled[:59]).all()


def test_a_price_that_stands_still_has_no_correlation():
    returns = factor_returns(80, 2)
    returns[:70, 1] = 0.0
    rolled = rolling_correlation(returns, 60)
    assert np.isnan(rolled[:70]).all()
    assert np.isfinite(rolled[70:]).all()
    assert np.isnan(rolling_correlation(returns[:10], 60)).all()


def test_the_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    n_covered = 0
    for _ in range(1_000):
        first = rng.normal(size=100)
        second = 0.6 * first + 0.8 * rng.normal(size=100)
        found = float(np.corrcoef(first, second)[0, 1])
        low, high = fisher_interval(found, 100, PEARSON)
        n_covered += low <= 0.6 <= high
    assert 0.93 <= n_covered / 1_000 <= 0.97


def test_a_hand_worked_interval():
    # z = atanh(0.5) = 0.549306; tanh(0.353310) and tanh(0.745303).
    assert fisher_interval(0.5, 103, PEARSON) == pytest.approx((0.339308, 0.632338), abs=1e-6)
    assert fisher_interval(1.0, 103, PEARSON) == (1.0, 1.0)
    assert np.isnan(fisher_interval(0.5, 3, PEARSON)).all()


def test_extreme_pairs_are_those_of_a_full_sort():
    matrix = np.corrcoef(factor_returns(60, 8), rowvar=False)
    pairs = [(row, column) for row in range(8) for column in range(row + 1, 8)]
    ranked = sorted(pairs, key=lambda pair: -matrix[pair])
    highest, lowest = extreme_pairs(matrix, 5)
    assert highest == ranked[:5]
    assert lowest == ranked[::-1][:5]
    assert extreme_pairs(matrix[:2, :2], 5)[0] == [(0, 1)]


def test_a_return_over_a_gap_is_missing_and_never_filled():
    rng = np.random.default_rng(0)
    whole, gappy = random_bars(rng, 30), random_bars(rng, 30)
    days = weekdays(30)
    gappy = gappy.assign(session=days).drop(index=[10, 11])
    found = session_returns(make_panel({"WHOLE": whole, "GAPPY": gappy}), 20)
    assert found.returns.shape == (20, 2)
    lacking = found.session[np.isnan(found.returns[:, 1])]
    assert lacking.tolist() == days[10:13].tolist()
    assert np.isfinite(found.returns[:, 0]).all()
    expected = whole["close"].iloc[-1] / whole["close"].iloc[-2] - 1.0
    assert found.returns[-1, 0] == pytest.approx(expected, rel=1e-12)


def test_returns_hold_dividends_and_splits():
    bars = random_bars(np.random.default_rng(0), 3)
    bars[["open", "high", "low", "close"]] = np.array([[10.0] * 4, [4.9] * 4, [4.9] * 4])
    bars["dividend"], bars["split"] = [0.0, 0.1, 0.0], [1.0, 2.0, 1.0]
    found = session_returns(make_panel({"AAA": bars}), 5)
    assert found.returns[:, 0] == pytest.approx([0.0, 0.0])  # (4.9 + 0.1) x 2 = 10


def test_who_is_left_out_and_why():
    returns = factor_returns(100, 6)
    returns[:60, 1] = np.nan  # listed late
    returns[:55, 2] = 0.0  # hardly trades
    returns[:, 3] = 0.02  # never varies
    returns[:24, 4] = np.nan
    kept, left_out = usable_symbols(table(returns), 75)
    assert kept.tolist() == [0, 4, 5]
    reasons = {each.symbol: each.reason for each in left_out}
    assert reasons["B"] == "40 of 100 returns; it takes 75"
    assert reasons["C"] == "price unchanged on 55 of 100 sessions"
    assert reasons["D"].startswith("did not vary")


def test_a_pair_over_time():
    returns = factor_returns(300, 2)
    returns[::10, 1] = np.nan
    pair = rolling_pair(table(returns), {"A": "Aaa Inc.", "B": "Bbb Inc."}, "B", PEARSON, 100)
    assert (pair.first, pair.second, pair.first_name) == ("B", "A", "Bbb Inc.")
    assert pair.n_common == 90
    inside = returns[-100:][~np.isnan(returns[-100:, 1])]
    assert pair.whole == pytest.approx(np.corrcoef(inside, rowvar=False)[0, 1], abs=1e-12)
    assert pair.low < pair.whole < pair.high
    assert pair.session.size == pair.correlation.size == 270


def test_a_pair_that_cannot_be_measured_says_so():
    names = {"A": "Aaa", "B": "Bbb"}
    with pytest.raises(InsufficientHistoryError, match="share 40 returns"):
        rolling_pair(table(factor_returns(40, 2)), names, "A", PEARSON, 252)
    still = factor_returns(100, 2)
    still[:, 1] = 0.0
    with pytest.raises(InsufficientHistoryError, match="did not vary"):
        rolling_pair(table(still), names, "A", PEARSON, 50)
