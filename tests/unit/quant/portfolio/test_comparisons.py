"""Random books, the universe at equal weights, break-even cost and figures of a curve."""

import numpy as np
import pytest

from models.domain.errors import InsufficientHistoryError
from models.domain.portfolio import Caps, TradingCosts
from services.quant.performance import statistics
from services.quant.portfolio.backtest import run_backtest
from services.quant.portfolio.comparisons import break_even_cost, equal_weight_universe
from services.quant.portfolio.random_books import _pick, _Slots, random_books
from tests.unit.quant.portfolio.factories import make_market, make_signals, plain_settings, random_market

_CAPS = Caps(weight=0.1, max_names=8, max_names_by_sector={}, sector_weight=1.0)


@pytest.fixture(scope="module")
def template():
    market, signals = random_market(np.random.default_rng(11), 25, 120)
    return market, run_backtest(market, signals, plain_settings(caps=_CAPS, resize_at=0.02))


def test_random_books_of_one_symbol_are_the_book_itself():
    """With nothing to choose from, picks cannot differ: split, dividend and costs must come out alike."""
    market = make_market(
        {"A": [(10.0, 10.0), (10.0, 11.0), (5.5, 5.0, 2.0, 0.1), (5.0, 6.0), (6.0, 6.5), (6.0, 6.0)]}
    )
    signals = make_signals(market, {"A": "bhhshh"})
    book = run_backtest(market, signals, plain_settings(horizon_sessions=1, resize_at=0.01))
    books = random_books(market, book, 3, np.random.default_rng(0))
    np.testing.assert_allclose(books.equity, np.tile(book.equity, (3, 1)), atol=15.0)  # a share more or less
    assert books.total_return == pytest.approx(book.equity[-1] / book.capital - 1.0, abs=1e-3)


def test_random_books_turn_over_as_much_as_the_template(template):
    market, book = template
    books = random_books(market, book, 200, np.random.default_rng(0))
    traded = sum(fill.notional for fill in book.fills if fill.reason != "delisted")
    own = statistics.annual_turnover(traded, book.equity)
    turnover = [
        statistics.annual_turnover(notional, equity)
        for notional, equity in zip(books.notional, books.equity, strict=True)
    ]
    assert np.mean(turnover) == pytest.approx(own, rel=0.05)
    assert len(set(books.total_return)) == 200  # they differ


def test_random_books_are_repeatable(template):
    market, book = template
    first, second = (random_books(market, book, 5, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first.equity, second.equity)


def test_random_books_pick_members_alone():
    """Members never move, so that nothing but costs is lost, though the template's names do."""
    rng = np.random.default_rng(4)
    walks = 50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.03, (60, 4)), axis=0))
    moving = {f"M{i}": list(zip(walk.tolist(), walk.tolist(), strict=True)) for i, walk in enumerate(walks.T)}
    market = make_market({**moving, **{f"Q{i}": [(50.0, 50.0)] * 60 for i in range(6)}})
    letters = {name: "".join(rng.choice(list("bhs"), 60)) for name in moving}
    book = run_backtest(market, make_signals(market, letters), plain_settings(caps=_CAPS, resize_at=0.01))
    assert len(book.fills) > 20
    is_still = np.array([name.startswith("Q") for name in market.symbols])
    only = np.broadcast_to(is_still, market.close.shape)
    books = random_books(market, book, 5, rng, is_member=only)
    lost = books.notional * TradingCosts().per_side
    np.testing.assert_allclose(books.equity[:, -1], book.capital - lost, rtol=1e-12)
    assert (lost > 0.0).all()


def test_random_books_never_hold_a_name_twice():
    """Two names, both held throughout: every book must hold both, one of each."""
    market = make_market({"A": [(10.0, 10.0)] * 3 + [(20.0, 20.0)], "B": [(10.0, 10.0)] * 4})
    signals = make_signals(market, {"A": "bhhh", "B": "bhhh"})
    book = run_backtest(market, signals, plain_settings())
    books = random_books(market, book, 50, np.random.default_rng(0))
    assert np.ptp(books.equity[:, -1]) < 100.0  # only which of the two is cut to the cash differs
    assert books.equity[0, -1] == pytest.approx(book.equity[-1], abs=100.0)


