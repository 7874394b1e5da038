"""``run_backtest`` against a slow one, over random markets."""

from dataclasses import replace

import numpy as np
import pytest

from models.domain.portfolio import BacktestSettings, Caps, LossLimits
from services.quant.portfolio.backtest import run_backtest
from services.quant.portfolio.reconciliation import reconcile
from tests.unit.quant.portfolio.factories import NO_LIMITS, random_market
from tests.unit.quant.portfolio.plain import PlainBook

_SMALL = Caps(weight=0.12, max_names=7, max_names_by_sector={"Energy": 2}, sector_weight=0.45)


def _agree(market, signals, settings):
    ours, plain = run_backtest(market, signals, settings), PlainBook(market, signals, settings).run()
    found = [
        (market.symbols[fill.column], fill.quantity, fill.signal_session, fill.fill_session)
        for fill in ours.fills
    ]
    assert found == [entry[:4] for entry in plain.log]
    np.testing.assert_allclose(ours.cash, plain.cashes, atol=0.005)
    np.testing.assert_allclose(ours.equity, plain.equities, atol=0.005)
    assert reconcile(ours, market) == ()
    assert (ours.cash >= 0.0).all()
    return ours


@pytest.mark.parametrize("seed", range(12))
def test_the_default_rules_on_a_dozen_names(seed):
    rng = np.random.default_rng(seed)
    market, signals = random_market(rng, 12, 150, with_vix=True)
    loose = LossLimits(day=0.02, week=0.04, month=0.08, drawdown=0.15)
    ours = _agree(market, signals, BacktestSettings(caps=_SMALL, limits=loose, capital=100_000.0))
    assert len(ours.fills) > 20


@pytest.mark.parametrize("seed", range(8))
def test_long_and_short(seed):
    market, signals = random_market(np.random.default_rng(100 + seed), 10, 120)
    settings = BacktestSettings(
        caps=_SMALL, limits=NO_LIMITS, allows_shorts=True, scales_exposure=False, capital=300_000.0
    )
    ours = _agree(market, signals, settings)
    assert (ours.quantity < 0).any()
    assert (ours.quantity > 0).any()


def test_every_reason_to_trade_occurs():
    """So that the comparison above has not passed over one of them."""
    reasons = set()
    for seed in range(12):
        market, signals = random_market(np.random.default_rng(seed), 12, 150, with_vix=True)
        loose = LossLimits(day=0.02, week=0.04, month=0.08, drawdown=0.15)
        settings = BacktestSettings(caps=_SMALL, limits=loose, capital=100_000.0)
        reasons |= {fill.reason.value for fill in run_backtest(market, signals, settings).fills}
    assert reasons == {"entry", "resize", "exit", "stop", "delisted"}


def test_similar_names_are_halved():
    """One factor moves all but the market's mean: what repeats the book enters at half its size."""
    rng = np.random.default_rng(3)
    market, signals = random_market(rng, 14, 150)
    factor = rng.normal(0.0, 0.03, market.n_sessions)
    sign = np.where(np.arange(14) < 7, 1.0, -1.0)
    close = 50.0 * np.cumprod(1.0 + np.outer(factor, sign) + rng.normal(0.0, 0.002, (150, 14)), axis=0)
    returns = np.full_like(close, np.nan)
    returns[1:] = close[1:] / close[:-1] - 1.0
    market = replace(
        market, open=close, close=close, mark=close, split=np.ones_like(close), dividend=np.zeros_like(close),
        total_return=returns, has_event=np.zeros(150, dtype=bool),
    )  # fmt: skip
    settings = BacktestSettings(
        caps=Caps(weight=0.08, max_names_by_sector={}, sector_weight=1.0),
        limits=NO_LIMITS,
        scales_exposure=False,
    )
    ours = _agree(market, signals, settings)
    entered = [
        abs(fill.notional) / ours.equity[fill.fill_session] for fill in ours.fills if fill.reason == "entry"
    ]
    late = np.array(entered[10:])
    assert (np.abs(late - 0.04) < 0.01).any()
    assert (np.abs(late - 0.08) < 0.01).any()
