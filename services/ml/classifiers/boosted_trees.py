"""Gradient-boosted trees (LightGBM) on the newest sessions of a window."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import lightgbm
import numpy as np

from models.domain.errors import DamagedArtifactError
from services.ml.classifiers.tree_text import TREES
from services.ml.samples import Samples
from services.ports import Progress


@dataclass(frozen=True)
class BoostedTreesSettings:
    """Small trees and a slow rate: the signal is faint, and the validation stops the growth."""

    n_sessions: int = 1
    n_rounds: int = 400
    learning_rate: float = 0.02
    n_leaves: int = 15
    min_samples_leaf: int = 200
    feature_share: float = 0.5
    row_share: float = 0.5
    ridge_penalty: float = 10.0
    patience_rounds: int = 50


@dataclass(frozen=True, eq=False)
class FittedBoostedTrees:
    """A booster and the rounds that validation chose."""

    booster: lightgbm.Booster
    n_rounds: int
    n_sessions: int

    def predict(self, samples: Samples) -> np.ndarray:
        """Return probabilities, shape (n_samples, n_classes)."""
        found = np.asarray(
            self.booster.predict(samples.flat(self.n_sessions), num_iteration=self.n_rounds), dtype=np.float64
        )
        return found if found.ndim == 2 else np.column_stack((1.0 - found, found))

    def files(self) -> dict[str, bytes]:
        """Return LightGBM's own text and the settings of prediction."""
        text = self.booster.model_to_string(num_iteration=self.n_rounds)
        settings = {"n_rounds": self.n_rounds, "n_sessions": self.n_sessions}
        return {TREES: text.encode(), "model.json": json.dumps(settings).encode()}


def load_boosted_trees(files: Mapping[str, bytes]) -> FittedBoostedTrees:
    """Return what ``FittedBoostedTrees.files`` wrote.

    Raises
    ------
    DamagedArtifactError
        If LightGBM cannot read it.
    """
    settings = json.loads(files["model.json"])
    try:
        booster = lightgbm.Booster(model_str=files[TREES].decode())
    except lightgbm.basic.LightGBMError as error:
        raise DamagedArtifactError(f"model.txt cannot be opened ({error})") from error
    return FittedBoostedTrees(booster, settings["n_rounds"], settings["n_sessions"])


@dataclass(frozen=True)
class BoostedTrees:
    """The baseline that networks find hardest to beat."""

    settings: BoostedTreesSettings = BoostedTreesSettings()
    name: str = "lightgbm"

    @property
    def configuration(self) -> Mapping[str, Any]:
        """All settings."""
        return asdict(self.settings)

    def fit(self, train: Samples, validation: Samples, seed: int, progress: Progress) -> FittedBoostedTrees:
        """Grow trees until the validation's log-loss stops falling.

        Raises
        ------
        InsufficientHistoryError
            If there are samples of fewer than two classes.
        """
        train, validation = train.labelled(), validation.labelled()
        train.require_classes()
        settings = self.settings
        booster = lightgbm.train(
            self._parameters(train.n_classes, seed),
            _dataset(train, settings.n_sessions),
            num_boost_round=settings.n_rounds,
            valid_sets=[_dataset(validation, settings.n_sessions)],
            callbacks=[
                lightgbm.early_stopping(settings.patience_rounds, verbose=False),
                _reporter(progress, settings.n_rounds),
            ],
        )
        return FittedBoostedTrees(booster, booster.best_iteration, settings.n_sessions)

    def _parameters(self, n_classes: int, seed: int) -> dict[str, Any]:
        settings = self.settings
        kind = (
            {"objective": "binary"} if n_classes == 2 else {"objective": "multiclass", "num_class": n_classes}
        )
        return {
            **kind,
            "learning_rate": settings.learning_rate,
            "num_leaves": settings.n_leaves,
            "min_data_in_leaf": settings.min_samples_leaf,
            "feature_fraction": settings.feature_share,
            "bagging_fraction": settings.row_share,
            "bagging_freq": 1,
            "lambda_l2": settings.ridge_penalty,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            # Threads that wait for each other on a busy machine cost far more than they gain.
            "num_threads": 1,
            "verbosity": -1,
        }


def lightgbm_trees(n_sessions: int = 1) -> BoostedTrees:
    """Return the standard configuration for so many sessions."""
    return BoostedTrees(BoostedTreesSettings(n_sessions=n_sessions))


def _dataset(samples: Samples, n_sessions: int) -> lightgbm.Dataset:
    return lightgbm.Dataset(samples.flat(n_sessions), label=samples.labels, free_raw_data=True)


def _reporter(progress: Progress, n_rounds: int) -> Any:
    def report(state: Any) -> None:
        progress(state.iteration + 1, n_rounds, "growing trees")

    return report
