"""The attention networks: integrated gradients of the module, checked against what is served."""

import numpy as np
from scipy.special import softmax

from models.domain.explanations import Method
from services.ml.explanations.attributions import Attributions, of_class
from services.ml.explanations.integrated_gradients import integrated_gradients
from services.ml.networks.export import load_module
from services.ml.networks.serving import ServedNetwork


class NetworkExplainer:
    """A network as it is served, and the module that it was made from, whose gradients are needed."""

    def __init__(self, served: ServedNetwork) -> None:
        self.n_days = served.description.settings.window_sessions
        self._served = served
        self._module = load_module(served.files())

    def outputs(self, windows: np.ndarray) -> np.ndarray:
        """Return logits as they are served, float64, shape (n, n_classes)."""
        return self._served.run(_known(windows))[0].astype(np.float64)

    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return probabilities before calibration."""
        return np.asarray(softmax(outputs, axis=1))

    def attention(self, windows: np.ndarray) -> np.ndarray:
        """Return the weights of the days, float32, shape (n, n_heads, n_days)."""
        return self._served.run(_known(windows))[1]

    def attribute(self, windows: np.ndarray, classes: np.ndarray) -> Attributions:
        """Integrate gradients; the error is against the outputs that are served."""
        known = _known(windows)
        outputs = of_class(self.outputs(known), classes)
        base = self.outputs(np.zeros_like(known[:1]))[0]
        by_day = integrated_gradients(self._module, known, classes)
        return Attributions.of_days(Method.INTEGRATED_GRADIENTS, outputs, base[classes], by_day)


def _known(windows: np.ndarray) -> np.ndarray:
    """Return windows as a network is fed: what is not known is the median."""
    found: np.ndarray = np.nan_to_num(windows, nan=0.0)
    return found
