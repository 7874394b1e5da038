"""Served networks without the export to ONNX, which takes seconds and is tested elsewhere."""

import numpy as np
from safetensors.torch import save

from services.ml.networks.export import module_outputs
from services.ml.networks.files import NetworkDescription, pack
from services.ml.networks.serving import ServedNetwork


class ModuleSession:
    """Stands for ONNX Runtime's session over the module that would have been exported."""

    def __init__(self, network):
        self.network = network

    def run(self, names, inputs):
        assert names == ["logits", "attention"]
        return module_outputs(self.network, inputs["windows"])


def served_by_module(fitted):
    """A served network that asks PyTorch."""
    empty = np.empty(0)
    description = NetworkDescription(
        fitted.name, fitted.settings, fitted.feature_names, fitted.class_names, 0, (), empty, empty
    )
    files = pack(description, save(dict(fitted.network.state_dict())), b"not exported")
    return ServedNetwork(description, ModuleSession(fitted.network), files)
