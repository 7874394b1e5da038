"""Limits, scaling, correlation and sizing, each by hand."""

from dataclasses import replace

import numpy as np
import pytest

from models.domain.portfolio import BacktestSettings, Caps, LossLimits, Sizing, TradingCosts
from services.quant.portfolio.backtest import run_backtest
from services.quant.portfolio.costs import affordable_shares, trade_amounts
from services.quant.portfolio.exposure import correlation_with_book, exposure_scale
from services.quant.portfolio.loss_limits import LossWatch, Periods
from services.quant.portfolio.sizing import base_weights, kelly_fraction, kelly_weight, kelly_weights
from tests.unit.quant.portfolio.factories import make_market, make_signals, plain_settings, random_market


def _watch(equity, limits, first="2010-01-04"):
    sessions = np.busday_offset(first, np.arange(len(equity)), roll="forward").astype("datetime64[D]")
    periods = Periods.of(sessions)
    watch = LossWatch(limits, 100.0)
    said = []
    for session, value in enumerate(equity):
        watch.note(session, int(periods.week[session]), int(periods.month[session]), value)
        said.append("stop" if watch.is_stopped else "enter" if watch.may_enter else "wait")
    return said


def test_a_day_a_week_and_a_month_block_until_they_end():
    off = LossLimits(day=9.0, week=9.0, month=9.0, drawdown=9.0)
    # Monday to Friday, Monday
    day = _watch([100.0, 98.9, 98.9, 99.9, 98.0, 98.0], replace(off, day=0.01))
    assert day == ["enter", "wait", "enter", "enter", "wait", "enter"]
    week = _watch([100.0, 98.0, 100.0, 100.0, 100.0, 98.5], replace(off, week=0.02))
    assert week == ["enter", "wait", "wait", "wait", "wait", "enter"]
    month = _watch([100.0, 96.0, 99.0, 99.0, 95.5], replace(off, month=0.04), first="2010-01-27")
    assert month == ["enter", "wait", "wait", "enter", "enter"]  # 1 February: 99 to 95.5 is 3.5 %


def test_a_drawdown_stops_waits_and_forgets_the_peak():
    limits = LossLimits(day=9.0, week=9.0, month=9.0, drawdown=0.15, cash_sessions=3)
    equity = [100.0, 120.0, 102.0, 101.0, 100.0, 99.0, 98.0, 85.0, 84.0]
    # 102 is 15 % below 120. Out for the three closes after it; the new peak is 99, and 84.15 its 15 %.
    said = ["enter", "enter", "stop", "wait", "wait", "enter", "enter", "enter", "stop"]
    assert _watch(equity, limits) == said


def test_weeks_begin_on_monday_and_survive_the_new_year():
    days = np.array(["2009-12-31", "2010-01-01", "2010-01-03", "2010-01-04"], dtype="datetime64[D]")
    assert np.diff(Periods.of(days).week).tolist() == [0, 0, 1]
    assert np.diff(Periods.of(days).month).tolist() == [1, 0, 0]


def test_entries_follow_vix_in_quarters():
    market = make_market({"A": [(10.0, 10.0)] * 6})
    vix = np.array([10.0, 16.0, 20.0, 30.0, 80.0, np.nan])
    scale = exposure_scale(replace(market, vix=vix))
    # 20/10 = 2, 20/16 = 1.25, 1, 20/30 = 0.67, 0.25, unknown
    assert scale.tolist() == [1.5, 1.25, 1.0, 0.75, 0.5, 1.0]


def test_without_vix_the_benchmarks_volatility_scales():
    market = make_market({"A": [(10.0, 10.0)] * 22})
    # returns of +-1 %: 20 of them have a deviation of 0.01 sqrt(20/19), 16.3 % a year: 0.98, rounded 1
    close = 100.0 * np.cumprod(np.where(np.arange(22) % 2, 1.01, 0.99))
    assert exposure_scale(replace(market, benchmark=close)).tolist() == [1.0] * 22
    wild = 100.0 * np.cumprod(np.where(np.arange(22) % 2, 1.02, 0.98))
    assert exposure_scale(replace(market, benchmark=wild)).tolist() == [1.0] * 20 + [0.5] * 2


def test_a_scaled_entry_never_exceeds_the_cap():
    market = make_market({"A": [(10.0, 10.0)] * 3})
    signals = make_signals(market, {"A": "bhh"})
    for vix, shares in ((10.0, 1_997), (40.0, 1_000)):
        scaled = replace(plain_settings(), scales_exposure=True)
        result = run_backtest(replace(market, vix=np.full(3, vix)), signals, scaled)
        # 2 % of 1,000,000 are allotted: 20,000, of which costs leave 19,970
        assert result.quantity[-1].tolist() == [shares if vix == 10.0 else 1_000]


