"""Whether another training of the model gives the same reasons."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import spearmanr

from models.domain.explanations import Explanation, Stability

_MIN_SHARED = 3


def stability(found: Sequence[Explanation], others: Sequence[Explanation]) -> Stability:
    """Compare explanations of the same classes of the same windows by two models, one or more of each."""
    by_symbol = {one.symbol: one for one in others}
    pairs = [(one, by_symbol[one.symbol]) for one in found if one.symbol in by_symbol]
    ours, theirs = found[0], others[0]
    shared = [name for name in ours.feature_names if name in theirs.feature_names]
    at, other_at = (
        [names.index(name) for name in shared] for names in (ours.feature_names, theirs.feature_names)
    )
    sizes, of_symbol = np.zeros((2, len(shared))), {}
    for one, other in pairs:
        values = [one.attributions[at], other.attributions[other_at]]
        sizes += np.abs(values)
        correlation = _rank_correlation(*values)
        if correlation is not None:
            of_symbol[one.symbol] = correlation
    return Stability(
        session=ours.session,
        other_model_id=theirs.model_id,
        other_model_hash=theirs.model_hash,
        n_symbols=len(pairs),
        n_shared_features=len(shared),
        universe=_rank_correlation(*sizes),
        median=float(np.median(list(of_symbol.values()))) if of_symbol else None,
        by_symbol=of_symbol,
    )


def _rank_correlation(first: np.ndarray, second: np.ndarray) -> float | None:
    """Return Spearman's correlation, None where it cannot be said."""
    if first.size < _MIN_SHARED or np.ptp(first) == 0.0 or np.ptp(second) == 0.0:
        return None
    return float(spearmanr(first, second).statistic)
