"""Every feature of the registry against a second implementation and by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.domain.features import FeatureFamily
from services.quant.features.context import CloseSeries, FeatureContext
from services.quant.features.registry import METADATA, NAMES
from services.quant.gaps import fill_gaps
from services.quant.panels import keep_rows
from services.quant.scoring import window_counts
from tests.unit.quant.factories import flat_bars, make_panel, random_bars, weekdays
from tests.unit.quant.features import plain
from tests.unit.quant.features.conftest import compute, rough_market

OF_SESSION = {FeatureFamily.REGIME, FeatureFamily.CALENDAR}


@pytest.fixture(scope="module", params=[True, False], ids=["with benchmark", "without"])
def both(request):
    panel, context = rough_market(11)
    if not request.param:
        context = replace(context, benchmark=None)
    return compute(panel, context), plain.features(panel, context)


def test_the_second_implementation_has_them_all(both):
    assert set(both[1]) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_equals_the_second_implementation(name, both):
    found, expected = both
    np.testing.assert_allclose(found.column(name), expected[name], rtol=2e-6, atol=2e-6)


def test_fifty_features_or_more_of_eight_families():
    assert len(NAMES) >= 50
    assert {metadata.family for metadata in METADATA.values()} == set(FeatureFamily)
    assert len(FeatureFamily) == 8
    for name, metadata in METADATA.items():
        assert name == metadata.name
        assert all((metadata.title, metadata.formula, metadata.latex, metadata.source))
        assert metadata.convergence_sessions >= metadata.warm_up_sessions >= 1
        assert metadata.latex.count("{") == metadata.latex.count("}")
        assert metadata.formula.isprintable()
        assert metadata.latex.isprintable()
    cross = {FeatureFamily.RELATIVE_STRENGTH, FeatureFamily.CROSS_SECTION, FeatureFamily.REGIME}
    assert all(m.is_cross_sectional is (m.family in cross) for m in METADATA.values())


@pytest.mark.parametrize("has_benchmark", [True, False])
def test_nan_in_the_declared_warm_up_and_nowhere_else(has_benchmark):
    panel, context = rough_market(12)
    everyone = FeatureContext(
        np.zeros(8, dtype=int),
        np.ones(panel.n_rows, dtype=bool),
        context.benchmark if has_benchmark else None,
        context.vix,
    )
    found, filled = compute(panel, everyone), fill_gaps(panel)
    age = window_counts(filled)[1][~filled.is_filled]
    of_panel = np.searchsorted(np.unique(panel.session), panel.session) + 1
    for name, metadata in METADATA.items():
        counted = of_panel if metadata.family in OF_SESSION else age
        expected = counted >= metadata.warm_up_sessions
        np.testing.assert_array_equal(np.isfinite(found.column(name)), expected, err_msg=name)


@pytest.mark.parametrize("volume", [0.0, 7.0])
def test_standing_prices_give_no_infinities(volume):
    """Three symbols at a price each, never traded or always alike: nothing is known to move."""
    frames = {name: flat_bars(420, price, volume) for name, price in (("A", 3.0), ("B", 70.0), ("C", 1e4))}
    panel = make_panel(frames)
    days = np.unique(panel.session)
    still = CloseSeries(days, np.full(days.size, 20.0))
    ones = np.ones(panel.n_rows, dtype=bool)
    for benchmark in (None, still):
        found = compute(panel, FeatureContext(np.zeros(3, dtype=int), ones, benchmark, still))
        newest = pd.Series(found.values[419], found.names)
        assert np.isfinite(found.values[419::420]).all()
        assert not np.isinf(found.values).any()
        halves = {name for name in NAMES if name.startswith("rank_") or name.endswith("rank_252")}
        halves |= {"rsi_14", "stochastic_14", "bollinger_place", "close_in_day_range", "downside_share_60"}
        halves |= {"mfi_14"}
        ones_ = {"volatility_ratio_20_60", "true_range_to_atr", "relative_volume_20", "volume_ratio_5_60"}
        ones_ |= {"illiquidity_ratio_20_120"}
        given = {"vix_level": 0.2, "vix_premium_20": 0.2, "largest_move_share_20": 0.05}
        own = [name for name in NAMES if METADATA[name].family is not FeatureFamily.CALENDAR]
        expected = pd.Series(0.0, own)
        expected[list(halves)], expected[list(ones_)] = 0.5, 1.0
        expected[list(given)] = list(given.values())
        pd.testing.assert_series_equal(newest[own].astype(float), expected, atol=1e-5, rtol=0.0)


@pytest.mark.parametrize("seed", range(4))
def test_a_price_that_comes_to_rest_gives_no_infinities(seed):
    """Rounding that is left of livelier days must not be divided by."""
    rng = np.random.default_rng(seed)
    frames = {}
    for name in "AB":
        before = random_bars(rng, 300, price=float(np.exp(rng.uniform(-3.0, 8.0))))
        rest = flat_bars(300, before["close"].iloc[-1], rng.choice([0.0, 5.0]))
        frames[name] = pd.concat([before, rest], ignore_index=True)
    panel = make_panel(frames)
    found = compute(panel, FeatureContext(np.zeros(2, dtype=int), np.ones(panel.n_rows, dtype=bool)))
    newest = pd.Series(found.values[599], found.names)
    known = [name for name in NAMES if not name.startswith("vix")]
    assert np.isfinite(newest[known]).all()
    assert newest["rsi_14"] == newest["stochastic_14"] == newest["bollinger_place"] == 0.5
    assert newest["rsi_divergence_20"] == newest["efficiency_60"] == newest["skewness_60"] == 0.0
    assert newest["correlation_sector_60"] == newest["beta_market_60"] == 0.0
    assert newest["price_volume_correlation_20"] == newest["volatility_60"] == 0.0


def _lines(**closes):
    return make_panel(
        {
            name: flat_bars(len(close), 1.0, 100.0).assign(open=close, high=close, low=close, close=close)
            for name, close in closes.items()
        }
    )


def test_returns_and_places_by_hand():
    """A doubles in 252 even steps; the high of 252 sessions is today's, the low 251 steps back."""
    step = 2.0 ** (1.0 / 252.0)
    panel = _lines(A=step ** np.arange(300.0))
    found = compute(panel, FeatureContext.of_whole_panel(panel))
    newest = dict(zip(found.names, found.values[-1].tolist(), strict=True))
    assert newest["return_5"] == pytest.approx(step**5 - 1.0, rel=1e-6)
    assert newest["return_252_skip_20"] == pytest.approx(step**232 - 1.0, rel=1e-6)
    assert newest["distance_from_low_252"] == pytest.approx(step**251 - 1.0, rel=1e-6)
    assert newest["distance_from_high_252"] == 0.0
    assert newest["up_share_20"] == newest["rsi_14"] == newest["rsi_divergence_20"] + 0.5 == 1.0
    assert newest["efficiency_60"] == pytest.approx(1.0)
    assert newest["volatility_20"] == newest["downside_share_60"] == 0.0
    assert newest["market_breadth_50"] == 1.0


