"""The ledger as a whole: luck, search, and overfitting on common sessions."""

import numpy as np
import pytest
from scipy.stats import kurtosis, norm, skew

from models.domain.trials import TrialReturns
from services.quant.judging.overfitting import backtest_overfitting
from services.quant.judging.trial_statistics import trial_statistics

DAYS = np.datetime64("2015-01-01") + np.arange(700)


def make_trials(n, n_sessions=640, seed=0):
    """Trials whose sessions begin one day after another."""
    rng = np.random.default_rng(seed)
    return {
        7 + i: TrialReturns(DAYS[i : i + n_sessions], rng.normal(0.0003 * i, 0.01, n_sessions))
        for i in range(n)
    }


def test_a_single_trial_was_not_chosen_among_any():
    found = trial_statistics(make_trials(1), n_trials=1)
    assert found.by_trial[7].deflated is None
    assert 0.0 < found.by_trial[7].probabilistic < 1.0
    assert (found.overfitting.probability, found.overfitting.reason) == (None, "too few variants")


def test_an_empty_ledger_says_nothing():
    found = trial_statistics({}, n_trials=3)
    assert (found.n_trials, dict(found.by_trial)) == (3, {})
    assert found.overfitting.reason == "too few variants"


@pytest.mark.parametrize(("n_books", "n_trials"), [(3, 5), (12, 40)])
def test_deflated_by_the_formula(n_books, n_trials):
    """Bailey and Lopez de Prado's formula written out: V of luck while trials are few, else theirs."""
    trials = make_trials(n_books)
    found = trial_statistics(trials, n_trials)
    sharpes = {number: one.values.mean() / one.values.std(ddof=1) for number, one in trials.items()}
    for number, one in trials.items():
        t, values, sharpe = one.values.size, one.values, sharpes[number]
        variance = 1.0 / (t - 1) if n_books < 10 else np.var(list(sharpes.values()), ddof=1)
        best = np.sqrt(variance) * (
            (1.0 - np.euler_gamma) * norm.ppf(1.0 - 1.0 / n_trials)
            + np.euler_gamma * norm.ppf(1.0 - 1.0 / (n_trials * np.e))
        )
        error = np.sqrt(
            1.0 - skew(values) * sharpe + (kurtosis(values, fisher=False) - 1.0) / 4.0 * sharpe**2
        )
        own = found.by_trial[number]
        assert own.sharpe == pytest.approx(sharpe)
        assert own.annual_sharpe == pytest.approx(sharpe * np.sqrt(252.0))
        assert own.deflated == pytest.approx(norm.cdf((sharpe - best) * np.sqrt(t - 1) / error))
        assert own.deflated < own.probabilistic


def test_variants_are_compared_on_the_sessions_that_all_have():
    trials = make_trials(12)
    found = trial_statistics(trials, n_trials=12).overfitting
    common = DAYS[11:640]
    matrix = np.column_stack([one.values[11 - i : 640 - i] for i, one in enumerate(trials.values())])
    assert found.n_sessions == common.size == matrix.shape[0]
    assert found == backtest_overfitting(matrix)
    assert found.probability is not None


def test_without_common_sessions_it_says_so():
    values = np.linspace(-0.01, 0.01, 30)
    trials = {i: TrialReturns(DAYS[30 * i : 30 * i + 30], values) for i in range(12)}
    assert trial_statistics(trials, 12).overfitting.reason == "too few sessions"


def test_a_book_that_never_moved_has_no_sharpe_and_spoils_no_other():
    trials = make_trials(12)
    still = trials | {99: TrialReturns(DAYS[:640], np.zeros(640))}
    found = trial_statistics(still, n_trials=20)
    assert np.isnan([found.by_trial[99].sharpe, found.by_trial[99].probabilistic]).all()
    assert found.by_trial[8] == trial_statistics(trials, n_trials=20).by_trial[8]
