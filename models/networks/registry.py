"""The network that belongs to each configuration."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from torch import nn

from models.domain.networks import NetworkSettings
from models.networks.bilstm_attention import BiLstmAttention
from models.networks.cnn_bilstm_transformer import CnnBiLstmTransformer
from models.networks.lstm_multihead import LstmMultihead

_NETWORKS: Mapping[str, Callable[[Any, int, int], nn.Module]] = MappingProxyType(
    {
        "bilstm_attention": BiLstmAttention,
        "lstm_multihead": LstmMultihead,
        "cnn_bilstm_transformer": CnnBiLstmTransformer,
    }
)


def build_network(settings: NetworkSettings, n_features: int, n_classes: int) -> nn.Module:
    """Return an untrained network, its weights drawn from torch's global generator.

    It maps windows, float32 (n, T, n_features) without NaN, to logits (n, n_classes) and attention
    (n, n_heads, T) whose rows sum to 1. Its last layer is named ``head``.
    """
    return _NETWORKS[settings.network](settings, n_features, n_classes)
