"""Degrees of freedom of a multivariate Student-t."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

MIN_DEGREES, MAX_DEGREES = 3.0, 50.0
_SESSIONS_PER_DIMENSION = 20


def fit_degrees_of_freedom(returns: np.ndarray) -> float:
    """Return the degrees of freedom with the largest likelihood in [3, 50], given mean and covariance.

    Parameters
    ----------
    returns : float64 array, shape (n_sessions, n_symbols)
        No NaN.

    Returns
    -------
    float
        The scale is covariance (nu - 2) / nu. Taken on the leading principal components, one for every 20
        sessions at most: each has the same nu, and in more of them the sample's own covariance makes every
        session look alike. 50 where nothing moves.

    References
    ----------
    Kotz and Nadarajah (2004), Multivariate t Distributions and Their Applications, section 10.2.
    """
    centred = returns - returns.mean(axis=0)
    n_sessions = centred.shape[0]
    left, size, _ = np.linalg.svd(centred, full_matrices=False)
    rank = int((size > size[0] * 1e-8).sum()) if size.size and size[0] > 0.0 else 0
    n_used = min(rank, max(1, n_sessions // _SESSIONS_PER_DIMENSION))
    if n_used == 0:
        return MAX_DEGREES
    squared = (left[:, :n_used] ** 2).sum(axis=1) * (n_sessions - 1)  # of Mahalanobis

    def cost(degrees: float) -> float:
        half = 0.5 * (degrees + n_used)
        normaliser = gammaln(half) - gammaln(0.5 * degrees) - 0.5 * n_used * np.log(degrees - 2.0)
        return float(-n_sessions * normaliser + half * np.log1p(squared / (degrees - 2.0)).sum())

    found = minimize_scalar(cost, bounds=(MIN_DEGREES, MAX_DEGREES), method="bounded")
    return float(found.x)
