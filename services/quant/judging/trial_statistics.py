"""How much of the trials' success is luck, and how much is search: from the ledger's net returns."""

from collections.abc import Mapping
from functools import reduce

import numpy as np

from models.domain.portfolio import SESSIONS_PER_YEAR
from models.domain.trials import Overfitting, TrialReturns, TrialSharpe, TrialStatistics
from services.quant.judging.overfitting import backtest_overfitting
from services.quant.judging.sharpe import (
    SharpeMoments,
    deflated_sharpe,
    probabilistic_sharpe,
    variance_of_trials,
)


def trial_statistics(returns: Mapping[int, TrialReturns], n_trials: int) -> TrialStatistics:
    """Judge the trials of a dataset together.

    Parameters
    ----------
    returns : mapping
        Net returns of every trial that made a book, by trial.
    n_trials : int
        Every configuration tried on the dataset, those without a book too.

    Returns
    -------
    TrialStatistics
        Variants are compared on the sessions that all of them have.
    """
    moments = {trial: SharpeMoments.of(one.values) for trial, one in returns.items()}
    sharpes = [one.sharpe for one in moments.values()]
    by_trial = {
        trial: _sharpe_of(one, n_trials, variance_of_trials(sharpes, one.n_sessions))
        for trial, one in moments.items()
    }
    return TrialStatistics(n_trials, by_trial, _overfitting(list(returns.values())))


def _sharpe_of(moments: SharpeMoments, n_trials: int, variance: float) -> TrialSharpe:
    return TrialSharpe(
        moments.sharpe,
        moments.sharpe * float(np.sqrt(SESSIONS_PER_YEAR)),
        moments.n_sessions,
        probabilistic_sharpe(moments),
        deflated_sharpe(moments, n_trials, variance),
    )


def _overfitting(variants: list[TrialReturns]) -> Overfitting:
    if not variants:
        return backtest_overfitting(np.empty((0, 0)))
    common = reduce(np.intersect1d, [one.sessions for one in variants])
    side_by_side = [one.values[np.searchsorted(one.sessions, common)] for one in variants]
    return backtest_overfitting(np.column_stack(side_by_side))
