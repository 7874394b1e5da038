"""A snapshot as a whole: parts that add up, repeatability, odd books, and bounded memory."""

import numpy as np
import pytest

from models.domain.errors import InsufficientHistoryError
from models.domain.risk import CONFIDENCES, FAN_LEVELS
from models.domain.risk_request import RiskMethod
from services.quant.monte_carlo import engine
from services.quant.monte_carlo.engine import CHUNK_PATHS, simulate
from services.quant.monte_carlo.history import complete_history
from services.quant.monte_carlo.models import fit_model
from services.quant.risk.contributions import rescaled
from services.quant.risk.snapshot import take_snapshot
from tests.unit.quant.risk.factories import (
    make_book,
    make_history,
    make_matrix,
    make_returns,
    settings,
    silent,
)

RNG_SEED = 5
METHODS = list(RiskMethod)


@pytest.fixture(scope="module")
def history():
    return make_history(make_returns(np.random.default_rng(RNG_SEED), 700, 4))


@pytest.fixture(scope="module")
def book():
    return make_book([0.5, 0.3, 0.2, -0.15])


@pytest.fixture(scope="module", params=METHODS)
def snapshot(request, book, history):
    return take_snapshot(request.param, book, history, settings(n_paths=6_000, horizon_sessions=5), silent)


def test_components_add_up_to_the_whole(snapshot):
    for tail in snapshot.tails:
        for parts in (tail.by_symbol, tail.by_sector):
            assert abs(sum(part.component_var for part in parts) - tail.value_at_risk.value) < 1e-9
            assert abs(sum(part.component_es for part in parts) - tail.expected_shortfall.value) < 1e-9
        for part in tail.by_symbol:
            assert part.marginal_var * part.weight == pytest.approx(part.component_var, abs=1e-12)


def test_figures_stand_in_their_order(snapshot):
    values = [tail.value_at_risk.value for tail in snapshot.tails]
    assert values == sorted(values)
    assert all(tail.expected_shortfall.value >= tail.value_at_risk.value for tail in snapshot.tails)
    assert [tail.confidence for tail in snapshot.tails] == list(CONFIDENCES)
    assert all(list(row) == sorted(row) for row in snapshot.fan)
    assert (len(snapshot.fan), len(snapshot.fan[0])) == (5, len(FAN_LEVELS))
    assert snapshot.max_drawdown.value >= snapshot.tail(0.95).value_at_risk.value - 1e-12


def test_counts_are_all_there(snapshot):
    for drawn in (snapshot.outcomes, snapshot.drawdowns):
        assert sum(drawn.counts) + drawn.n_below + drawn.n_above == 6_000


@pytest.mark.parametrize("method", METHODS)
def test_threads_change_nothing_and_seeds_do(method, book, history):
    weights = np.array(book.weights)
    model = fit_model(method, history, weights, silent)

    def outcomes(n_threads, seed=0):
        chosen = settings(n_paths=3 * CHUNK_PATHS + 7, horizon_sessions=3, seed=seed)
        return simulate(method, model, weights, book.cash, chosen, FAN_LEVELS, silent, n_threads=n_threads)

    one, many = outcomes(1), outcomes(4)
    for name in ("outcomes", "drawdowns", "fan", "worst_outcomes", "worst_growth"):
        assert np.array_equal(getattr(one, name), getattr(many, name)), name
    assert not np.array_equal(one.outcomes, outcomes(1, seed=1).outcomes)


def test_components_of_an_elliptical_book_are_those_of_its_covariance():
    """At one session a multivariate t gives each symbol VaR in proportion to weight times covariance."""
    returns = make_returns(np.random.default_rng(8), 1_000, 3)
    history = make_history(returns - returns.mean(axis=0))
    book = make_book([0.6, 0.3, 0.1], cash=0.0)
    tail = take_snapshot(RiskMethod.STUDENT_T, book, history, settings(n_paths=400_000), silent).tail(0.95)
    weights, covariance = np.array(book.weights), np.cov(returns.T)
    share = weights * (covariance @ weights) / (weights @ covariance @ weights)
    found = {part.name: part for part in tail.by_symbol}
    var = np.array([found[symbol].component_var for symbol in book.symbols]) / tail.value_at_risk.value
    shortfall = (
        np.array([found[symbol].component_es for symbol in book.symbols]) / tail.expected_shortfall.value
    )
    assert var == pytest.approx(share, abs=0.03)
    assert shortfall == pytest.approx(share, abs=0.02)


