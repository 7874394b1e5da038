"""The evidence for an audit, gathered by training two folds as training does."""

from collections.abc import Sequence

import numpy as np

from models.domain.judging import Split, SplitSettings
from models.domain.market import PricePanel
from services.ml.audit.book import fills_of_forecasts
from services.ml.audit.evidence import Evidence, FoldEvidence, Pipeline
from services.ml.audit.training import train_fold
from services.ml.classifiers.interface import Classifier
from services.ml.inputs import MarketInputs
from services.ml.labelled_panel import LabelSettings, build_samples, feature_warm_up
from services.ml.samples import Samples
from services.ml.walk_forward import TrainingSettings
from services.ports import Progress
from services.quant.features.compute import FeaturePanel, compute_features
from services.quant.features.context import FeatureContext
from services.quant.features.registry import NAMES
from services.quant.gaps import fill_gaps
from services.quant.judging.splits import walk_forward_splits
from services.quant.targets import compute_labels

# What decides about the outcome of an audit.
CODE = (
    "services.ml",
    "services.quant.features",
    "services.quant.indicators",
    "services.quant.portfolio",
    "services.quant.targets",
)


def gather_evidence(
    inputs: MarketInputs,
    classifier: Classifier,
    labels: LabelSettings,
    splits: SplitSettings,
    training: TrainingSettings,
    window_sessions: int,
    seed: int,
    progress: Progress,
) -> Evidence:
    """Compute the features anew and train the classifier before two of the tests.

    Raises
    ------
    InsufficientHistoryError
        If the history is too short for one test.
    """
    panel, context = inputs.panel, inputs.context
    pipeline = _pipeline(labels, window_sessions)
    chosen = _chosen(walk_forward_splits(np.unique(panel.session), splits))
    progress(0, len(chosen) + 1, f"computing features of {panel.n_rows:,} bars")
    samples = pipeline.build(panel, context, pipeline.compute(panel, context))
    folds: list[FoldEvidence] = []
    for split in chosen:
        progress(len(folds) + 1, len(chosen) + 1, f"training {classifier.name} before {split.test[0]}")
        folds.append(train_fold(samples, split, classifier, training, seed, progress))
    return Evidence(
        panel,
        context,
        pipeline,
        samples,
        tuple(folds),
        labels.horizon_sessions,
        training.preprocessing,
        fills_of_forecasts(panel, inputs.dataset.price_basis, folds[-1]),
    )


def _chosen(splits: Sequence[Split]) -> tuple[Split, ...]:
    """Return the newest split and the one in the middle: the others are made alike."""
    places = sorted({len(splits) // 2, len(splits) - 1})
    return tuple(splits[place] for place in places)


def _pipeline(wanted: LabelSettings, window_sessions: int) -> Pipeline:
    def compute(panel: PricePanel, context: FeatureContext) -> FeaturePanel:
        return compute_features(panel, fill_gaps(panel), context)

    def build(panel: PricePanel, context: FeatureContext, features: FeaturePanel) -> Samples:
        filled = fill_gaps(panel)
        return build_samples(
            panel,
            filled,
            features,
            compute_labels(panel, filled, wanted.horizon_sessions, wanted.threshold_deviations),
            context.is_member,
            n_classes=wanted.n_classes,
            window_sessions=window_sessions,
        )

    return Pipeline(compute, build, feature_warm_up(NAMES))
