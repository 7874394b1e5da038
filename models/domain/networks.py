"""Configurations of the attention networks: one dataclass a network, stored with the model as JSON."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, ClassVar

from models.domain.errors import InvalidRequestError

NETWORK_WINDOW_SESSIONS = 60


class Monitor(StrEnum):
    """What the best epoch is chosen by, on validation."""

    LOSS = "loss"
    MCC = "mcc"


_SHARES = {"dropout": 1.0, "encoder_dropout": 1.0, "label_smoothing": 1.0}  # must stay below
_POSITIVE = ("learning_rate", "peak_learning_rate", "gradient_clip")


def _faults(name: str, value: Any) -> Iterator[str]:
    """Say what is wrong with a setting by itself."""
    numbers = value if isinstance(value, tuple) else (value,)
    if not numbers:
        yield f"{name} is empty"
    for number in numbers:
        if isinstance(number, bool | str) or number is None:
            continue
        if isinstance(number, int) and number < 1:
            yield f"{name} is {number}; it must be 1 or more"
        elif not 0.0 <= number < _SHARES.get(name, math.inf) or (name in _POSITIVE and number == 0.0):
            yield f"{name} is {number}, out of its range"


def _unshared(what: str, n_units: int, n_heads: int) -> list[str]:
    return [f"{what} ({n_units}) cannot be shared by {n_heads} heads"] if n_units % n_heads else []


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """What all networks share; each adds its sizes.

    ``window_sessions``: the newest sessions that are looked at.
    ``accumulated_batches`` of ``batch_size`` windows make one step; ``gradient_clip`` bounds its norm.
    ``patience_epochs`` without gain in ``monitor`` end the training, at the latest ``max_epochs``.
    ``weight_decay`` is taken off the weights, not added to the gradient, where the scale of the focal loss
    would decide how strong it is.
    ``peak_learning_rate``: OneCycle from ``learning_rate`` to it and down to nothing; None: constant.
    ``focal_alpha`` scales the loss and ``focal_gamma`` bends it away from easy windows; gamma 0 and
    ``label_smoothing`` give plain and smoothed cross-entropy.
    ``is_balanced``: each class weighs the same in the loss; the shares are given back afterwards.
    ``augmented_share`` of the training windows are warped in time and magnitude, by that deviation.
    """

    network: ClassVar[str]
    window_sessions: int = NETWORK_WINDOW_SESSIONS
    dropout: float = 0.3
    learning_rate: float = 1e-3
    peak_learning_rate: float | None = None
    weight_decay: float = 1e-3
    batch_size: int = 32
    accumulated_batches: int = 1
    gradient_clip: float | None = None
    max_epochs: int = 100
    patience_epochs: int = 15
    monitor: Monitor = Monitor.LOSS
    focal_alpha: float = 0.25
    focal_gamma: float = 2.0
    label_smoothing: float = 0.0
    is_balanced: bool = True
    augmented_share: float = 0.5
    time_warp: float = 0.1
    magnitude_warp: float = 0.1

    def __post_init__(self) -> None:
        """Refuse what cannot be trained.

        Raises
        ------
        InvalidRequestError
            Naming every setting that does not hold.
        """
        faults = [fault for entry in fields(self) for fault in _faults(entry.name, getattr(self, entry.name))]
        faults += self._contradictions()
        if faults:
            raise InvalidRequestError(f"{self.network} cannot be trained so: {'; '.join(faults)}")

    def _contradictions(self) -> list[str]:
        return []


@dataclass(frozen=True, kw_only=True)
class BiLstmAttentionSettings(NetworkSettings):
    """Two bidirectional LSTM layers, additive attention, a dense layer."""

    network: ClassVar[str] = "bilstm_attention"
    first_units: int = 128
    second_units: int = 64
    attention_units: int = 128
    dense_units: int = 64


@dataclass(frozen=True, kw_only=True)
class LstmMultiheadSettings(NetworkSettings):
    """Two LSTM layers, self-attention with several heads, a dense layer."""

    network: ClassVar[str] = "lstm_multihead"
    first_units: int = 128
    second_units: int = 64
    n_heads: int = 4
    dense_units: int = 32

    def _contradictions(self) -> list[str]:
        return _unshared("second_units", self.second_units, self.n_heads)


@dataclass(frozen=True, kw_only=True)
class CnnBiLstmTransformerSettings(NetworkSettings):
    """Convolutions, bidirectional LSTM layers, a transformer encoder layer, attention pooling."""

    network: ClassVar[str] = "cnn_bilstm_transformer"
    window_sessions: int = 30
    learning_rate: float = 2e-4
    peak_learning_rate: float | None = 1e-3
    weight_decay: float = 5e-3
    batch_size: int = 16
    accumulated_batches: int = 4
    gradient_clip: float | None = 1.0
    max_epochs: int = 40
    focal_alpha: float = 1.0
    focal_gamma: float = 0.0
    label_smoothing: float = 0.1
    conv_channels: tuple[int, ...] = (128, 256, 256, 256, 256)
    kernel_sessions: int = 5
    lstm_units: int = 256
    n_lstm_layers: int = 3
    n_heads: int = 4
    feed_forward_units: int = 2048
    encoder_dropout: float = 0.2
    dense_units: tuple[int, ...] = (256, 128, 64)

    def _contradictions(self) -> list[str]:
        return _unshared("twice lstm_units", 2 * self.lstm_units, self.n_heads)


_KINDS: Mapping[str, type[NetworkSettings]] = {
    kind.network: kind
    for kind in (BiLstmAttentionSettings, LstmMultiheadSettings, CnnBiLstmTransformerSettings)
}


def settings_to_json(settings: NetworkSettings) -> dict[str, Any]:
    """Return the network's name and all its settings as plain JSON values."""
    plain = {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(settings).items()
    }
    return {"network": settings.network, **plain}


def settings_from_json(content: Mapping[str, Any]) -> NetworkSettings:
    """Return the configuration that ``settings_to_json`` wrote.

    Raises
    ------
    InvalidRequestError
        If the network or one of its settings is not known here, or one is missing.
    """
    kind = _KINDS.get(str(content.get("network")))
    if kind is None:
        raise InvalidRequestError(f"There is no network {content.get('network')}; it is of another version")
    given = {name: value for name, value in content.items() if name != "network"}
    known = {entry.name for entry in fields(kind)}
    if given.keys() != known:
        raise InvalidRequestError(
            f"The settings of {kind.network} differ from those known here in "
            f"{', '.join(sorted(given.keys() ^ known))}; it is of another version"
        )
    given["monitor"] = Monitor(given["monitor"])
    make: Callable[..., NetworkSettings] = kind
    return make(**{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()})


@dataclass(frozen=True)
class EpochResult:
    """One point of a learning curve; the losses are the mean a window, with the classes' weights.

    ``train_loss`` is of augmented windows and with dropout, so it may lie above ``validation_loss``.
    """

    epoch: int  # from 1
    train_loss: float
    validation_loss: float
    validation_accuracy: float
    validation_mcc: float
    is_best: bool  # so far
