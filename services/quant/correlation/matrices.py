"""Estimates of a correlation matrix where symbols may lack some sessions.

Each pair is measured on the sessions that both have: nothing missing is filled.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.domain.correlation import CorrelationMethod

FloatArray = npt.NDArray[np.float64]
_NOISE = 1e-12  # variances below this share of the mean square are rounding


@dataclass(frozen=True, eq=False)
class Estimate:
    """A symmetric matrix with unit diagonal, NaN for pairs that cannot be measured.

    ``shrinkage``: the weight of the identity in it, None where it is not shrunk.
    """

    matrix: FloatArray
    shrinkage: float | None = None


def estimate(returns: FloatArray, method: CorrelationMethod) -> Estimate:
    """Return the correlations of columns.

    Parameters
    ----------
    returns : float64 array, shape (n_sessions, n_symbols)
        NaN where missing.
    method : CorrelationMethod
        See the functions below.
    """
    if method is CorrelationMethod.SPEARMAN:
        return Estimate(spearman(returns))
    if method is CorrelationMethod.LEDOIT_WOLF:
        return ledoit_wolf(returns)
    return Estimate(pearson(returns))


def pearson(values: FloatArray) -> FloatArray:
    """Return the product-moment correlation of each pair on their common sessions.

    NaN where a pair has fewer than two of them, or one of the two does not vary there.
    """
    standardised, is_there = _standardised(values)
    n_common = _common(is_there)
    with np.errstate(invalid="ignore", divide="ignore"):
        # Of the row's symbol over the sessions that it shares with the column's.
        mean = standardised.T @ is_there / n_common
        variance = np.square(standardised).T @ is_there / n_common - np.square(mean)
        variance[variance < _NOISE] = np.nan
        covariance = standardised.T @ standardised / n_common - mean * mean.T
        matrix: FloatArray = covariance / np.sqrt(variance * variance.T)
    np.clip(matrix, -1.0, 1.0, out=matrix)
    matrix = (matrix + matrix.T) / 2.0
    can_be_measured = ~np.isnan(np.diagonal(matrix))
    np.fill_diagonal(matrix, np.where(can_be_measured, 1.0, np.nan))
    return matrix


def spearman(values: FloatArray) -> FloatArray:
    """Return the rank correlation of each pair on their common sessions.

    A return's rank is that among all of its symbol's, ties sharing their mean: ranking each pair's common
    sessions anew would change the third decimal where some are missing, and take minutes.
    """
    return pearson(pd.DataFrame(values).rank().to_numpy("float64"))


def ledoit_wolf(values: FloatArray) -> Estimate:
    """Return the Pearson matrix shrunk towards the identity, by as much as its own noise asks for.

    With returns standardised the target, the mean variance times the identity, is the identity, so the
    diagonal stays 1. Without missing values this is scikit-learn's ``ledoit_wolf`` of standardised columns;
    with them, sums run over what each pair has.

    References
    ----------
    Ledoit and Wolf (2004), A well-conditioned estimator for large-dimensional covariance matrices,
    J. Multivariate Analysis 88.
    """
    sample = pearson(values)
    standardised, is_there = _standardised(values)
    n_common = _common(is_there)
    squares = np.square(standardised)
    with np.errstate(invalid="ignore", divide="ignore"):
        noise = (squares.T @ squares / n_common - np.square(sample)) / n_common
    distance = float(np.nansum(np.square(sample - np.eye(sample.shape[0]))))
    shrinkage = 1.0 if distance == 0.0 else min(max(float(np.nansum(noise)) / distance, 0.0), 1.0)
    shrunk = (1.0 - shrinkage) * sample
    shrunk[np.diag_indices_from(shrunk)] = np.diagonal(sample)
    return Estimate(shrunk, shrinkage)


def n_common_sessions(values: FloatArray) -> FloatArray:
    """Return on how many sessions each pair has both values."""
    return _common((~np.isnan(values)).astype(np.float64))


def _common(is_there: FloatArray) -> FloatArray:
    counts: FloatArray = is_there.T @ is_there
    return counts


def _standardised(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the columns with mean 0 and variance 1, 0 where missing, and 1 where not missing, else 0.

    The zeros only stand in sums whose counts leave them out. A column that does not vary is missing.
    """
    is_there = ~np.isnan(values)
    n_there = is_there.sum(axis=0)
    filled = np.where(is_there, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled.sum(axis=0) / n_there
        centred = np.where(is_there, values - mean, 0.0)
        variance = np.square(centred).sum(axis=0) / n_there
        mean_square = np.square(filled).sum(axis=0) / n_there
    varies = variance > _NOISE * mean_square
    scale = np.sqrt(np.where(varies, variance, 1.0))
    return np.where(varies, centred / scale, 0.0), (is_there & varies).astype(np.float64)
