"""Audit how models are trained on the active dataset, and keep what was found."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.domain.judging import Split, SplitSettings
from models.domain.market import PricePanel
from models.domain.trials import AuditCheck
from services.ml.audit.book import fills_of_forecasts
from services.ml.audit.evidence import Evidence, FoldEvidence, Pipeline
from services.ml.audit.run import audit
from services.ml.audit.training import train_fold
from services.ml.catalogue import make_classifier
from services.ml.inputs import MarketInputs, read_inputs
from services.ml.labelled_panel import WINDOW_SESSIONS, LabelSettings, build_samples, feature_warm_up
from services.ml.samples import Samples
from services.ml.walk_forward import TrainingSettings
from services.ports import Clock, Progress, UnitOfWorkFactory
from services.quant.code_version import code_version
from services.quant.features.compute import FeaturePanel, compute_features
from services.quant.features.context import FeatureContext
from services.quant.features.registry import NAMES
from services.quant.gaps import fill_gaps
from services.quant.judging.splits import walk_forward_splits
from services.quant.targets import compute_labels

_CODE = (
    "services.ml",
    "services.quant.features",
    "services.quant.indicators",
    "services.quant.portfolio",
    "services.quant.targets",
)


@dataclass(frozen=True)
class AuditSettings:
    """How models are trained, as in training itself. ``seed``: of training and of what the audit draws."""

    model: str = "logistic_regression"
    window_sessions: int = WINDOW_SESSIONS
    seed: int = 0
    labels: LabelSettings = field(default_factory=LabelSettings)
    splits: SplitSettings = field(default_factory=SplitSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)


@dataclass(frozen=True)
class AuditReport:
    """What an audit found. ``audit_id``: its number in the ledger; ``dataset``: what was looked at."""

    audit_id: int
    dataset: str
    checks: tuple[AuditCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)


def audit_pipeline(
    open_work: UnitOfWorkFactory, clock: Clock, progress: Progress, settings: AuditSettings | None = None
) -> AuditReport:
    """Train two folds as training does, look for every known leak, and store the findings.

    Parameters
    ----------
    open_work, clock, progress
        The world.
    settings : AuditSettings, optional

    Raises
    ------
    NotYetComputedError
        If no prices are stored.
    InsufficientHistoryError
        If the history is too short for one test.
    InvalidRequestError
        If the model is not known.
    """
    settings = settings or AuditSettings()
    progress(0, 0, "reading bars")
    with open_work() as work:
        inputs = read_inputs(work)
    checks = audit(_evidence(inputs, settings, progress), settings.seed, progress)
    with open_work() as work:
        audit_id = work.trials.add_audit(
            checks,
            dataset_id=inputs.dataset.id,
            trial_id=None,
            code_version=code_version(*_CODE),
            now=clock.now(),
        )
        work.touch("models")
        work.commit()
    return AuditReport(audit_id, inputs.dataset.label, checks)


def _evidence(inputs: MarketInputs, settings: AuditSettings, progress: Progress) -> Evidence:
    panel, context = inputs.panel, inputs.context
    classifier = make_classifier(settings.model)
    pipeline = _pipeline(settings)
    splits = _chosen(walk_forward_splits(np.unique(panel.session), settings.splits))
    progress(0, len(splits) + 1, f"computing features of {panel.n_rows:,} bars")
    samples = pipeline.build(panel, context, pipeline.compute(panel, context))
    folds: list[FoldEvidence] = []
    for split in splits:
        progress(len(folds) + 1, len(splits) + 1, f"training {settings.model} before {split.test[0]}")
        folds.append(train_fold(samples, split, classifier, settings.training, settings.seed, progress))
    return Evidence(
        panel,
        context,
        pipeline,
        samples,
        tuple(folds),
        settings.labels.horizon_sessions,
        settings.training.preprocessing,
        fills_of_forecasts(panel, inputs.dataset.price_basis, folds[-1]),
    )


def _chosen(splits: Sequence[Split]) -> tuple[Split, ...]:
    """Return the newest split and the one in the middle: the others are made alike."""
    places = sorted({len(splits) // 2, len(splits) - 1})
    return tuple(splits[place] for place in places)


def _pipeline(settings: AuditSettings) -> Pipeline:
    def compute(panel: PricePanel, context: FeatureContext) -> FeaturePanel:
        return compute_features(panel, fill_gaps(panel), context)

    def build(panel: PricePanel, context: FeatureContext, features: FeaturePanel) -> Samples:
        filled, wanted = fill_gaps(panel), settings.labels
        return build_samples(
            panel,
            filled,
            features,
            compute_labels(panel, filled, wanted.horizon_sessions, wanted.threshold_deviations),
            context.is_member,
            n_classes=wanted.n_classes,
            window_sessions=settings.window_sessions,
        )

    return Pipeline(compute, build, feature_warm_up(NAMES))
