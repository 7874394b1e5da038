"""A book beside the universe and its random twins: by hand, by other means, and where luck is planted."""

import numpy as np
import pytest
from scipy.stats import percentileofscore

from models.domain.portfolio import TradingCosts
from services.quant.judging.intervals import session_draws
from services.quant.performance import statistics
from services.quant.portfolio.backtest import run_backtest
from services.quant.portfolio.judged_book import BookGround, judge_book
from services.quant.portfolio.market import NO_LABEL, SignalMatrix
from services.quant.portfolio.random_books import random_books
from tests.unit.quant.portfolio.factories import make_market, make_signals, plain_settings, random_market

FREE_TRADING = TradingCosts(commission=0.0, slippage=0.0, borrow_rate=0.0)


@pytest.fixture(scope="module")
def subject():
    """A market of 12 symbols and signals from the 40th session on."""
    market, signals = random_market(np.random.default_rng(5), 12, 160)
    label, confluence = signals.label.copy(), signals.confluence.copy()
    label[:40], confluence[:40] = NO_LABEL, np.nan
    return BookGround.of(market, plain_settings()), SignalMatrix(label, confluence)


def test_a_hand_worked_book():
    """A grows by a tenth at each close, B stands still; bought at the opens of the second session.

    A's 200 shares at 11 take 2,200 of the 40,000 allotted to two names: half of it is meant, at the close of
    10, so 20,000 / 10 = 2,000 shares at 11. They close at 11, 12.1 and 13.31. The universe gains 5 %,
    5 % and 5 %.
    """
    market = make_market(
        {
            "A": [(10.0, 10.0), (11.0, 11.0), (12.0, 12.1), (13.0, 13.31)],
            "B": [(10.0, 10.0)] * 4,
        }
    )
    ground = BookGround.of(market, plain_settings(costs=FREE_TRADING))
    judged = judge_book(ground, make_signals(market, {"A": "b...", "B": "...."}), first=0, n_books=50)
    equity = np.array([40_000.0, 40_000.0, 18_000.0 + 2_000 * 12.1, 18_000.0 + 2_000 * 13.31])
    np.testing.assert_allclose(judged.returns.values, equity[1:] / equity[:-1] - 1.0)
    np.testing.assert_array_equal(judged.returns.sessions, market.sessions[1:])
    figures = judged.figures
    assert figures.total_return == pytest.approx(44_620 / 40_000 - 1.0)
    assert figures.annual_return == pytest.approx(1.1155 ** (252 / 3) - 1.0)
    assert figures.equal_weight_return == pytest.approx(1.05**252 - 1.0)
    assert figures.excess_over_equal_weight == pytest.approx(1.1155**84 - 1.05**252)
    assert (figures.n_trades, figures.n_sessions, figures.n_sessions_held) == (1, 3, 3)
    assert figures.turnover == pytest.approx(22_000 / 2 / np.mean(equity) * 84)
    assert (figures.cost, figures.allotted_share) == (0.0, 0.04)


def test_figures_by_other_means(subject):
    ground, signals = subject
    judged = judge_book(ground, signals, first=40, n_books=80)
    figures, returns = judged.figures, judged.returns.values
    book = run_backtest(ground.market, signals, ground.settings)
    assert np.prod(1.0 + returns) - 1.0 == pytest.approx(figures.total_return)
    assert book.equity[-1] / book.capital - 1.0 == pytest.approx(figures.total_return)
    assert figures.sharpe == pytest.approx(statistics.sharpe(returns))
    assert figures.sharpe_low < figures.sharpe < figures.sharpe_high
    universe, years = ground.equal_weight[41:], 119 / 252
    bought = 1.0 - ground.settings.costs.per_side
    drawn = [
        np.prod((1.0 + returns) ** times) ** (1.0 / years)
        - (bought * np.prod((1.0 + universe) ** times)) ** (1.0 / years)
        for times in session_draws(119, 21, np.random.default_rng(20_000))
    ]
    assert [figures.excess_low, figures.excess_high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]))
    assert figures.excess_low < figures.excess_over_equal_weight < figures.excess_high
    assert figures.n_sessions == returns.size == judged.returns.sessions.size == 119
    others = random_books(ground.market, book, 80, np.random.default_rng(20_000)).total_return
    rank = percentileofscore(others, figures.total_return, kind="mean") / 100.0
    assert figures.random_books_percentile == pytest.approx(rank)
    n_above_median = figures.excess_over_equal_weight > figures.random_books_median_excess
    assert figures.beats_random_books == n_above_median == (rank > 0.5)
    paid = sum(fill.cost + fill.slippage for fill in book.fills)
    assert figures.cost == pytest.approx(paid / book.equity[40:].mean() * 252 / 119)
    assert figures.break_even_cost == pytest.approx(
        (book.equity[-1] - book.capital + paid) / sum(fill.notional for fill in book.fills)
    )


def test_what_never_trades_has_earned_nothing_and_beats_nobody(subject):
    ground, signals = subject
    nothing = SignalMatrix(np.full_like(signals.label, NO_LABEL), np.full_like(signals.confluence, np.nan))
    figures = judge_book(ground, nothing, first=40, n_books=20).figures
    assert (figures.total_return, figures.n_trades, figures.exposure, figures.cost) == (0.0, 0, 0.0, 0.0)
    assert np.isnan([figures.sharpe, figures.sharpe_low, figures.break_even_cost]).all()
    assert figures.random_books_percentile == 0.5
    assert not figures.beats_random_books


@pytest.mark.parametrize("knows", [True, False])
def test_who_knows_tomorrow_beats_the_random_books_and_who_errs_does_not(knows):
    rng = np.random.default_rng(8)
    walks = 50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, (20, 160)), axis=1))
    market = make_market({f"S{i:02d}": [(price, price) for price in walk] for i, walk in enumerate(walks)})
    ground = BookGround.of(market, plain_settings())
    ahead = np.full(market.close.shape, np.nan)
    ahead[:-6] = market.close[6:] / market.open[1:-5] - 1.0
    lean = ahead if knows else -ahead
    label = np.select([np.isnan(lean), lean > 0.05, lean < 0.0], [NO_LABEL, 0, 3], 2)
    label[:40] = NO_LABEL
    signals = SignalMatrix(label.astype(np.int8), np.where(label == NO_LABEL, np.nan, 0.5 + lean))
    figures = judge_book(ground, signals, first=40, n_books=200).figures
    assert figures.beats_random_books == knows
    assert figures.random_books_percentile == pytest.approx(float(knows), abs=0.05)


def test_only_members_are_in_the_universe_and_in_the_random_books(subject):
    ground, signals = subject
    market = ground.market
    members = np.zeros(market.close.shape, dtype=bool)
    members[:, :3] = True
    narrow = BookGround.of(market, ground.settings, members)
    alone = judge_book(narrow, signals, first=40, n_books=20).figures
    whole = judge_book(ground, signals, first=40, n_books=20).figures
    assert alone.total_return == whole.total_return
    assert alone.equal_weight_return != whole.equal_weight_return
    assert alone.random_books_median_excess != whole.random_books_median_excess
