"""A model under a published protocol: trained, chosen on validation, and read once on the test."""

from dataclasses import dataclass

import numpy as np

from models.domain.errors import InsufficientHistoryError
from models.domain.judging import Interval
from models.domain.protocols import Protocol, ProtocolPart
from services.ml.classifiers.interface import Classifier, FittedClassifier, LearntInEpochs
from services.ml.samples import Samples
from services.ports import Progress
from services.quant.judging.classification import accuracy, confusion_by_session, matthews
from services.quant.judging.intervals import Figure, block_interval, session_draws

# Neighbouring days share their market's mood, whatever the label's horizon.
_BLOCK_SESSIONS = 5
_DRAWS_SEED = 0


@dataclass(frozen=True)
class ProtocolEvaluation:
    """How a model did on one part; the intervals are of the mean over the seeds.

    ``*_by_seed`` go in the order of the seeds. ``epochs_by_seed``: whose weights were kept, None where a
    model does not learn in epochs. On validation the figures flatter: the epoch was chosen there.
    """

    part: ProtocolPart
    n_train: int
    n_validation: int
    n_test: int
    accuracy: Interval
    mcc: Interval
    accuracy_by_seed: tuple[float, ...]
    mcc_by_seed: tuple[float, ...]
    epochs_by_seed: tuple[int | None, ...]


def evaluate_on_protocol(
    samples: Samples,
    protocol: Protocol,
    classifier: Classifier,
    n_seeds: int,
    progress: Progress,
    part: ProtocolPart = ProtocolPart.TEST,
) -> ProtocolEvaluation:
    """Train with each seed, then read the part's sessions once; the test is not looked at for validation.

    Parameters
    ----------
    samples : Samples
        Of ``price_ratios.protocol_samples``.
    protocol : Protocol
    classifier : Classifier
    n_seeds : int
        From 0 up.
    progress : Progress
    part : ProtocolPart

    Raises
    ------
    InsufficientHistoryError
        If one of the three parts is empty, or training has one class only.
    """
    train, validation, test = _parts(samples, protocol)
    fitted = []
    for seed in range(n_seeds):
        progress(seed, n_seeds, f"training {classifier.name} with seed {seed}")
        fitted.append(classifier.fit(train, validation, seed, progress))
    judged = test if part is ProtocolPart.TEST else validation
    days, places = np.unique(judged.sessions, return_inverse=True)
    sums = [
        confusion_by_session(
            model.predict(judged).argmax(axis=1), judged.labels, places, days.size, judged.n_classes
        )
        for model in fitted
    ]
    draws = session_draws(days.size, _BLOCK_SESSIONS, np.random.default_rng(_DRAWS_SEED))
    progress(n_seeds, n_seeds, "done")
    side_by_side = np.hstack(sums)
    return ProtocolEvaluation(
        part,
        len(train),
        len(validation),
        len(test),
        block_interval(side_by_side, _mean_over_seeds(accuracy, n_seeds), draws, len(judged)),
        block_interval(side_by_side, _mean_over_seeds(matthews, n_seeds), draws, len(judged)),
        tuple(float(accuracy(found.sum(axis=0)[None])[0]) for found in sums),
        tuple(float(matthews(found.sum(axis=0)[None])[0]) for found in sums),
        tuple(map(_kept_epoch, fitted)),
    )


def _kept_epoch(fitted: FittedClassifier) -> int | None:
    """Return the epoch whose weights were kept: the last of those that were the best so far."""
    curve = fitted.learning_curve if isinstance(fitted, LearntInEpochs) else ()
    return max((epoch.epoch for epoch in curve if epoch.is_best), default=None)


def _parts(samples: Samples, protocol: Protocol) -> tuple[Samples, Samples, Samples]:
    one_day = np.timedelta64(1, "D")
    validation_from = np.datetime64(protocol.validation_from, "D")
    test_from = np.datetime64(protocol.test_from, "D")
    parts = (
        samples.between(np.datetime64(protocol.train_from, "D"), validation_from - one_day),
        samples.between(validation_from, test_from - one_day),
        samples.between(test_from, np.datetime64(protocol.test_to, "D")),
    )
    for name, part in zip(("training", "validation", "test"), parts, strict=True):
        if len(part) == 0:
            raise InsufficientHistoryError(
                f"Protocol {protocol.name}: no {name} sample; the data reach from {samples.sessions.min()} "
                f"to {samples.sessions.max()}"
            )
    return parts


def _mean_over_seeds(figure: Figure, n_seeds: int) -> Figure:
    def mean(sums: np.ndarray) -> np.ndarray:
        parts = np.split(sums, n_seeds, axis=1)
        return np.asarray(np.mean([figure(part) for part in parts], axis=0))

    return mean
