"""What holds for every market."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.market import PriceBasis
from models.domain.portfolio import BacktestSettings, Caps, OrderReason, Sizing
from services.quant.panels import keep_rows
from services.quant.portfolio.backtest import run_backtest
from services.quant.portfolio.execution_check import (
    fills_follow_signals,
    same_bar_execution,
    signals_from_the_future,
)
from services.quant.portfolio.market import cut_market, lay_out_market, lay_out_signals
from services.quant.portfolio.reconciliation import reconcile
from tests.unit.quant.factories import make_panel, random_bars
from tests.unit.quant.portfolio.factories import make_market, make_signals, plain_settings, random_market

_SEEDS = st.integers(0, 2**32 - 1)
_CAPS = Caps(weight=0.12, max_names=6, max_names_by_sector={"Energy": 2}, sector_weight=0.5)
_RULES = BacktestSettings(caps=_CAPS, capital=200_000.0)


@settings(max_examples=15, deadline=None)
@given(seed=_SEEDS, sizing=st.sampled_from([Sizing.EQUAL, Sizing.LABEL]))
def test_books_reconcile_keep_the_caps_and_owe_nothing(seed, sizing):
    market, signals = random_market(np.random.default_rng(seed), 10, 80)
    result = run_backtest(market, signals, replace(_RULES, sizing=sizing))
    assert reconcile(result, market) == ()
    assert (result.cash >= 0.0).all()
    assert (result.quantity >= 0).all()
    assert ((result.quantity != 0).sum(axis=1) <= 6).all()
    energy = market.sector == market.sector_names.index("Energy")
    assert ((result.quantity[:, energy] != 0).sum(axis=1) <= 2).all()
    ordered = [fill for fill in result.fills if fill.reason is not OrderReason.DELISTED]
    assert all(fill.signal_session < fill.fill_session <= fill.signal_session + 6 for fill in ordered)


@settings(max_examples=10, deadline=None)
@given(seed=_SEEDS, cut=st.integers(2, 79))
def test_what_comes_later_changes_nothing_before(seed, cut):
    market, signals = random_market(np.random.default_rng(seed), 8, 80)
    whole = run_backtest(market, signals, _RULES)
    part = run_backtest(cut_market(market, cut), signals, _RULES)
    np.testing.assert_array_equal(part.equity, whole.equity[:cut])
    np.testing.assert_array_equal(part.quantity, whole.quantity[:cut])


@settings(max_examples=10, deadline=None)
@given(seed=_SEEDS)
def test_ten_times_the_prices_and_the_capital_give_ten_times_the_equity(seed):
    market, signals = random_market(np.random.default_rng(seed), 8, 60)
    whole = run_backtest(market, signals, _RULES)
    money = {name: getattr(market, name) * 10.0 for name in ("open", "close", "mark", "dividend")}
    scaled = run_backtest(replace(market, **money), signals, replace(_RULES, capital=2_000_000.0))
    np.testing.assert_array_equal(scaled.quantity, whole.quantity)
    np.testing.assert_allclose(scaled.equity, 10.0 * whole.equity, rtol=1e-5)


def _panel_and_scores(seed, symbols):
    rng = np.random.default_rng(seed)
    frames = {symbol: random_bars(rng, 90) for symbol in sorted(symbols)}
    panel = make_panel({symbol: frames[symbol] for symbol in symbols})
    of_symbol = {symbol: rng.choice([0.3, 0.4, 0.5, 0.6, 0.6], 90) for symbol in sorted(symbols)}
    return panel, np.concatenate([of_symbol[symbol] for symbol in symbols])


def test_the_order_of_the_symbols_does_not_matter():
    """Scores tie often, so that the order would decide if it could."""
    results = []
    for symbols in ("ABCDEFGH", "HCADGFBE"):
        panel, score = _panel_and_scores(1, tuple(symbols))
        market = lay_out_market(panel)
        label = np.select([score > 0.55, score >= 0.45, score >= 0.35], [1, 2, 3], 4)
        signals = lay_out_signals(market, panel, score, label)
        results.append(run_backtest(market, signals, replace(_RULES, caps=replace(_CAPS, max_names=3))))
    assert results[0].fills
    assert results[0].fills == results[1].fills
    np.testing.assert_array_equal(results[0].equity, results[1].equity)


def test_signals_fall_on_their_symbol_and_session_even_with_gaps():
    panel, score = _panel_and_scores(2, ("B", "A"))
    keep = np.ones(panel.n_rows, dtype=bool)
    keep[[3, 4, 100]] = False
    panel, score = keep_rows(panel, keep), score[keep]
    market = lay_out_market(panel)
    signals = lay_out_signals(market, panel, score, np.zeros(score.size, dtype=int))
    assert market.symbols == ("A", "B")
    assert np.isnan(signals.confluence[[3, 4], 1]).all()
    np.testing.assert_array_equal(signals.confluence[5:, 1], score[3:88])
    np.testing.assert_array_equal(signals.label == -1, np.isnan(market.close))


def test_who_left_the_universe_is_sold_and_not_bought():
    panel, _ = _panel_and_scores(2, ("A", "B"))
    market = lay_out_market(panel)
    is_member = np.arange(panel.n_rows) < 40  # A leaves after 40 sessions, B never was in
    score = np.full(panel.n_rows, 0.6)
    signals = lay_out_signals(market, panel, score, np.ones(panel.n_rows, dtype=int), is_member=is_member)
    fills = run_backtest(market, signals, plain_settings()).fills
    assert [(fill.column, fill.fill_session, fill.quantity > 0) for fill in fills] == [
        (0, 1, True),
        (0, 41, False),
    ]


@pytest.mark.parametrize(
    ("basis", "split", "dividend"),
    [
        (PriceBasis.RAW, 2.0, 1.0),
        (PriceBasis.SPLIT_ADJUSTED, 1.0, 1.0),
        (PriceBasis.FULLY_ADJUSTED, 1.0, 0.0),
    ],
)
def test_a_basis_has_the_events_that_its_prices_lack(basis, split, dividend):
    frame = random_bars(np.random.default_rng(0), 4).assign(
        split=[1.0, 1.0, 2.0, 1.0], dividend=[0.0, 0.0, 1.0, 0.0]
    )
    market = lay_out_market(make_panel({"A": frame}), basis)
    assert (market.split[2, 0], market.dividend[2, 0]) == (split, dividend)
    assert (market.note == "") == (basis is PriceBasis.RAW)


# -- cheats --------------------------------------------------------------------------------------------------


def test_the_clean_book_passes_and_the_check_had_something_to_see():
    market, signals = random_market(np.random.default_rng(5), 8, 60)
    found = same_bar_execution(run_backtest, market, signals, _RULES, range(5, 55))
    assert found.passed
    assert found.detail.startswith("50 sessions tried, of which ")
    assert int(found.detail.split("which ")[1].split()[0]) > 10
    assert fills_follow_signals(run_backtest(market, signals, _RULES)).passed


def _on_the_same_bar(market, signals, rules):
    """Signals moved up by a session: filled at the open of the bar at whose close they were made."""
    early = replace(
        signals, label=np.roll(signals.label, -1, axis=0), confluence=np.roll(signals.confluence, -1, axis=0)
    )
    early.label[-1], early.confluence[-1] = -1, np.nan
    return run_backtest(market, early, rules)


def test_execution_on_the_signals_own_bar_is_caught_though_its_journal_is_clean():
    market, signals = random_market(np.random.default_rng(5), 8, 60)
    assert fills_follow_signals(_on_the_same_bar(market, signals, _RULES)).passed
    found = same_bar_execution(_on_the_same_bar, market, signals, _RULES, range(5, 55))
    assert not found.passed
    assert "depends on signals of its own close" in found.detail


def test_a_journal_with_a_fill_on_its_signals_session_is_caught():
    market, signals = random_market(np.random.default_rng(5), 8, 60)
    result = run_backtest(market, signals, _RULES)
    forged = (result.fills[0]._replace(signal_session=result.fills[0].fill_session), *result.fills[1:])
    found = fills_follow_signals(replace(result, fills=forged))
    assert not found.passed
    assert found.detail.startswith("1 of ")


def test_a_signal_from_tomorrows_returns_is_caught_and_yesterdays_is_not():
    panel, _ = _panel_and_scores(7, ("A", "B", "C"))
    cuts = panel.session[[30, 60]]

    def of_return(panel, shift):
        score = np.full(panel.n_rows, np.nan)
        for first, last in zip(panel.starts[:-1], panel.starts[1:], strict=True):
            returns = panel.close[first + 1 : last] / panel.close[first : last - 1] - 1.0
            score[first + shift : last - 1 + shift] = 0.5 + np.clip(returns, -0.5, 0.5)
        return score

    assert signals_from_the_future(lambda panel: of_return(panel, 1), panel, cuts).passed
    found = signals_from_the_future(lambda panel: of_return(panel, 0), panel, cuts)
    assert not found.passed
    assert found.detail.startswith(f"the signal of A on {panel.session[30]}")


def test_tomorrows_returns_would_have_made_a_fortune():
    """The cheat is worth looking for: with it the same book makes a fortune."""
    close = 50.0 * np.exp(np.cumsum(np.random.default_rng(7).normal(0.0, 0.02, (90, 8)), axis=0))
    opened = np.vstack([close[:1], close[:-1]])  # at the close before
    bars = {
        name: list(zip(opened[:, i].tolist(), close[:, i].tolist(), strict=True))
        for i, name in enumerate("ABCDEFGH")
    }
    market = make_market(bars)
    label = {}
    for name, shift in (("tomorrow", -1), ("today", 0)):
        score = np.nan_to_num(np.roll(market.total_return, shift, axis=0))
        label[name] = np.where(score > 0.0, 1, 3).astype(np.int8)
    rules = plain_settings(
        horizon_sessions=1, caps=Caps(weight=0.12, max_names_by_sector={}, sector_weight=1.0)
    )
    signals = make_signals(market, {})
    final = {
        name: run_backtest(
            market, replace(signals, label=codes, confluence=np.where(codes == 1, 0.6, 0.4)), rules
        )
        for name, codes in label.items()
    }
    assert final["tomorrow"].equity[-1] > 1.5 * final["tomorrow"].capital
    assert final["today"].equity[-1] < 1.1 * final["today"].capital


def test_a_market_without_signals_stays_in_cash():
    market = make_market({"A": [(10.0, 10.0)] * 3})
    result = run_backtest(market, make_signals(market, {}), plain_settings())
    assert result.trades().empty
    assert result.first_held is None
    assert (result.equity == 20_000.0).all()
