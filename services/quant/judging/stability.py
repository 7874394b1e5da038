"""How far a distribution has moved: the population stability index.

References
----------
Siddiqi (2006), Credit Risk Scorecards, Wiley, chapter 9 (the index, and below 0.1 no, from 0.25 on a marked
change); Yurdakul (2018), Statistical Properties of Population Stability Index, dissertation, Western Michigan
University (how large it is by chance alone).
"""

import numpy as np

SLIGHT, MARKED = 0.1, 0.25
_DECILES = np.arange(10, 100, 10)
_LEAST_SHARE = 1e-4  # of an empty bin: its logarithm would be infinite


def bin_edges(values: np.ndarray) -> np.ndarray:
    """Return the upper edges of all bins but the last: the distinct deciles of the values that are known.

    A feature of few values has fewer bins; one that is never known has one bin.
    """
    known = values[np.isfinite(values)]
    if known.size == 0:
        return np.empty(0)
    # Deciles that are values themselves: equal values must not fall on both sides of an edge.
    return np.unique(np.percentile(known, _DECILES, method="inverted_cdf"))


def bin_shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the share of the known values in each bin (above the edge before, up to its own).

    Returns
    -------
    float64 array, shape (n_edges + 1,)
        NaN where no value is known.
    """
    known = values[np.isfinite(values)]
    counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=edges.size + 1)
    return counts / known.size if known.size else np.full(edges.size + 1, np.nan)


def stability_index(expected: np.ndarray, found: np.ndarray) -> float:
    """Return sum((found - expected) * ln(found / expected)) over the bins; NaN where nothing is known.

    Parameters
    ----------
    expected, found : float64 array, shape (n_bins,)
        Shares; each sums to 1. An empty bin counts as 0.01 %.
    """
    before, now = np.maximum(expected, _LEAST_SHARE), np.maximum(found, _LEAST_SHARE)
    return float(((now - before) * np.log(now / before)).sum())
