"""The strongest features of a signal in plain words."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from services.ml.explanations.feature_words import Unit, said, value_words

N_STRONGEST = 5
_NEWEST_SESSIONS = 5
# Share of the training's values that lies below: what it is called from there on.
_LEVELS = (
    (0.05, "very low"),
    (0.2, "low"),
    (0.8, "in its usual range"),
    (0.95, "high"),
    (np.inf, "very high"),
)
_SMALLEST_SAID = 0.005


def sentence(
    name: str,
    value: float,
    percentile: float,
    attribution: float,
    session: date,
    *,
    shown_class: str,
    class_names: Sequence[str],
    newest_share: float = 1.0,
) -> str:
    """Say what a feature is like and where it pushes.

    Parameters
    ----------
    name : str
        In the registry.
    value : float
        In the registry's units; NaN where it is not known.
    percentile : float
        Share of the training's values that lies below.
    attribution : float
        To the logit of the shown class.
    session : date
    shown_class, class_names
    newest_share : float
        How much of the attribution comes from the newest 5 sessions.
    """
    push = f"{_state(name, value, percentile, session)}: {_push(attribution, shown_class, class_names)}"
    return push if newest_share >= 0.5 else f"{push}, mostly by its earlier values"


def strongest(
    feature_names: Sequence[str],
    values: np.ndarray,
    percentiles: np.ndarray,
    attributions: np.ndarray,
    by_day: np.ndarray,
    session: date,
    *,
    shown_class: str,
    class_names: Sequence[str],
) -> tuple[str, ...]:
    """Return sentences on the features that add or take away most, strongest first; no more than five.

    ``by_day``, shape (n_days, n_features), has no days where nothing is known of them.
    """
    order = np.argsort(-np.abs(attributions), kind="stable")[:N_STRONGEST]
    shares = _newest_shares(by_day)
    return tuple(
        sentence(
            feature_names[k],
            float(values[k]),
            float(percentiles[k]),
            float(attributions[k]),
            session,
            shown_class=shown_class,
            class_names=class_names,
            newest_share=float(shares[k]),
        )
        for k in order
        if attributions[k] != 0.0
    )


def _newest_shares(by_day: np.ndarray) -> np.ndarray:
    sizes = np.abs(by_day)
    total = sizes.sum(axis=0)
    newest = sizes[-_NEWEST_SESSIONS:].sum(axis=0)
    found: np.ndarray = np.divide(newest, total, out=np.ones_like(total, dtype=np.float64), where=total > 0.0)
    return found


def _state(name: str, value: float, percentile: float, session: date) -> str:
    noun, unit = said(name)
    words = value_words(name, value, session)
    if unit is Unit.DATE:
        return f"It is {words}"
    capital = noun[0].upper() + noun[1:]
    if not np.isfinite(value):
        return f"{capital} is not known"
    level = next(level for bound, level in _LEVELS if percentile <= bound)
    return f"{capital} {words} is {level}" if unit is Unit.INDEX else f"{capital} ({words}) is {level}"


def _push(attribution: float, shown_class: str, class_names: Sequence[str]) -> str:
    size = f"{abs(attribution):.2f}" if abs(attribution) >= _SMALLEST_SAID else "less than 0.01"
    if attribution >= 0.0:
        return f"pushes towards {shown_class} by {size}"
    if len(class_names) == 2:
        (other,) = (name for name in class_names if name != shown_class)
        return f"pushes towards {other} by {size}"
    return f"pushes away from {shown_class} by {size}"
