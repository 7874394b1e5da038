"""The attention networks as classifiers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from torch import nn

from models.domain.networks import (
    NETWORK_WINDOW_SESSIONS,
    BiLstmAttentionSettings,
    CnnBiLstmTransformerSettings,
    EpochResult,
    LstmMultiheadSettings,
    NetworkSettings,
    settings_to_json,
)
from services.ml.networks.checkpoint import Checkpoint
from services.ml.networks.export import export_network, module_outputs
from services.ml.networks.files import NetworkDescription, probe_windows
from services.ml.networks.training import learn
from services.ml.networks.windows import CompactWindows, probabilities_of
from services.ml.samples import Samples
from services.ports import Progress

_N_KNOWN_WINDOWS = 64


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """A trained module; what is served is the same as ONNX (``services.ml.networks.serving``)."""

    name: str
    settings: NetworkSettings
    network: nn.Module
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    learning_curve: tuple[EpochResult, ...]
    known_windows: np.ndarray  # float32, shape (n, window_sessions, n_features): of validation

    def predict(self, samples: Samples) -> np.ndarray:
        """Return probabilities, shape (n_samples, n_classes)."""
        return probabilities_of(
            samples,
            self.settings.window_sessions,
            len(self.class_names),
            lambda windows: module_outputs(self.network, windows)[0],
        )

    def files(self) -> dict[str, bytes]:
        """Return weights, ONNX model and description; some seconds' work.

        Raises
        ------
        OperatorError
            If ONNX Runtime's outputs differ from PyTorch's by more than 1e-5.
        """
        probe = module_outputs(
            self.network, probe_windows(self.settings.window_sessions, len(self.feature_names))
        )
        description = NetworkDescription(
            self.name,
            self.settings,
            self.feature_names,
            self.class_names,
            sum(weights.numel() for weights in self.network.parameters()),
            self.learning_curve,
            probe[0].astype(np.float64),
            probe[1].astype(np.float64),
        )
        return export_network(self.network, description, self.known_windows)


@dataclass(frozen=True)
class Network:
    """A network and its configuration; the place of its checkpoint is no part of that."""

    name: str
    settings: NetworkSettings
    checkpoint: Checkpoint | None = None

    @property
    def configuration(self) -> Mapping[str, Any]:
        """All settings."""
        return settings_to_json(self.settings)

    def kept_in(self, path: Path) -> Self:
        """Return the same network, which writes a checkpoint there after each epoch and begins from it."""
        return replace(self, checkpoint=Checkpoint(path))

    def fit(self, train: Samples, validation: Samples, seed: int, progress: Progress) -> FittedNetwork:
        """Learn until the validation gains no more, and keep the best epoch.

        Raises
        ------
        InsufficientHistoryError
            If there are samples of fewer than two classes, no validation, or too short windows.
        InvalidMarketDataError
            If a feature is infinite.
        """
        validation = validation.labelled()
        learnt = learn(self.settings, train, validation, seed, progress, self.checkpoint)
        few = validation.take(np.linspace(0, len(validation) - 1, _N_KNOWN_WINDOWS).astype(np.int64))
        return FittedNetwork(
            self.name,
            self.settings,
            learnt.network,
            train.feature_names,
            train.class_names,
            learnt.curve,
            CompactWindows.of(few, self.settings.window_sessions).windows(),
        )


def bilstm_attention(n_sessions: int = NETWORK_WINDOW_SESSIONS) -> Network:
    """Return the large recurrent network for so many sessions."""
    return Network("bilstm_attention", BiLstmAttentionSettings(window_sessions=n_sessions))


def lstm_multihead(n_sessions: int = NETWORK_WINDOW_SESSIONS) -> Network:
    """Return the network with several heads for so many sessions."""
    return Network("lstm_multihead", LstmMultiheadSettings(window_sessions=n_sessions))


def cnn_bilstm_transformer(n_sessions: int = NETWORK_WINDOW_SESSIONS) -> Network:
    """Return the largest network, which looks at 30 sessions at most."""
    standard = CnnBiLstmTransformerSettings()
    return Network(
        "cnn_bilstm_transformer",
        replace(standard, window_sessions=min(n_sessions, standard.window_sessions)),
    )


def fast(n_sessions: int = NETWORK_WINDOW_SESSIONS) -> Network:
    """Return the first network at a quarter of its size and with less patience: minutes, not hours."""
    settings = BiLstmAttentionSettings(
        window_sessions=n_sessions,
        first_units=32,
        second_units=16,
        attention_units=32,
        dense_units=16,
        learning_rate=3e-3,
        batch_size=128,
        max_epochs=8,
        patience_epochs=2,
    )
    return Network("fast", settings)
