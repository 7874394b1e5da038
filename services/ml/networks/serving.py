"""A trained network as it is served: ONNX Runtime alone, without PyTorch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime

from models.domain.errors import OperatorError
from services.ml.networks.files import (
    DESCRIPTION,
    ONNX,
    WEIGHTS,
    NetworkDescription,
    probe_windows,
    require_close,
    unpack,
)
from services.ml.networks.windows import probabilities_of
from services.ml.samples import Samples

_OUTPUTS = ["logits", "attention"]
_BATCH_WINDOWS = 32  # larger ones leave the processor's cache: `fast` takes a quarter longer at 256


@dataclass(frozen=True, eq=False)
class ServedNetwork:
    """A session of ONNX Runtime, and what it was made from. Several threads may use one."""

    description: NetworkDescription
    session: onnxruntime.InferenceSession
    content: Mapping[str, bytes]

    def run(self, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return logits and attention.

        Parameters
        ----------
        windows : float32 array, shape (n, window_sessions, n_features)
            Scaled, in the order of the description's features. No NaN.

        Returns
        -------
        logits : float32 array, shape (n, n_classes)
        attention : float32 array, shape (n, n_heads, window_sessions)
        """
        if len(windows) <= _BATCH_WINDOWS:
            logits, attention = self.session.run(_OUTPUTS, {"windows": windows})
            return logits, attention
        starts = range(0, len(windows), _BATCH_WINDOWS)
        parts = [self.run(windows[first : first + _BATCH_WINDOWS]) for first in starts]
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])

    def predict(self, samples: Samples) -> np.ndarray:
        """Return probabilities, float64, shape (n_samples, n_classes)."""
        described = self.description
        return probabilities_of(
            samples,
            described.settings.window_sessions,
            len(described.class_names),
            lambda windows: self.run(windows)[0],
        )

    def files(self) -> dict[str, bytes]:
        """Return the files that it was loaded from."""
        return {name: self.content[name] for name in (WEIGHTS, ONNX, DESCRIPTION)}


def load_network(files: Mapping[str, bytes], n_threads: int = 1) -> ServedNetwork:
    """Open a trained network for serving.

    Parameters
    ----------
    files : mapping of str to bytes
        ``weights.safetensors``, ``model.onnx`` and ``model.json`` as ``FittedNetwork.files`` gave them.
    n_threads : int
        Of ONNX Runtime. One is fastest for one window, two for many on an idle machine.

    Raises
    ------
    OperatorError
        If a file is missing, damaged or another network's, or the answers are not those of training.
    """
    described = unpack(files)
    session = open_session(files[ONNX], n_threads)
    served = ServedNetwork(described, session, dict(files))
    windows = probe_windows(described.settings.window_sessions, len(described.feature_names))
    require_close("loading", served.run(windows), (described.probe_logits, described.probe_attention))
    return served


def open_session(onnx: bytes, n_threads: int = 1) -> onnxruntime.InferenceSession:
    """Return a session of ONNX Runtime on the CPU.

    Raises
    ------
    OperatorError
        If it cannot be read.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = n_threads
    options.inter_op_num_threads = 1
    # Threads that spin while they wait take the processor from whatever else runs on a small machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors share no base class but this
        raise OperatorError(f"{ONNX} cannot be read ({_first_line(error)}); train the model again") from error


def _first_line(error: Any) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
