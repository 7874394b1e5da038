"""Of a network's ONNX file: nothing in it tells where, or how often, it was exported."""

import pytest
import torch

from models.networks.registry import build_network
from services.ml.networks.export import _to_onnx
from tests.unit.ml.networks.factories import SMALL, WINDOW


@pytest.mark.slow
def test_the_same_network_has_the_same_file_however_often_it_is_exported():
    torch.manual_seed(0)
    network = build_network(SMALL["bilstm_attention"], 6, 3).eval()
    # The exporter names what it met in earlier exports: the second one would differ.
    first, second = (_to_onnx(network, WINDOW, 6) for _ in range(2))
    assert first == second
    for trace in (b"site-packages", b".py", b"int_oo"):
        assert trace not in first
