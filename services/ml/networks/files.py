"""The three files of a trained network, and what makes them belong together."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.domain.errors import OperatorError
from models.domain.networks import EpochResult, NetworkSettings, settings_from_json, settings_to_json

WEIGHTS, ONNX, DESCRIPTION = "weights.safetensors", "model.onnx", "model.json"
TOLERANCE = 1e-5  # between PyTorch and ONNX Runtime, in logits and attention
_FORMAT = 1
_N_PROBED = 4


@dataclass(frozen=True, eq=False)
class NetworkDescription:
    """What ``model.json`` says: all that is needed to feed a network and to build it again.

    ``probe_logits`` and ``probe_attention`` are PyTorch's answers to ``probe_windows``.
    """

    name: str
    settings: NetworkSettings
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    n_parameters: int
    curve: tuple[EpochResult, ...]
    probe_logits: np.ndarray  # float64, shape (n_probed, n_classes)
    probe_attention: np.ndarray  # float64, shape (n_probed, n_heads, window_sessions)


def probe_windows(window_sessions: int, n_features: int) -> np.ndarray:
    """Return the windows that every network is asked about: noise, always the same."""
    rng = np.random.default_rng(0)
    return rng.standard_normal((_N_PROBED, window_sessions, n_features)).astype(np.float32)


def pack(description: NetworkDescription, weights: bytes, onnx: bytes) -> dict[str, bytes]:
    """Return the files, the two binary ones signed for in the description."""
    content = {
        "format": _FORMAT,
        "name": description.name,
        "settings": settings_to_json(description.settings),
        "window_sessions": description.settings.window_sessions,
        "feature_names": list(description.feature_names),
        "class_names": list(description.class_names),
        "n_parameters": description.n_parameters,
        "learning_curve": [asdict(epoch) for epoch in description.curve],
        "probe": {
            "logits": description.probe_logits.tolist(),
            "attention": description.probe_attention.tolist(),
        },
        "sha256": {WEIGHTS: _digest(weights), ONNX: _digest(onnx)},
    }
    return {WEIGHTS: weights, ONNX: onnx, DESCRIPTION: json.dumps(content).encode()}


def unpack(files: Mapping[str, bytes]) -> NetworkDescription:
    """Return the description, after a check that the files are whole and of one network.

    Raises
    ------
    OperatorError
        Naming the file that is missing, damaged or another network's.
    """
    missing = [name for name in (DESCRIPTION, WEIGHTS, ONNX) if name not in files]
    if missing:
        raise OperatorError(f"The network lacks {', '.join(missing)}; train it again")
    try:
        content: dict[str, Any] = json.loads(files[DESCRIPTION])
        if content["format"] != _FORMAT:
            raise OperatorError(
                f"{DESCRIPTION} has format {content['format']}, known is {_FORMAT}; train the model again"
            )
        signed = content["sha256"]
        described = NetworkDescription(
            str(content["name"]),
            settings_from_json(content["settings"]),
            tuple(content["feature_names"]),
            tuple(content["class_names"]),
            int(content["n_parameters"]),
            tuple(EpochResult(**entry) for entry in content["learning_curve"]),
            np.array(content["probe"]["logits"], dtype=np.float64),
            np.array(content["probe"]["attention"], dtype=np.float64),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise OperatorError(f"{DESCRIPTION} is damaged ({error}); train the model again") from error
    for name in (WEIGHTS, ONNX):
        if _digest(files[name]) != signed.get(name):
            raise OperatorError(f"{name} is damaged or another network's; train the model again")
    return described


def require_close(
    what: str,
    found: tuple[np.ndarray, np.ndarray],
    expected: tuple[np.ndarray, np.ndarray],
) -> None:
    """Check logits and attention of ONNX Runtime against PyTorch's.

    Raises
    ------
    OperatorError
        If they differ by more than ``TOLERANCE``.
    """
    apart = max(
        float(np.abs(ours - theirs).max(initial=0.0)) for ours, theirs in zip(found, expected, strict=True)
    )
    if not apart <= TOLERANCE:
        raise OperatorError(
            f"ONNX Runtime and PyTorch differ by {apart:.1e} on {what}, more than {TOLERANCE:.0e}; "
            "train the model again, with the library versions of requirements.txt"
        )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