def test_a_universe_of_two_by_hand():
    market = make_market({"A": [(10.0, 10.0), (11.0, 11.0), (11.0, 11.0)], "B": [(10.0, 10.0)] * 3})
    found = equal_weight_universe(market, TradingCosts(commission=0.01, slippage=0.0))
    np.testing.assert_allclose(found.gross, [0.0, 0.05, 0.0])
    # bought: 1 traded. Then 0.55/1.05 and 0.5/1.05 back to halves: 0.05/1.05 traded
    np.testing.assert_allclose(found.net, [-0.01, 1.05 * (1.0 - 0.01 * 0.05 / 1.05) - 1.0, 0.0], atol=1e-15)


def test_who_is_no_member_is_not_in_the_universe():
    market = make_market({"A": [(10.0, 10.0), (20.0, 20.0)], "B": [(10.0, 10.0), (11.0, 11.0)]})
    members = np.array([[False, True], [False, True]])
    assert equal_weight_universe(market, TradingCosts(), members).gross[1] == pytest.approx(0.1)


@pytest.mark.parametrize("n_held", [2, 4])
def test_what_is_not_held_is_picked_evenly(n_held):
    n_books = 6_000
    held = np.tile([7, 1, 3, 4], (n_books, 1))
    books = _Slots(
        np.zeros(n_books), held, (np.arange(4) < n_held) * np.ones((n_books, 1)), np.zeros(n_books)
    )
    picked = _pick(books, np.array([1, 3, 4, 6, 7]), np.random.default_rng(4))
    free = [column for column in (1, 3, 4, 6, 7) if column not in held[0, :n_held]]
    columns, counts = np.unique(picked, return_counts=True)
    assert columns.tolist() == free
    assert counts / n_books == pytest.approx(1.0 / len(free), abs=0.03)


def test_who_holds_everything_picks_something_all_the_same():
    books = _Slots(np.zeros(2), np.array([[0, 1], [0, 1]]), np.ones((2, 2)), np.zeros(2))
    assert set(_pick(books, np.array([0, 1]), np.random.default_rng(0)).tolist()) <= {0, 1}


def test_break_even_cost_leaves_nothing():
    market = make_market({"A": [(10.0, 10.0), (10.0, 10.0), (11.0, 11.0), (11.0, 11.0)]})
    signals = make_signals(market, {"A": "bshh"})
    rules = plain_settings(horizon_sessions=1, capital=5_000_000.0, caps=Caps(weight=0.02))
    book = run_backtest(market, signals, rules)
    n = int(book.quantity[1, 0])
    assert break_even_cost(book) == pytest.approx(n * 1.0 / (n * 21.0), abs=1e-6)
    empty = run_backtest(market, make_signals(market, {}), rules)
    assert np.isnan(break_even_cost(empty))


def test_figures_of_a_curve_by_hand():
    equity = np.array([100.0, 110.0, 99.0, 121.0])
    assert statistics.total_return(equity) == pytest.approx(0.21)
    assert statistics.annual_return(equity) == pytest.approx(1.21 ** (252 / 3) - 1.0)
    assert statistics.max_drawdown(equity) == pytest.approx(0.1)
    returns = np.array([0.01, -0.01, 0.03])
    # mean 0.01, deviation 0.02
    assert statistics.annual_volatility(returns) == pytest.approx(0.02 * 252**0.5)
    assert statistics.sharpe(returns) == pytest.approx(0.5 * 252**0.5)
    assert np.isnan(statistics.sharpe(np.zeros(5)))
    assert statistics.exposure(np.array([50.0, 100.0]), np.array([100.0, 100.0])) == 0.75
    # 200 traded over mean equity 100 in a year's 252 sessions: turned over once
    assert statistics.annual_turnover(200.0, np.full(253, 100.0)) == pytest.approx(1.0)
    with pytest.raises(InsufficientHistoryError, match="1 sessions are too few"):
        statistics.annual_return(np.ones(1))
