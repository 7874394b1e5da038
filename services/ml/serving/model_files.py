"""A trained model to files and back; what comes back says the same, or is refused."""

import hashlib
import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from models.domain.errors import DamagedArtifactError, OperatorError
from services.ml.classifiers.interface import FittedClassifier
from services.ml.drift import DriftReference
from services.ml.preprocessing import Preprocessing
from services.ml.samples import UNLABELLED, Samples
from services.ml.serving.artifact_store import Artifact
from services.ml.walk_forward import TrainedModel
from services.quant.features.registry import METADATA

MAX_DIFFERENCE = 1e-5  # of a probability, between what trained a model and what serves it
_N_PROBES = 16
CLASSIFIER = "classifier."  # what the names of the classifier's own files begin with
PREPROCESSING, _PROBE, _DRIFT = "preprocessing.json", "probe.safetensors", "drift.json"
# By the file that only this kind of model has: the module that opens it, imported when it is wanted.
_LOADERS: Mapping[str, tuple[str, str]] = {
    "model.onnx": ("services.ml.networks.serving", "load_network"),
    "model.txt": ("services.ml.classifiers.boosted_trees", "load_boosted_trees"),
}


@dataclass(frozen=True, eq=False)
class ServedModel:
    """A model that was read from its files and checked.

    ``feature_names``: the columns of the features that it takes, in this order. ``drift``: what its training
    looked like; None of models from before that was kept.
    """

    trained: TrainedModel
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    window_sessions: int
    drift: DriftReference | None = None

    def accepts(self, samples: Samples) -> bool:
        """Whether samples have the features, window and classes that it learnt from."""
        return (samples.feature_names, samples.window_sessions, samples.class_names) == (
            self.feature_names,
            self.window_sessions,
            self.class_names,
        )


def feature_hash(names: tuple[str, ...]) -> str:
    """Return a hash of what features are: names and formulas, in their order; 64 hexadecimal digits."""
    found = hashlib.sha256()
    for name in names:
        known = METADATA[name]
        found.update(f"{name}\0{known.formula}\0{known.warm_up_sessions}\0".encode())
    return found.hexdigest()


def pack(
    model: TrainedModel, shown: Samples, drift: DriftReference | None = None
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return the files of a trained model, and what its manifest has to say for ``unpack``.

    Parameters
    ----------
    model : TrainedModel
    shown : Samples
        Some samples as training sees them: the first few and what the model says of them are kept, to be
        compared whenever it is read.
    drift : DriftReference, optional
        What its training looked like.
    """
    probes = shown.take(np.arange(min(_N_PROBES, len(shown))))
    seen = model.preprocessing.apply(probes)
    tensors = {
        "windows": np.ascontiguousarray(seen.windows()),
        "probabilities": np.ascontiguousarray(model.classifier.predict(seen)),
    }
    files = {f"{CLASSIFIER}{name}": content for name, content in model.classifier.files().items()}
    files[PREPROCESSING] = json.dumps(model.preprocessing.to_json()).encode()
    files[_PROBE] = save_tensors(tensors)
    if drift is not None:
        files[_DRIFT] = json.dumps(drift.to_json()).encode()
    about = {
        "feature_names": list(shown.feature_names),
        "class_names": list(shown.class_names),
        "window_sessions": shown.window_sessions,
        "temperature": model.temperature,
    }
    return files, about


def unpack(artifact: Artifact) -> ServedModel:
    """Return the model that files hold, after it has answered its probes as it did in training.

    Raises
    ------
    DamagedArtifactError
        If a file cannot be read, or the model answers otherwise by more than ``MAX_DIFFERENCE``.
    """
    about = artifact.about
    names = tuple(about["feature_names"])
    try:
        preprocessing = Preprocessing.from_json(json.loads(artifact.files[PREPROCESSING]), names)
        probe = load_tensors(artifact.files[_PROBE])
        model = TrainedModel(preprocessing, _classifier(artifact), float(about["temperature"]))
        kept = artifact.files.get(_DRIFT)
        drift = None if kept is None else DriftReference.from_json(json.loads(kept))
    except (KeyError, ValueError, SafetensorError) as error:
        raise DamagedArtifactError(f"the files do not belong together ({error!r})") from error
    found = ServedModel(model, names, tuple(about["class_names"]), int(about["window_sessions"]), drift)
    _check_probes(found, probe)
    return found


def _classifier(artifact: Artifact) -> FittedClassifier:
    files = {
        name.removeprefix(CLASSIFIER): content
        for name, content in artifact.files.items()
        if name.startswith(CLASSIFIER)
    }
    for name, (module, loader) in _LOADERS.items():
        if name in files:
            try:
                opened: FittedClassifier = getattr(importlib.import_module(module), loader)(files)
            except OperatorError as error:
                raise DamagedArtifactError(str(error)) from error
            return opened
    raise DamagedArtifactError(f"none of {', '.join(sorted(files))} is a model that can be served")


def _check_probes(model: ServedModel, probe: Mapping[str, np.ndarray]) -> None:
    windows, expected = probe["windows"], probe["probabilities"]
    said = model.trained.classifier.predict(_samples_of(windows, model))
    difference = float(np.abs(said - expected).max())
    if not difference <= MAX_DIFFERENCE:
        raise DamagedArtifactError(
            f"it answers {difference:.1e} otherwise than when it was trained; {MAX_DIFFERENCE:.0e} is allowed"
        )


def _samples_of(windows: np.ndarray, model: ServedModel) -> Samples:
    """Return samples that are just these windows of scaled features, float32, (n, window_sessions, n)."""
    n_windows, n_sessions, n_features = windows.shape
    nothing = np.full(n_windows, np.datetime64("NaT"), dtype="datetime64[D]")
    return Samples(
        features=windows.reshape(n_windows * n_sessions, n_features),
        feature_names=model.trained.preprocessing.feature_names,
        class_names=model.class_names,
        window_sessions=n_sessions,
        source=np.arange(n_windows * n_sessions),
        places=np.arange(1, n_windows + 1) * n_sessions - 1,
        labels=np.full(n_windows, UNLABELLED, dtype=np.int8),
        sessions=nothing,
        label_ends=nothing,
        symbols=np.zeros(n_windows, dtype=np.int32),
        last_return=np.full(n_windows, np.nan),
    )