def test_correlation_is_that_of_residuals():
    rng = np.random.default_rng(0)
    market, own, other = rng.normal(0.0, 0.01, (3, 60))
    holdings = np.column_stack([1.5 * market + own, 0.5 * market + other])
    candidates = np.column_stack(
        [0.9 * market + own, 1.1 * market + rng.normal(0.0, 0.01, 60), -own, np.zeros(60)]
    )
    found = correlation_with_book(candidates, holdings, market, np.array([1.0, 0.0]))
    assert found[0] == pytest.approx(1.0)
    assert abs(found[1]) < 0.4
    assert found[2] == pytest.approx(-1.0)
    assert np.isnan(found[3])
    # short what the candidate is like: the other way round
    assert correlation_with_book(candidates, holdings, market, np.array([-1.0, 0.0]))[0] == pytest.approx(
        -1.0
    )
    holdings[3, 0] = np.nan
    assert np.isnan(correlation_with_book(candidates, holdings[:, :1], market, np.ones(1))).all()


def test_kelly_of_the_sources_example():
    assert kelly_fraction(0.55, 1.4) == pytest.approx(0.2286, abs=1e-4)
    # 110 gains of 7 %, 90 losses of 5 %: f* = 0.2286, over 4 x 5 %
    returns = np.array([0.07] * 110 + [-0.05] * 90)
    assert kelly_weight(returns) == pytest.approx(0.22857 / 0.20, abs=1e-4)
    assert np.isnan(kelly_weight(returns[:199]))
    assert kelly_weight(-returns) == 0.0


def test_kelly_knows_only_trades_that_have_closed():
    returns = np.concatenate([np.tile([0.07, -0.05], 100), np.full(100, -0.05)])
    closed = np.concatenate([np.full(200, 10), np.full(100, 20)])
    weights = kelly_weights(closed, returns, 30)
    assert (weights[:10] == 0.0).all()
    assert (weights[10:20] > 0.3).all()
    assert (weights[20:] == 0.0).all()  # 100 winners in 300: 1/3 x 1.4 - 2/3 < 0


def test_a_kelly_book_holds_nothing_before_200_trades_and_says_so():
    market, signals = random_market(np.random.default_rng(1), 8, 60)
    result = run_backtest(market, signals, replace(plain_settings(), sizing=Sizing.KELLY))
    assert not result.fills
    assert result.notes[-1].startswith("By Kelly nothing is held at 60 of 60 closes, as fewer than 200")


def test_label_weights_are_the_sources():
    settings = BacktestSettings(sizing=Sizing.LABEL, allows_shorts=True)
    assert base_weights(settings, 1).tolist() == [[0.02, 0.01, 0.0, -0.01, -0.02]]
    market = make_market({name: [(10.0, 10.0)] * 4 for name in "AB"})
    signals = make_signals(market, {"A": "bbhh", "B": "SSSS"})
    result = run_backtest(market, signals, replace(plain_settings(), sizing=Sizing.LABEL))
    # 1 % and 2 % of a million; A goes as soon as it is HOLD
    assert result.quantity.tolist() == [[0, 0], [1000, 2000], [1000, 2000], [0, 2000]]


def test_resizing_brings_back_what_is_off_by_half_a_per_cent_of_the_account():
    prices = [(10.0, 10.0), (10.0, 10.0), (12.4, 12.4), (12.6, 12.6), (12.6, 12.6)]
    market = make_market({"A": prices, **{f"B{i:02d}": [(10.0, 10.0)] * 5 for i in range(59)}})
    signals = make_signals(market, {"A": "bhhhh"})
    result = run_backtest(market, signals, plain_settings(resize_at=0.005))
    # 2,000 shares: 24,800 is not off by half a per cent of a million, 25,200 is. 2 % of 1,005,170 at 12.60
    # are 1,595.5 shares: 404 are sold.
    assert result.quantity[:, 0].tolist() == [0, 2000, 2000, 2000, 1596]


def test_sector_caps_count_names():
    market = make_market(
        {name: [(10.0, 10.0)] * 2 for name in "ABCDEFGHI"},
        sector_of=dict.fromkeys("ABCDEF", "Information Technology") | dict.fromkeys("GHI", None),
    )
    signals = make_signals(market, dict.fromkeys("ABCDEFGHI", "bh"))
    wide = BacktestSettings(scales_exposure=False, caps=Caps(weight=0.02))
    held = run_backtest(market, signals, wide).quantity[-1] != 0
    assert held.tolist() == [True] * 4 + [False] * 2 + [True] * 3


def test_the_last_share_is_bought_only_if_its_costs_are_paid_for():
    costs = TradingCosts()
    assert trade_amounts(10, 12.345, costs) == (123.45, 0.12, 0.06)
    assert affordable_shares(1001.50, 100.0, costs) == 10
    assert affordable_shares(1001.49, 100.0, costs) == 9
    assert affordable_shares(0.0, 100.0, costs) == 0
