"""The technical-only book on the sample, against figures that another program measured."""

import numpy as np
import pytest

from models.domain.market import PricePanel
from models.domain.portfolio import BacktestSettings
from models.domain.signals import LABELS
from services.quant.features.context import CloseSeries
from services.quant.performance import statistics
from services.quant.portfolio.backtest import run_backtest
from services.quant.portfolio.execution_check import fills_follow_signals, same_bar_execution
from services.quant.portfolio.market import lay_out_market, lay_out_signals
from services.quant.portfolio.reconciliation import reconcile
from tests.unit.quant.portfolio.factories import NO_LIMITS


@pytest.fixture(scope="module")
def subject(sample_market, sample_panel: PricePanel, sample_scores):
    signals = sample_scores[1]
    row = {
        (code, day): i
        for i, (code, day) in enumerate(zip(sample_panel.code.tolist(), sample_panel.session, strict=True))
    }
    score = np.full(sample_panel.n_rows, np.nan)
    label = np.zeros(sample_panel.n_rows, dtype=int)
    days = signals["session"].to_numpy("datetime64[D]")
    rows = [
        row[code - 1, day] for code, day in zip(signals["instrument_id"].tolist(), days, strict=True)
    ]  # instruments are numbered from 1
    score[rows] = signals["confluence"]
    label[rows] = [LABELS.index(name) for name in signals["label"]]
    index = sample_market.bars[sample_market.bars["symbol"] == "^GSPC"]
    market = lay_out_market(
        sample_panel,
        sector_of={instrument.symbol: instrument.sector for instrument in sample_market.instruments},
        benchmark=CloseSeries(index["session"].to_numpy("datetime64[D]"), index["close"].to_numpy()),
    )
    return market, lay_out_signals(market, sample_panel, score, label)


def test_without_scaling_and_limits_it_is_the_measured_book(subject):
    """Measured elsewhere: 6.1 % a year, Sharpe 0.56, drawdown 34 %, from the first holding on."""
    market, signals = subject
    book = run_backtest(market, signals, BacktestSettings(scales_exposure=False, limits=NO_LIMITS))
    assert book.capital == 100_000.0
    held = [market.symbols[column] for column in np.flatnonzero(book.quantity[-1])]
    assert (str(market.sessions[-1]), held) == ("2013-03-01", ["GOOG", "IBM"])
    since = slice(book.first_held, None)
    assert statistics.annual_return(book.equity[since]) == pytest.approx(0.061, abs=0.002)
    assert statistics.sharpe(book.returns[since]) == pytest.approx(0.56, abs=0.01)
    assert statistics.max_drawdown(book.equity) == pytest.approx(0.34, abs=0.02)
    assert reconcile(book, market) == ()


def test_with_all_rules_it_loses_less_at_its_worst(subject):
    market, signals = subject
    calm = run_backtest(market, signals, BacktestSettings())
    wild = run_backtest(market, signals, BacktestSettings(scales_exposure=False, limits=NO_LIMITS))
    assert statistics.max_drawdown(calm.equity) < statistics.max_drawdown(wild.equity) - 0.05
    assert {fill.reason.value for fill in calm.fills} == {"entry", "exit", "resize", "stop"}
    assert reconcile(calm, market) == ()
    assert fills_follow_signals(calm).passed


def test_it_trades_on_nothing_that_it_could_not_know(subject):
    market, signals = subject
    whole = run_backtest(market, signals, BacktestSettings())
    decided = sorted({fill.signal_session for fill in whole.fills})[::40]
    assert same_bar_execution(run_backtest, market, signals, BacktestSettings(), decided).passed
