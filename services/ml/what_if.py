"""What a model would say if a feature were otherwise, by ONNX Runtime or NumPy alone: a page can ask it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from scipy.special import softmax

from models.domain.errors import DamagedArtifactError, InvalidRequestError, OperatorError
from models.domain.explanations import Explanation
from models.domain.signals import Label
from services.ml.classifiers.tree_text import TREES, TextTrees
from services.ml.networks.files import ONNX
from services.ml.networks.serving import ServedNetwork, load_network
from services.ml.preprocessing import Preprocessing
from services.ml.serving.artifact_store import Artifact
from services.ml.serving.model_files import CLASSIFIER, PREPROCESSING
from services.quant.confluence import combine_confluence, confluence_labels, model_score
from services.quant.judging.calibration import apply_temperature


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """What the model would say.

    ``probabilities``: calibrated, the most bearish class first; ``score`` in [0, 1].
    """

    probabilities: np.ndarray
    score: float

    def signal(
        self, technical: float | None, sentiment: float | None, *, model_is_proven: bool
    ) -> tuple[float | None, Label | None]:
        """Return confluence and label with these other sources; None, None where nothing would count."""
        scores = [np.array([np.nan if one is None else one]) for one in (technical, sentiment, self.score)]
        found = combine_confluence(*scores, model_is_proven=model_is_proven).score
        if np.isnan(found[0]):
            return None, None
        return float(found[0]), Label(str(confluence_labels(found)[0]))


class Asked(Protocol):
    """A model as it is asked. Several threads may ask one."""

    def probabilities(self, window: np.ndarray) -> np.ndarray:
        """Return probabilities before calibration, shape (n_classes,), of a scaled window with NaN."""


@dataclass(frozen=True, eq=False)
class AskedNetwork:
    """A network; what is not known is the median."""

    network: ServedNetwork

    def probabilities(self, window: np.ndarray) -> np.ndarray:
        """Ask ONNX Runtime."""
        logits = self.network.run(np.nan_to_num(window, nan=0.0)[None])[0].astype(np.float64)
        return np.asarray(softmax(logits, axis=1)[0])


@dataclass(frozen=True, eq=False)
class AskedTrees:
    """Boosted trees; they know what to do with what is not known."""

    trees: TextTrees

    def probabilities(self, window: np.ndarray) -> np.ndarray:
        """Walk them."""
        found: np.ndarray = self.trees.probabilities(window.reshape(1, -1).astype(np.float64))[0]
        return found


@dataclass(frozen=True, eq=False)
class WhatIf:
    """A model with its preprocessing, opened for questions. Several threads may ask one."""

    preprocessing: Preprocessing
    model: Asked
    temperature: float

    @classmethod
    def open(cls, artifact: Artifact) -> Self:
        """Open a model's files.

        Raises
        ------
        InvalidRequestError
            If it is neither a network nor boosted trees.
        DamagedArtifactError
            If the files do not belong together.
        """
        files = {name.removeprefix(CLASSIFIER): content for name, content in artifact.files.items()}
        if not files.keys() & {ONNX, TREES}:
            raise InvalidRequestError("Only networks and trees can be asked what if; this model is neither")
        try:
            names = tuple(artifact.about["feature_names"])
            preprocessing = Preprocessing.from_json(json.loads(files[PREPROCESSING]), names)
            return cls(preprocessing, _asked(files), float(artifact.about["temperature"]))
        except (KeyError, ValueError, OperatorError) as error:
            raise DamagedArtifactError(f"the files do not belong together ({error})") from error

    def range_of(self, name: str) -> tuple[float, float]:
        """Return the lowest and the highest value of a feature that training saw, in its own units.

        Raises
        ------
        InvalidRequestError
            If the model does not see it.
        """
        if name not in self.preprocessing.feature_names:
            raise InvalidRequestError(f"The model does not look at {name}")
        of_feature = self.preprocessing.quantiles[:, self.preprocessing.feature_names.index(name)]
        return float(of_feature[0]), float(of_feature[-1])

    def ask(self, explained: Explanation, edited: Mapping[str, float]) -> Hypothesis:
        """Return what the model would say of a signal if features of its newest session were otherwise.

        The sessions before stay as they were: the model is shown a change that came today.

        Parameters
        ----------
        explained : Explanation
            Of this model.
        edited : mapping of str to float
            New values by feature, in the registry's units.

        Raises
        ------
        InvalidRequestError
            If the explanation is another model's, or a value lies outside of what training saw.
        """
        if explained.feature_names != self.preprocessing.feature_names:
            raise InvalidRequestError("The explanation is of another model; ask for it again")
        window = explained.scaled_days.astype(np.float32)
        for name, value in edited.items():
            self._require_seen(name, value)
            column = self.preprocessing.feature_names.index(name)
            scaled = (value - self.preprocessing.centre[column]) / self.preprocessing.scale[column]
            window[-1, column] = np.clip(scaled, -self.preprocessing.limit, self.preprocessing.limit)
        probabilities = apply_temperature(self.model.probabilities(window)[None], self.temperature)
        down = probabilities[:, 0] if probabilities.shape[1] > 2 else None
        return Hypothesis(probabilities[0], float(model_score(probabilities[:, -1], down)[0]))

    def _require_seen(self, name: str, value: float) -> None:
        low, high = self.range_of(name)
        if not low <= value <= high:
            raise InvalidRequestError(
                f"{name} of {value:.4g} lies outside of what the model has learnt from, {low:.4g} to "
                f"{high:.4g}: what it would say there means nothing"
            )


def _asked(files: Mapping[str, bytes]) -> Asked:
    if ONNX in files:
        return AskedNetwork(load_network(files))
    return AskedTrees(TextTrees.read(files[TREES].decode()))
