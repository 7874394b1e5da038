"""What was tried, and what an audit looked at."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

# Trained beside every model: what it has to be better than.
BASELINES = ("majority", "class_prior", "previous_sign", "always_up", "logistic_regression", "lightgbm")


class TrialKind(StrEnum):
    """How a configuration was tried."""

    WALK_FORWARD = "walk_forward"
    PROTOCOL = "protocol"  # the test of a published benchmark
    VALIDATION = "validation"  # of a published benchmark, whose test was not read

    @property
    def is_benchmark(self) -> bool:
        """Whether it was tried on a published benchmark's data, not on a dataset of this installation."""
        return self is not TrialKind.WALK_FORWARD


@dataclass(frozen=True)
class Trial:
    """A configuration that was tried on some data.

    ``configuration`` holds all that somebody chose: the model and its settings, labels, features, splits, the
    provider and source of the data. Not in it: seeds, and the newest session, so that a rerun is no new
    trial. ``data_snapshot`` and ``code_version`` tell with what the newest run can be repeated.
    """

    kind: TrialKind
    model: str
    configuration: Mapping[str, Any]
    data_snapshot: str
    code_version: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of kind, model and configuration, the same whatever the order of the settings."""
        content = {"kind": self.kind.value, "model": self.model, "configuration": dict(self.configuration)}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class BenchmarkCount:
    """How often a benchmark was tried: different configurations, and those whose test was read."""

    n_configurations: int
    n_test_readings: int


@dataclass(frozen=True, eq=False)
class TrialReturns:
    """Net returns of a trial's book: datetime64[D] and float64, shape (n_sessions,)."""

    sessions: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class BookFigures:
    """What the book of a trial's forecasts earned out of sample, after costs, on allotted capital.

    ``total_return`` is of the whole time; the other returns, volatility, turnover and cost are a year's. All
    are fractions. An excess is a yearly return less that of the universe at equal weights, both net.
    ``sharpe_low`` to ``sharpe_high`` is a 95 % interval from blocks of sessions. At ``break_even_cost``, a
    side, the same trades would have gained nothing. ``random_books_percentile``: share of the random books of
    equal turnover that earned less, ties counted half. ``excess_low`` to ``excess_high``: 95 % as for the
    Sharpe ratio, book and universe drawn together. NaN where a figure is not defined: a book that never
    traded has no Sharpe ratio.
    """

    sizing: str
    allotted_share: float
    first_session: str
    last_session: str
    n_sessions: int
    n_sessions_held: int
    n_trades: int
    total_return: float
    annual_return: float
    volatility: float
    sharpe: float
    sharpe_low: float
    sharpe_high: float
    max_drawdown: float
    exposure: float
    turnover: float
    cost: float
    break_even_cost: float
    equal_weight_return: float
    equal_weight_sharpe: float
    excess_over_equal_weight: float
    excess_low: float
    excess_high: float
    n_random_books: int
    random_books_median_excess: float
    random_books_percentile: float

    @property
    def beats_random_books(self) -> bool:
        """Whether it earned more than the median of the random books."""
        return self.excess_over_equal_weight > self.random_books_median_excess


@dataclass(frozen=True, eq=False)
class JudgedBook:
    """Net returns of a trial's book, session by session, and what they come to."""

    returns: TrialReturns
    figures: BookFigures


@dataclass(frozen=True)
class TrialSharpe:
    """The Sharpe ratio of a trial's book, and how much of it luck and search explain.

    ``sharpe`` is a session's, ``annual_sharpe`` a year's. ``probabilistic``: probability that the true one is
    above 0; ``deflated``: above what the best of all trials shows by luck, None for a single trial. NaN where
    the book never moved.
    """

    sharpe: float
    annual_sharpe: float
    n_sessions: int
    probabilistic: float
    deflated: float | None


@dataclass(frozen=True)
class Overfitting:
    """``probability``: share of splits in which the best in sample is below the median out of sample.

    None, with the reason, where it cannot be told.
    """

    probability: float | None
    n_variants: int
    n_sessions: int
    n_splits: int = 0
    reason: str = ""


@dataclass(frozen=True)
class TrialStatistics:
    """What the whole ledger of a dataset says of its best: by number of trial, and of the search itself.

    ``n_trials``: every configuration tried, with or without a book.
    """

    n_trials: int
    by_trial: Mapping[int, TrialSharpe]
    overfitting: Overfitting


@dataclass(frozen=True)
class AuditCheck:
    """One line of an audit: what was looked for, whether all is well, and what was seen."""

    name: str
    passed: bool
    detail: str
