"""What a correlation matrix is made of: who belongs together, and how many bets it amounts to."""

import numpy as np
import numpy.typing as npt
from scipy.cluster import hierarchy
from scipy.sparse.linalg import eigsh

from models.domain.correlation import Measures

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_FULL_SPECTRUM_UP_TO = 32  # symbols; the iterative solver needs more than a few


def linkage(matrix: FloatArray) -> FloatArray:
    """Return the tree of average linkage over the distance sqrt((1 - correlation) / 2).

    Parameters
    ----------
    matrix : float64 array, shape (n, n)
        Two symbols or more, no NaN.

    References
    ----------
    Mantegna (1999), Hierarchical structure in financial markets, Eur. Phys. J. B 11.
    """
    upper = matrix[np.triu_indices_from(matrix, 1)]
    tree: FloatArray = hierarchy.linkage(distance_of(upper), method="average")
    return tree


def distance_of(correlation: FloatArray) -> FloatArray:
    """Return the metric distance of a correlation, 0 to 1."""
    distance: FloatArray = np.sqrt((1.0 - np.clip(correlation, -1.0, 1.0)) / 2.0)
    return distance


def cluster_order(tree: FloatArray) -> IntArray:
    """Return the places of the symbols as the tree's leaves stand side by side."""
    leaves: IntArray = hierarchy.leaves_list(tree).astype(np.int64)
    return leaves


def clusters(tree: FloatArray, correlation: float) -> IntArray:
    """Return the cluster of each symbol, those joined at that correlation or closer being one."""
    limit = float(distance_of(np.array(correlation)))
    labels: IntArray = hierarchy.fcluster(tree, limit, criterion="distance").astype(np.int64)
    return labels


def average_correlation(matrix: FloatArray) -> float:
    """Return the mean over all pairs, NaN for a single symbol."""
    n_symbols = matrix.shape[0]
    if n_symbols < 2:
        return float("nan")
    return float((matrix.sum() - np.trace(matrix)) / (n_symbols * (n_symbols - 1)))


def effective_bets(matrix: FloatArray) -> float:
    """Return (sum of eigenvalues)^2 / sum of their squares, 1 to n.

    The sum of eigenvalues is the trace, that of squares the sum of all squared entries.

    References
    ----------
    Known as the participation ratio; for portfolios e.g. Meucci (2009), Managing diversification, Risk 22.
    """
    return float(np.trace(matrix) ** 2 / np.square(matrix).sum())


def largest_share(matrix: FloatArray) -> float:
    """Return the largest eigenvalue's part of the sum of all: what one factor explains."""
    n_symbols = matrix.shape[0]
    if n_symbols <= _FULL_SPECTRUM_UP_TO:
        largest = np.linalg.eigvalsh(matrix)[-1]
    else:
        start = np.full(n_symbols, n_symbols**-0.5)  # a fixed one: the same matrix gives the same digits
        largest = eigsh(matrix, k=1, which="LA", v0=start, return_eigenvectors=False)[0]
    return float(largest / n_symbols)


def measure(matrix: FloatArray, n_sessions: int, shrinkage: float | None) -> Measures:
    """Return the matrix in numbers, and what independent returns over as many sessions would show.

    Sample correlations of independent series have variance 1 / (n_sessions - 1); their largest eigenvalue
    lies near (1 + sqrt(n / n_sessions))^2.

    References
    ----------
    Marchenko and Pastur (1967), Math. USSR Sbornik 1: the edge of the spectrum.
    """
    n_symbols = matrix.shape[0]
    is_noisy = shrinkage is None
    noise_bets = n_symbols / (1.0 + (n_symbols - 1) / (n_sessions - 1))
    noise_share = (1.0 + np.sqrt(n_symbols / n_sessions)) ** 2 / n_symbols
    return Measures(
        average=average_correlation(matrix),
        largest_share=largest_share(matrix),
        effective_bets=effective_bets(matrix),
        noise_share=float(noise_share) if is_noisy else None,
        noise_bets=float(noise_bets) if is_noisy else None,
        shrinkage=shrinkage,
    )
