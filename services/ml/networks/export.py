"""From a trained module to the files that are kept, and back to a module."""

import logging
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from safetensors.torch import load, save
from torch import nn

from models.networks.registry import build_network
from services.ml.networks.files import WEIGHTS, NetworkDescription, pack, require_close, unpack
from services.ml.networks.one_thread import one_thread
from services.ml.networks.serving import open_session

_EXPORTER_LOG = "torch.onnx._internal.exporter._registration"  # warns of every optional library


def module_outputs(network: nn.Module, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return logits and attention of a module in evaluation mode."""
    with one_thread(), torch.no_grad():
        logits, attention = network(torch.as_tensor(windows))
    return logits.numpy(), attention.numpy()


def export_network(
    network: nn.Module, description: NetworkDescription, known_windows: np.ndarray
) -> dict[str, bytes]:
    """Return the files of a network, once ONNX Runtime gives the same outputs as PyTorch.

    Parameters
    ----------
    network : nn.Module
        In evaluation mode, on the CPU.
    description : NetworkDescription
    known_windows : float32 array, shape (n, window_sessions, n_features)
        Windows of the market, checked beside random ones.

    Raises
    ------
    OperatorError
        If outputs differ by more than 1e-5.
    """
    window_sessions, n_features = description.settings.window_sessions, len(description.feature_names)
    onnx = _to_onnx(network, window_sessions, n_features)
    session = open_session(onnx)
    noise = np.random.default_rng(1).standard_normal((33, window_sessions, n_features)).astype(np.float32)
    for what, windows in (("random windows", noise), ("windows of the market", known_windows)):
        found = session.run(["logits", "attention"], {"windows": windows})
        require_close(what, (found[0], found[1]), module_outputs(network, windows))
    weights = save({name: value.contiguous() for name, value in network.state_dict().items()})
    return pack(description, weights, onnx)


def load_module(files: Mapping[str, bytes]) -> nn.Module:
    """Return the PyTorch module behind a served network, in evaluation mode: it has gradients by its inputs.

    Raises
    ------
    OperatorError
        If a file is missing, damaged or another network's.
    """
    described = unpack(files)
    network = build_network(described.settings, len(described.feature_names), len(described.class_names))
    network.load_state_dict(load(files[WEIGHTS]))
    return network.eval().requires_grad_(requires_grad=False)


def _to_onnx(network: nn.Module, window_sessions: int, n_features: int) -> bytes:
    example = torch.zeros(2, window_sessions, n_features)
    log = logging.getLogger(_EXPORTER_LOG)
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # Of LSTM's own attributes and of a type that the exporter uses itself: nothing we could mend.
            warnings.simplefilter("ignore", UserWarning)
            warnings.simplefilter("ignore", FutureWarning)
            program = torch.onnx.export(
                network,
                (example,),
                input_names=["windows"],
                output_names=["logits", "attention"],
                dynamic_shapes={"windows": {0: torch.export.Dim("n_windows", min=1)}},
                dynamo=True,
                external_data=False,
                verbose=False,
            )
    finally:
        log.setLevel(level)
    if program is None:
        raise RuntimeError("torch.onnx.export gave no program")
    model = program.model_proto
    _drop_traces(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _drop_traces(model: Any) -> None:
    """Take out what the exporter notes of itself: source lines, paths, how often it has run before.

    The same network then has the same file on every machine, and the same content hash.
    """
    graph = model.graph
    for part in (
        model,
        graph,
        *graph.node,
        *graph.input,
        *graph.output,
        *graph.value_info,
        *graph.initializer,
    ):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    for function in model.functions:
        for part in (function, *function.node, *function.value_info):
            part.ClearField("metadata_props")
            part.ClearField("doc_string")
