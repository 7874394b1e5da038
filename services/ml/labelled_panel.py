"""From a panel of prices to samples: features, labels, and which windows may be used."""

from dataclasses import dataclass

import numpy as np

from models.domain.features import FeatureFamily
from models.domain.market import PricePanel
from services.ml.samples import UNLABELLED, Samples
from services.quant.features.compute import FeaturePanel
from services.quant.features.registry import METADATA
from services.quant.gaps import FilledPanel
from services.quant.targets import DOWN, UP, Labels

WINDOW_SESSIONS = 60
TWO_CLASSES = ("Down", "Up")
THREE_CLASSES = ("Down", "Neutral", "Up")
# Their warm-up is the panel's, not the symbol's.
_OF_SESSION = {FeatureFamily.REGIME, FeatureFamily.CALENDAR}


@dataclass(frozen=True)
class LabelSettings:
    """``horizon_sessions`` h, ``threshold_deviations`` k, and two classes (the sign) or three."""

    horizon_sessions: int = 5
    threshold_deviations: float = 0.5
    n_classes: int = 3


def feature_warm_up(names: tuple[str, ...]) -> int:
    """Return from which session of its window on a symbol's own features are whole."""
    own = [METADATA[name].warm_up_sessions for name in names if METADATA[name].family not in _OF_SESSION]
    return max(own, default=1)


def eligible_places(
    panel: PricePanel,
    filled: FilledPanel,
    is_member: np.ndarray,
    window_sessions: int,
    warm_up_sessions: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the bars that a model can look at, whatever came of them.

    Returns
    -------
    rows, places : int64 array, shape (n_eligible,)
        Rows of the panel, ascending, and their places among the filled ones: members that day, at the end of
        a window in which every feature is past its warm-up.
    """
    places = np.flatnonzero(~filled.is_filled)
    age = places - filled.window_starts[np.searchsorted(filled.window_starts, places, side="right") - 1] + 1
    eligible = (age >= warm_up_sessions + window_sessions - 1) & is_member
    return np.flatnonzero(eligible), places[eligible]


def build_samples(
    panel: PricePanel,
    filled: FilledPanel,
    features: FeaturePanel,
    labels: Labels,
    is_member: np.ndarray,
    *,
    n_classes: int = 3,
    window_sessions: int = WINDOW_SESSIONS,
) -> Samples:
    """Return a sample for every eligible bar; those whose future is not known yet have no label.

    Parameters
    ----------
    panel, filled
        The bars, and the same with short gaps filled.
    features : FeaturePanel
        Of the same panel.
    labels : Labels
        Of the same panel.
    is_member : bool array, shape (n_rows,)
        Whether the symbol belonged to the universe that day.
    n_classes : int
        2 (the sign) or 3.
    window_sessions : int
    """
    warm_up = feature_warm_up(features.names)
    rows, places = eligible_places(panel, filled, is_member, window_sessions, warm_up)
    return Samples(
        features=features.values,
        feature_names=features.names,
        class_names=TWO_CLASSES if n_classes == 2 else THREE_CLASSES,
        window_sessions=window_sessions,
        source=filled.source,
        places=places,
        labels=class_labels(labels, n_classes)[rows],
        sessions=panel.session[rows],
        label_ends=labels.last_session[rows],
        symbols=panel.code[rows].astype(np.int32),
        last_return=_last_return(panel, labels.horizon_sessions)[rows],
    )


def class_labels(labels: Labels, n_classes: int) -> np.ndarray:
    """Return the class of each bar, int8, from the most bearish up; -1 where it is not known."""
    if n_classes == 2:
        found = np.select([labels.two_class == UP, labels.two_class == DOWN], [1, 0], UNLABELLED)
    else:
        found = labels.three_class
    classes: np.ndarray = found.astype(np.int8)
    return classes


def _last_return(panel: PricePanel, horizon_sessions: int) -> np.ndarray:
    """Return the total return over the last h bars of the symbol, NaN where it has fewer."""
    worth = panel.close * panel.gross_growth
    row = np.arange(panel.n_rows)
    before = row - horizon_sessions
    has_past = before >= panel.starts[:-1][panel.code]
    return np.where(has_past, worth / worth[np.maximum(before, 0)] - 1.0, np.nan)