def test_cash_alone_dampens(history):
    whole = take_snapshot(
        RiskMethod.GBM, make_book([1.0], 0.0), make_history(history.returns[:, :1]), settings(), silent
    )
    half = take_snapshot(
        RiskMethod.GBM, make_book([0.5]), make_history(history.returns[:, :1]), settings(), silent
    )
    assert half.tail(0.99).value_at_risk.value == pytest.approx(
        whole.tail(0.99).value_at_risk.value / 2, rel=1e-9
    )


def test_a_path_of_one_symbol_draws_down_as_a_plain_loop_says():
    history = make_history(make_returns(np.random.default_rng(1), 300, 1))
    for method in METHODS:
        model = fit_model(method, history, np.ones(1), silent)
        values, drawdowns, growth = model.paths(np.random.default_rng(0), 200, 30, np.ones(1) * 0.8, 0.2)
        path = np.concatenate([np.ones((200, 1)), values], axis=1)
        plain = (1.0 - path / np.maximum.accumulate(path, axis=1)).max(axis=1)
        assert drawdowns == pytest.approx(plain, abs=1e-12)
        assert values[:, -1] == pytest.approx(0.2 + 0.8 * growth[:, 0], abs=1e-12)


def test_a_large_book_keeps_details_of_its_first_paths_alone(monkeypatch, book, history):
    monkeypatch.setattr(engine, "_MAX_DETAIL_BYTES", 1)
    found = take_snapshot(RiskMethod.GBM, book, history, settings(n_paths=3 * CHUNK_PATHS), silent)
    tail = found.tail(0.95)
    assert abs(sum(part.component_var for part in tail.by_symbol) - tail.value_at_risk.value) < 1e-9


def test_stopping_ends_it(book, history):
    class StopError(Exception):
        pass

    def stop(done, total, message):
        if done >= 2 * CHUNK_PATHS:
            raise StopError

    with pytest.raises(StopError):
        take_snapshot(RiskMethod.GBM, book, history, settings(n_paths=1_000_000, horizon_sessions=20), stop)


def test_short_histories_are_completed_and_never_cut():
    rng = np.random.default_rng(3)
    market = rng.normal(0.0, 0.01, 1_000)
    values = np.column_stack(
        [1.5 * market + rng.normal(0, 0.005, 1_000), market + rng.normal(0, 0.004, 1_000)]
    )
    values[:700, 0] = np.nan
    history = complete_history(make_matrix(values, market), np.random.default_rng(0))
    (completion,) = history.completions
    assert (completion.symbol, completion.n_own, completion.share) == ("S000", 300, pytest.approx(0.7))
    assert completion.beta == pytest.approx(1.5, abs=0.1)
    assert history.returns.shape == (1_000, 2)
    filled, own = history.returns[:700, 0], history.returns[700:, 0]
    assert np.array_equal(own, values[700:, 0])
    assert np.corrcoef(filled, market[:700])[0, 1] == pytest.approx(
        np.corrcoef(own, market[700:])[0, 1], abs=0.03
    )
    assert filled.std() == pytest.approx(own.std(), rel=0.1)


def test_too_short_a_history_is_refused_by_name():
    values = make_returns(np.random.default_rng(0), 300, 2)
    values[:250, 1] = np.nan
    with pytest.raises(InsufficientHistoryError, match=r"S001 \(50\)"):
        make_history(values)
    with pytest.raises(InsufficientHistoryError, match="40 sessions"):
        make_history(values[-40:, :1])


@pytest.mark.parametrize("method", METHODS)
def test_still_prices_and_twins_give_figures(method):
    """A constant price and a copy make the covariance singular: said, and no NaN."""
    values = make_returns(np.random.default_rng(4), 600, 2)
    values = np.column_stack([values, np.zeros(600), values[:, 0]])
    found = take_snapshot(
        method,
        make_book([0.25] * 4),
        make_history(values),
        settings(n_paths=4_000, horizon_sessions=2),
        silent,
    )
    assert any("S002 has not moved" in note for note in found.notes)
    for tail in found.tails:
        by_symbol = {part.name: part for part in tail.by_symbol}
        assert by_symbol["S002"].component_var == pytest.approx(0.0, abs=1e-4)
        assert np.isfinite([part.component_es for part in tail.by_symbol]).all()
        assert np.isfinite([tail.value_at_risk.value, tail.value_at_risk.standard_error]).all()


@pytest.mark.parametrize(
    ("parts", "total"), [([0.5, -0.5 + 1e-13], 0.02), ([1.0, 2.0], -0.1), ([0.0, 0.0], 0.3)]
)
def test_rescaling_adds_up_where_no_factor_would(parts, total):
    found = rescaled(np.array(parts), total, np.array([0.6, 0.4]))
    assert found.sum() == pytest.approx(total, abs=1e-12)
    assert np.abs(found).max() < 2.0
