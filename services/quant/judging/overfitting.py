"""How often the variant that was best on one half of the history disappoints on the other."""

from itertools import combinations

import numpy as np

from models.domain.trials import Overfitting

N_BLOCKS = 16
MIN_VARIANTS = 10


def backtest_overfitting(returns: np.ndarray, n_blocks: int = N_BLOCKS) -> Overfitting:
    """Estimate the probability of backtest overfitting by combinatorially symmetric cross-validation.

    Parameters
    ----------
    returns : float64 array, shape (n_sessions, n_variants)
        Of every variant on the sessions that all of them have. No NaN.
    n_blocks : int
        Even; the history is parted into so many runs of equal length, the oldest sessions left over.

    Returns
    -------
    Overfitting
        Variants are compared by their Sharpe ratios; one that never moves has 0.

    References
    ----------
    Bailey, Borwein, Lopez de Prado and Zhu (2017), The Probability of Backtest Overfitting, Journal of
    Computational Finance 20.
    """
    n_sessions, n_variants = returns.shape
    if n_variants < MIN_VARIANTS:
        return Overfitting(None, n_variants, n_sessions, reason="too few variants")
    length = n_sessions // n_blocks
    if length < 2:
        return Overfitting(None, n_variants, n_sessions, reason="too few sessions")
    blocks = returns[n_sessions - length * n_blocks :].reshape(n_blocks, length, n_variants)
    sums, squares = blocks.sum(axis=1), (blocks**2).sum(axis=1)
    halves = np.array(list(combinations(range(n_blocks), n_blocks // 2)))
    is_in = np.zeros((len(halves), n_blocks))
    np.put_along_axis(is_in, halves, 1.0, axis=1)
    n_half = length * n_blocks // 2
    inside = _sharpes(is_in @ sums, is_in @ squares, n_half)
    outside = _sharpes((1.0 - is_in) @ sums, (1.0 - is_in) @ squares, n_half)
    best = inside.argmax(axis=1)
    chosen = np.take_along_axis(outside, best[:, None], axis=1)
    rank = (outside < chosen).sum(axis=1) + ((outside == chosen).sum(axis=1) + 1) / 2.0
    is_below = rank <= (n_variants + 1) / 2.0
    return Overfitting(float(is_below.mean()), n_variants, n_sessions, len(halves))


def _sharpes(sums: np.ndarray, squares: np.ndarray, n: int) -> np.ndarray:
    mean = sums / n
    variance = np.maximum(squares / n - mean**2, 0.0)
    # A variance below the rounding of its sums is none.
    moves = variance > 1e-14 * np.maximum(squares / n, 1e-300)
    return np.divide(mean, np.sqrt(variance), out=np.zeros_like(mean), where=moves)
