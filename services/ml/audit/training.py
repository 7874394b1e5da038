"""The evidence of one fold, from a training as it is done."""

from models.domain.errors import InsufficientHistoryError
from models.domain.judging import Split
from services.ml.audit.evidence import FoldEvidence, Tuned
from services.ml.classifiers.interface import Classifier
from services.ml.samples import Samples
from services.ml.walk_forward import TrainingSettings, train, training_parts
from services.ports import Progress
from services.quant.judging.calibration import fit_temperature


def train_fold(
    samples: Samples,
    split: Split,
    classifier: Classifier,
    settings: TrainingSettings,
    seed: int,
    progress: Progress,
) -> FoldEvidence:
    """Train a model as walk-forward training does, and keep what it was made of.

    Raises
    ------
    InsufficientHistoryError
        If training or validation has fewer than two classes, or no sample.
    """
    learnt, checked = training_parts(samples, split, settings)
    if len(checked) == 0:
        raise InsufficientHistoryError(
            f"The test from {split.test[0]} has no validation windows; take a longer history or more symbols"
        )
    model = train(learnt, checked, classifier, settings, seed, progress)
    temperature = Tuned("the temperature", model.temperature, checked.sessions, fit_temperature)
    return FoldEvidence(
        train=learnt,
        validation=checked,
        test=samples.between(split.test[0], split.test[-1]),
        test_sessions=split.test,
        preprocessing=model.preprocessing,
        predict=lambda part: model.classifier.predict(model.preprocessing.apply(part)),
        tuned=(temperature,),
    )
