"""Shapley values of groups of features, of any model: its families exactly, its features by sampling."""

from collections.abc import Sequence

import numpy as np

from models.domain.explanations import Method
from models.domain.features import FeatureFamily
from services.ml.explanations.attributions import MEDIAN_BASELINE, Attributions, feature_game
from services.ml.explanations.explainer import Explainer
from services.ml.explanations.shapley import exact_shapley, sampled_shapley
from services.quant.features.registry import METADATA

N_PAIRS = 12  # of orders of joining: about 1,200 windows for 50 features


def family_shapley(
    explainer: Explainer, windows: np.ndarray, classes: np.ndarray, feature_names: Sequence[str]
) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the exact Shapley values of the families, over all of their coalitions at once.

    Returns
    -------
    families : tuple of str
        Those that have a feature here, in the order of the registry.
    values : float64 array, shape (n, n_families)
        Those of a window sum to its output less the base output.
    """
    of_feature = [METADATA[name].family for name in feature_names]
    families = tuple(family.value for family in FeatureFamily if family in of_feature)
    groups = np.array([families.index(family.value) for family in of_feature])
    values = np.empty((len(windows), len(families)))
    for number, (window, class_index) in enumerate(zip(windows, classes, strict=True)):
        game = feature_game(explainer.outputs, window, int(class_index), groups)
        values[number] = exact_shapley(game, len(families))[0][0]
    return families, values


def feature_shapley(
    explainer: Explainer,
    windows: np.ndarray,
    classes: np.ndarray,
    rng: np.random.Generator,
    n_pairs: int = N_PAIRS,
) -> Attributions:
    """Return Shapley values of features, each with its whole window: sampled, but summing up exactly."""
    n_windows, n_days, n_features = windows.shape
    by_feature, errors = np.empty((n_windows, n_features)), np.empty((n_windows, n_features))
    for number, (window, class_index) in enumerate(zip(windows, classes, strict=True)):
        game = feature_game(explainer.outputs, window, int(class_index), np.arange(n_features))
        found, error = sampled_shapley(game, n_features, n_pairs, rng)
        by_feature[number], errors[number] = found[0], error[0]
    row = np.arange(n_windows)
    return Attributions(
        Method.SHAPLEY_SAMPLING,
        MEDIAN_BASELINE,
        explainer.outputs(windows)[row, classes],
        explainer.outputs(np.zeros((1, n_days, n_features), dtype=np.float32))[0, classes],
        by_feature,
        np.empty((n_windows, 0, n_features)),
        errors,
    )
