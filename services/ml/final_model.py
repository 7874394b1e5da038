"""The model that is put to use: trained on everything that was known before today."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from models.domain.errors import InsufficientHistoryError
from models.domain.judging import SplitSettings
from services.ml.classifiers.interface import Classifier
from services.ml.samples import Samples
from services.ml.walk_forward import TrainedModel, TrainingSettings, train, training_parts
from services.ports import Progress
from services.quant.judging.splits import split_after


@dataclass(frozen=True, eq=False)
class FinalModel:
    """A trained model with the sessions behind it: ``learnt`` from, and ``shown`` to be calibrated by."""

    model: TrainedModel
    learnt: Samples
    shown: Samples
    train_from: date
    train_to: date
    labels_through: date


def fit_final(
    samples: Samples,
    sessions: np.ndarray,
    classifier: Classifier,
    splits: SplitSettings,
    training: TrainingSettings,
    seed: int,
    progress: Progress,
) -> FinalModel:
    """Train as before a test that begins after the last session.

    Parameters
    ----------
    samples : Samples
        Of the whole history.
    sessions : datetime64[D] array
        Every session of the market, ascending.
    classifier : Classifier
    splits : SplitSettings
    training : TrainingSettings
    seed : int
    progress : Progress

    Raises
    ------
    InsufficientHistoryError
        If there is too little to learn from, or all of it has one label.
    """
    learnt, checked = training_parts(samples, split_after(sessions, splits), training)
    if len(learnt) == 0 or len(checked) == 0:
        raise InsufficientHistoryError(
            f"A model for today has nothing to learn from: {len(learnt):,} training and {len(checked):,} "
            "validation windows; take a longer history or more symbols"
        )
    model = train(learnt, checked, classifier, training, seed, progress)
    ends = (learnt.label_ends.max(), checked.label_ends.max())
    return FinalModel(
        model, learnt, checked, learnt.sessions.min().item(), checked.sessions.max().item(), max(ends).item()
    )
