"""Audit how models are trained on the active dataset, and keep what was found."""

from dataclasses import dataclass, field

from models.domain.judging import SplitSettings
from models.domain.trials import AuditCheck
from services.ml.audit.gathering import CODE, gather_evidence
from services.ml.audit.run import audit
from services.ml.catalogue import make_classifier
from services.ml.inputs import read_inputs
from services.ml.labelled_panel import WINDOW_SESSIONS, LabelSettings
from services.ml.walk_forward import TrainingSettings
from services.ports import Clock, Progress, UnitOfWorkFactory
from services.quant.code_version import code_version


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
    evidence = gather_evidence(
        inputs,
        make_classifier(settings.model),
        settings.labels,
        settings.splits,
        settings.training,
        settings.window_sessions,
        settings.seed,
        progress,
    )
    checks = audit(evidence, settings.seed, progress)
    with open_work() as work:
        audit_id = work.trials.add_audit(
            checks,
            dataset_id=inputs.dataset.id,
            trial_id=None,
            code_version=code_version(*CODE),
            now=clock.now(),
        )
        work.touch("models")
        work.commit()
    return AuditReport(audit_id, inputs.dataset.label, checks)
