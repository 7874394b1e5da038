"""One interface to explain any model that serves, whatever is behind it."""

from typing import Protocol

import numpy as np

from models.domain.errors import InvalidRequestError
from services.ml.classifiers.boosted_trees import FittedBoostedTrees
from services.ml.classifiers.interface import FittedClassifier
from services.ml.classifiers.logistic import FittedLogistic
from services.ml.explanations.attributions import Attributions
from services.ml.explanations.linear import LinearExplainer
from services.ml.explanations.network import NetworkExplainer
from services.ml.explanations.trees import TreesExplainer
from services.ml.networks.serving import ServedNetwork


class Explainer(Protocol):
    """A model as it is explained. Windows are scaled, float32, (n, n_days, n_features), with NaN."""

    n_days: int  # how many sessions it looks at

    def outputs(self, windows: np.ndarray) -> np.ndarray:
        """Return what is explained of each class, a logit: float64, shape (n, n_classes)."""

    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return probabilities before calibration, of such outputs."""

    def attention(self, windows: np.ndarray) -> np.ndarray:
        """Return attention, float32, shape (n, n_heads, n_days); no heads where a model has none."""

    def attribute(self, windows: np.ndarray, classes: np.ndarray) -> Attributions:
        """Share out the output of one class a window, by the method that is exact for this kind of model."""


def explainer_for(classifier: FittedClassifier) -> Explainer:
    """Return what explains a trained model.

    Raises
    ------
    InvalidRequestError
        If it looks at no features.
    """
    if isinstance(classifier, ServedNetwork):
        return NetworkExplainer(classifier)
    if isinstance(classifier, FittedBoostedTrees):
        return TreesExplainer(classifier)
    if isinstance(classifier, FittedLogistic):
        return LinearExplainer(classifier)
    raise InvalidRequestError(
        f"{type(classifier).__name__} looks at no features, so there is nothing to share out among them"
    )
