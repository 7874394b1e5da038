"""The technical-only book on the S&P 500 panel, against figures that another program measured."""

import numpy as np
import pytest

from benchmarks.backtest import technical_subject
from models.domain.portfolio import BacktestSettings
from services.quant.performance import statistics
from services.quant.portfolio.backtest import run_backtest
from services.quant.portfolio.comparisons import equal_weight_universe
from services.quant.portfolio.random_books import random_books
from services.quant.portfolio.reconciliation import reconcile
from tests.unit.providers.files.writing import fetch
from tests.unit.quant.portfolio.factories import NO_LIMITS

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def subject(real_data):
    names = ("sp500_daily.parquet", "sectors.csv", "benchmark.parquet")
    return technical_subject(fetch(*(real_data / "sp500" / name for name in names)))


@pytest.fixture(scope="module")
def book(subject):
    return run_backtest(*subject, BacktestSettings(scales_exposure=False, limits=NO_LIMITS))


def _sharpe_since(equity, first):
    return statistics.sharpe(equity[first + 1 :] / equity[first:-1] - 1.0)


def test_it_is_the_measured_book(subject, book):
    """Measured elsewhere: 49 names, 98 % gross, two turns a year, net Sharpe 0.86."""
    market, first = subject[0], book.first_held
    value = np.abs(book.quantity * np.nan_to_num(market.mark)).sum(axis=1)
    assert (book.quantity != 0).sum(axis=1)[first:].mean() == pytest.approx(49.0, abs=1.0)
    assert statistics.exposure(value[first:], book.equity[first:]) == pytest.approx(0.97, abs=0.02)
    traded = sum(fill.notional for fill in book.fills)
    assert statistics.annual_turnover(traded, book.equity[first:]) == pytest.approx(2.0, abs=0.15)
    assert _sharpe_since(book.equity, first) == pytest.approx(0.87, abs=0.03)
    assert reconcile(book, market) == ()


def test_the_universe_does_as_well_and_so_do_random_books(subject, book):
    market, first = subject[0], book.first_held
    universe = equal_weight_universe(market, book.settings.costs)
    assert statistics.sharpe(universe.gross[first + 1 :]) == pytest.approx(0.86, abs=0.03)
    books = random_books(market, book, 40, np.random.default_rng(0))
    own = _sharpe_since(book.equity, first)
    of_books = [_sharpe_since(equity, first) for equity in books.equity]
    assert min(of_books) < own < max(of_books)
    assert np.median(of_books) == pytest.approx(own, abs=0.1)


def test_all_rules_together_reconcile_and_fall_less(subject, book):
    market, signals = subject
    careful = run_backtest(market, signals, BacktestSettings())
    assert reconcile(careful, market) == ()
    assert (careful.cash >= 0.0).all()
    assert statistics.max_drawdown(careful.equity) < statistics.max_drawdown(book.equity) - 0.1
