"""A whole book by Kelly: nothing before there are trades to learn from, then a holding, then nothing again.

Signals half know the next sessions for the first half of the time, and say their contrary in the second.
"""

from dataclasses import replace

import numpy as np
import pytest

from models.domain.portfolio import OrderReason, Sizing
from services.quant.portfolio.backtest import run_backtest
from services.quant.portfolio.market import NO_LABEL, SignalMatrix
from services.quant.portfolio.reconciliation import reconcile
from services.quant.portfolio.sizing import base_weights
from tests.unit.quant.portfolio.factories import make_market, plain_settings

N_SESSIONS, TURN = 260, 130
EQUAL = plain_settings(horizon_sessions=3)
KELLY = replace(EQUAL, sizing=Sizing.KELLY)


@pytest.fixture(scope="module")
def subject():
    rng = np.random.default_rng(8)
    walks = 50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, (20, N_SESSIONS)), axis=1))
    market = make_market({f"S{i:02d}": [(price, price) for price in walk] for i, walk in enumerate(walks)})
    lean = np.full(market.close.shape, np.nan)
    lean[:-4] = market.close[4:] / market.open[1:-3] - 1.0
    lean[TURN:] *= -1.0
    lean += rng.normal(0.0, 0.02, lean.shape)
    label = np.select([np.isnan(lean), lean > 0.02, lean < 0.0], [NO_LABEL, 0, 3], 2).astype(np.int8)
    return market, SignalMatrix(label, np.where(label == NO_LABEL, np.nan, 0.5 + np.clip(lean, -0.3, 0.3)))


def plain_weights(market, signals):
    """Weights from the trades of the equal book as its frame tells them, with loops."""
    trades = run_backtest(market, signals, EQUAL).trades()
    paid, closed = {}, []
    for trade in trades.itertuples():
        costs = trade.cost + trade.slippage
        if trade.side == "buy":
            paid[trade.symbol] = trade.notional + costs
        else:
            gain = (trade.notional - costs) / paid.pop(trade.symbol) - 1.0
            closed.append((np.datetime64(trade.fill_session, "D"), gain))
    weights = []
    for session in market.sessions:
        gains = [gain for day, gain in closed if day <= session]
        won, lost = [g for g in gains if g > 0.0], [-g for g in gains if g <= 0.0]
        if len(gains) < 200 or not won:
            weights.append(0.0)
            continue
        p, b = len(won) / len(gains), np.mean(won) / np.mean(lost)
        weights.append(max(0.0, (p * b - (1.0 - p)) / b) / (4.0 * np.mean(lost)))
    return np.array(weights)


def test_it_holds_something_exactly_while_the_fraction_is_positive(subject):
    market, signals = subject
    weights = plain_weights(market, signals)
    book = run_backtest(market, signals, KELLY)
    assert reconcile(book, market) == ()
    positive = np.flatnonzero(weights)
    assert 0 < positive[0] < TURN < positive[-1] < N_SESSIONS - 3  # it begins, and it ends
    held = np.flatnonzero(book.quantity.any(axis=1))
    assert (held[0], held[-1]) == (positive[0] + 1, positive[-1] + 1)
    entered = {fill.signal_session for fill in book.fills if fill.reason is OrderReason.ENTRY}
    assert entered <= set(positive.tolist())
    given_up = [fill for fill in book.fills if fill.reason is OrderReason.NO_EDGE]
    assert {fill.signal_session for fill in given_up} == {positive[-1] + 1}
    n_few = int(positive[0])
    assert book.notes[-1].startswith(f"By Kelly nothing is held at {n_few} of 260 closes, as fewer than 200 ")
    assert f"nor at {N_SESSIONS - n_few - positive.size}, as the fraction was not positive" in book.notes[-1]


def test_its_weights_are_kellys_up_to_the_cap(subject):
    market, signals = subject
    assert base_weights(KELLY, 3, np.array([0.0, 0.013, 1.1]))[:, 0].tolist() == [0.0, 0.013, 0.02]
    book = run_backtest(market, signals, KELLY)
    first = book.fills[0]
    assert plain_weights(market, signals)[first.signal_session] > 0.02
    meant = 0.02 * 1_000_000 / market.close[first.signal_session, first.column]
    assert first.quantity == int(meant)
    assert book.notes[-1].endswith("it is cut to the cap of 2 % a name")


def test_later_sessions_change_no_earlier_weight(subject):
    market, signals = subject
    changed = replace(market, open=market.open.copy(), close=market.close.copy(), mark=market.mark.copy())
    for prices in (changed.open, changed.close, changed.mark):
        prices[200:] *= 1.7
    first, second = (run_backtest(one, signals, KELLY) for one in (market, changed))
    np.testing.assert_array_equal(first.quantity[:200], second.quantity[:200])
