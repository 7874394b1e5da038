"""Which symbols a matrix can hold, and why the others are left out."""

import numpy as np
import numpy.typing as npt

from models.domain.correlation import LeftOut
from services.quant.correlation.matrices import pearson
from services.quant.correlation.returns import ReturnTable

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def usable_symbols(table: ReturnTable, min_returns: int) -> tuple[IntArray, tuple[LeftOut, ...]]:
    """Return the places of the symbols whose every pair can be measured, and what is left out.

    Left out are symbols with fewer than ``min_returns``, those whose price stood still on more than half of
    their sessions, and those that did not vary while another one had prices.
    """
    n_sessions = table.returns.shape[0]
    n_there = (~np.isnan(table.returns)).sum(axis=0)
    n_still = (table.returns == 0.0).sum(axis=0)
    reasons = {
        place: f"{n_there[place]:,} of {n_sessions:,} returns; it takes {min_returns:,}"
        for place in np.flatnonzero(n_there < min_returns).tolist()
    }
    stands_still = (n_there >= min_returns) & (2 * n_still > n_there)
    reasons |= {
        place: f"price unchanged on {n_still[place]:,} of {n_there[place]:,} sessions"
        for place in np.flatnonzero(stands_still).tolist()
    }
    kept = np.array([place for place in range(len(table.symbols)) if place not in reasons], dtype=np.int64)
    for place in _without_variation(table.returns[:, kept]):
        reasons[int(kept[place])] = "did not vary on the sessions that it shares with others"
    kept = np.array([place for place in kept.tolist() if place not in reasons], dtype=np.int64)
    return kept, tuple(LeftOut(table.symbols[place], reasons[place]) for place in sorted(reasons))


def _without_variation(returns: FloatArray) -> list[int]:
    """Return the columns to drop, worst first, until no pair lacks its correlation."""
    is_missing = np.isnan(pearson(returns))
    dropped: list[int] = []
    while is_missing.any():
        worst = int(is_missing.sum(axis=0).argmax())
        dropped.append(worst)
        is_missing[worst] = is_missing[:, worst] = False
    return dropped
