"""Intervals of figures over sessions that resemble their neighbours: whole blocks are drawn."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from arch.bootstrap import StationaryBootstrap

from models.domain.judging import Interval

N_RESAMPLES = 1000
# Sums over sessions, shape (n_draws, n_columns), to the figure, shape (n_draws,).
Figure = Callable[[np.ndarray], np.ndarray]


def session_draws(
    n_sessions: int, block_sessions: int, rng: np.random.Generator, n_resamples: int = N_RESAMPLES
) -> np.ndarray:
    """Return how often each session stands in each resample of the stationary bootstrap.

    Parameters
    ----------
    n_sessions : int
    block_sessions : int
        Mean length of a block: the label's horizon or more, as neighbouring labels share sessions.
    rng : Generator
    n_resamples : int

    Returns
    -------
    float64 array, shape (n_resamples, n_sessions)
        Each row sums to ``n_sessions``.

    References
    ----------
    Politis and Romano (1994), The Stationary Bootstrap, JASA 89, through arch.
    """
    places = np.arange(n_sessions)
    bootstrap = StationaryBootstrap(min(block_sessions, n_sessions), places, seed=rng)
    draws = np.empty((n_resamples, n_sessions))
    for row, (drawn, _) in zip(draws, bootstrap.bootstrap(n_resamples), strict=True):
        row[:] = np.bincount(drawn[0], minlength=n_sessions)
    return draws


def block_interval(
    sums: np.ndarray, figure: Figure, draws: np.ndarray, n: int, confidence: float = 0.95
) -> Interval:
    """Return a figure of sums over sessions with its percentile interval.

    Parameters
    ----------
    sums : float64 array, shape (n_sessions, n_columns)
        What the figure is made of, summed within each session.
    figure : callable
        From sums over all sessions to the figure; NaN where it is not defined.
    draws : float64 array, shape (n_resamples, n_sessions)
        Of ``session_draws``; two models judged on the same draws can be compared.
    n : int
        Observations behind the sums.
    confidence : float
        Two-sided.

    Returns
    -------
    Interval
        NaN bounds if fewer than nine tenths of the resamples define the figure.
    """
    value = float(figure(sums.sum(axis=0)[None])[0])
    found = figure(draws @ sums)
    found = found[np.isfinite(found)]
    low = high = float("nan")
    if found.size >= 0.9 * draws.shape[0]:
        tail = (1.0 - confidence) / 2.0
        low, high = (float(bound) for bound in np.quantile(found, [tail, 1.0 - tail]))
    return Interval(value, low, high, confidence, n, sums.shape[0])


def biased_interval(
    sums: np.ndarray, figure: Figure, draws: np.ndarray, n: int, confidence: float = 0.95
) -> Interval:
    """Return a figure that chance can only make larger, such as a sum of distances, with its interval.

    Resampling adds as much to it as the sample itself did to the truth. So the quantiles are mirrored at the
    figure instead of taken as they are; below 0 there is nothing, and the figure itself is always inside.
    Where the truth is 0, the lower bound may stay a little above it.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, equation 5.6.
    """
    plain = block_interval(sums, figure, draws, n, confidence)
    low = np.maximum(2.0 * plain.value - plain.high, 0.0)
    high = np.maximum(2.0 * plain.value - plain.low, plain.value)
    return replace(plain, low=float(low), high=float(high))


def lower_bound(sums: np.ndarray, figure: Figure, draws: np.ndarray, confidence: float = 0.90) -> float:
    """Return the one-sided lower bound of a figure; NaN as in ``block_interval``."""
    return block_interval(sums, figure, draws, 0, confidence=2.0 * confidence - 1.0).low


def paired_p_value(ours: np.ndarray, theirs: np.ndarray, figure: Figure, draws: np.ndarray) -> float:
    """Return how often a difference as large as the one found, and of its sign, would come from chance.

    Parameters
    ----------
    ours, theirs : float64 array, shape (n_sessions, n_columns)
        Sums of two models over the same sessions.
    figure, draws
        As in ``block_interval``.

    Returns
    -------
    float
        Two-sided, from the resampled differences around the one found; NaN where it is not defined.
    """
    differences = figure(draws @ ours) - figure(draws @ theirs)
    observed = float((figure(ours.sum(axis=0)[None]) - figure(theirs.sum(axis=0)[None]))[0])
    differences = differences[np.isfinite(differences)]
    if differences.size == 0 or not np.isfinite(observed):
        return float("nan")
    n_as_large = int((np.abs(differences - observed) >= abs(observed)).sum())
    return float((n_as_large + 1) / (differences.size + 1))