def test_ranks_and_scores_by_hand():
    """Four members return 1, 2, 2 and 3 %: 1/8, 1/2, 1/2 and 7/8; deviation sqrt(1/2) %."""
    panel = _lines(A=[100.0, 101.0], B=[100.0, 102.0], C=[100.0, 102.0], D=[100.0, 103.0], E=[100.0, 102.5])
    context = replace(FeatureContext.of_whole_panel(panel), is_member=panel.code != 4)
    found = compute(panel, context)
    second = found.values[1::2]
    ranks = second[:, found.names.index("rank_return_1")]
    np.testing.assert_allclose(ranks, [1 / 8, 1 / 2, 1 / 2, 7 / 8, 3 / 4], rtol=1e-6)
    scores = second[:, found.names.index("zscore_overnight_return")]
    np.testing.assert_allclose(scores, np.array([-1.0, 0.0, 0.0, 1.0, 0.5]) * np.sqrt(2.0), atol=1e-5)


def test_market_and_sector_are_the_other_members():
    """Returns 1, 3, 5 % and an outsider's 100 %: the market of the first is 4 %, its sector's other 3 %."""
    n = 22
    path = {
        name: [100.0] * (n - 1) + [100.0 * (1 + r)]
        for name, r in zip("ABCX", (0.01, 0.03, 0.05, 1.0), strict=True)
    }
    panel = _lines(**path)
    context = FeatureContext(np.array([7, 7, 3, 7]), panel.code != 3)
    found = compute(panel, context)
    last = found.values[n - 1 :: n]
    column = {name: last[:, found.names.index(name)] for name in found.names}
    np.testing.assert_allclose(column["return_20_less_market"], [-0.03, 0.0, 0.03, 0.97], atol=1e-6)
    np.testing.assert_allclose(column["return_5_less_sector"], [-0.02, 0.02, np.nan, 0.98], atol=1e-6)
    np.testing.assert_allclose(column["market_return_1"], 0.03, atol=1e-6)


def test_beta_to_a_benchmark_by_hand():
    """A moves twice as far as the benchmark every day."""
    rng = np.random.default_rng(0)
    moves = rng.normal(0.0, 0.01, 80)
    panel = _lines(A=100.0 * np.cumprod(1.0 + 2.0 * moves))
    benchmark = CloseSeries(weekdays(80), 50.0 * np.cumprod(1.0 + moves))
    found = compute(panel, replace(FeatureContext.of_whole_panel(panel), benchmark=benchmark))
    assert found.column("beta_market_60")[-1] == pytest.approx(2.0, rel=1e-5)
    assert found.column("correlation_market_60")[-1] == pytest.approx(1.0, rel=1e-6)


def test_without_volume_or_vix_or_sector_the_others_are_known(market):
    panel, context = market
    bare = replace(context, vix=None, sector=np.full(8, -1))
    found = compute(replace(panel, volume=np.full(panel.n_rows, np.nan)), bare)
    nowhere = {name for name in NAMES if np.isnan(found.column(name)).all()}
    of_volume = {name for name in NAMES if METADATA[name].family is FeatureFamily.VOLUME}
    of_volume |= {"rank_relative_volume_20", "zscore_volume_ratio_5_60", "zscore_money_flow_20"}
    assert nowhere == of_volume | {n for n in NAMES if n.startswith("vix") or "sector" in n}


def test_a_stale_series_is_unknown_after_five_sessions():
    sessions = weekdays(12)
    series = CloseSeries(sessions[[0, 1, 3]], np.array([1.0, 2.0, 4.0]))
    expected = [1.0, 2.0, 2.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, np.nan, np.nan, np.nan]
    np.testing.assert_array_equal(series.on(sessions), expected)
    assert np.isnan(CloseSeries(sessions[:0], np.empty(0)).on(sessions)).all()
    late = CloseSeries(sessions[[5]], np.array([1.0]))
    np.testing.assert_array_equal(np.isnan(late.on(sessions)), [True] * 5 + [False] * 6 + [True])


def test_an_empty_panel_has_no_features():
    panel = make_panel({"A": flat_bars(1, 5.0)})
    nothing = keep_rows(panel, np.zeros(1, dtype=bool))
    found = compute(nothing, FeatureContext.of_whole_panel(nothing))
    assert found.values.shape == (0, len(NAMES))
    one = compute(panel, FeatureContext.of_whole_panel(panel))
    assert one.values.shape == (1, len(NAMES))
