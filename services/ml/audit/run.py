"""The whole audit of a training."""

from collections.abc import Callable, Sequence

import numpy as np

from models.domain.trials import AuditCheck
from services.ml.audit import dates, features, provenance, rows
from services.ml.audit.evidence import Evidence
from services.ml.audit.execution import execution
from services.ml.audit.shifted_labels import shifted_labels
from services.ml.classifiers.interface import Quiet
from services.ports import Progress


def audit(evidence: Evidence, seed: int = 0, progress: Progress | None = None) -> tuple[AuditCheck, ...]:
    """Look for every known leak of a training.

    Parameters
    ----------
    evidence : Evidence
        What the training used.
    seed : int
        Of the symbols, cuts, shifts and windows that are drawn where all would be too many.
    progress : Progress, optional
        Told of each check.

    Returns
    -------
    tuple of AuditCheck
        One a leak; none can prove innocence. The one on execution is there only with ``evidence.fills``.

    Raises
    ------
    InsufficientHistoryError
        If the history is too short to shift labels along it.
    """
    progress = progress or Quiet()
    checks = _checks(evidence, seed)
    found = []
    for done, check in enumerate(checks):
        progress(done, len(checks), "auditing")
        found.append(check())
    progress(len(checks), len(checks), "audited")
    return tuple(found)


def _checks(evidence: Evidence, seed: int) -> Sequence[Callable[[], AuditCheck]]:
    folds, pipeline, settings = evidence.folds, evidence.pipeline, evidence.preprocessing_settings
    panel, context, samples = evidence.panel, evidence.context, evidence.samples

    def generator() -> np.random.Generator:
        return np.random.default_rng(seed)  # each its own: a check draws the same alone and among others

    subject = features.Subject.drawn(panel, context, generator())
    sessions = np.unique(panel.session)
    found: list[Callable[[], AuditCheck]] = [
        lambda: features.truncation_invariance(pipeline, subject),
        lambda: features.planted_future(pipeline, subject, generator()),
        lambda: features.later_restatement(pipeline, subject),
        lambda: features.causal_windows(pipeline, subject),
        lambda: dates.disjoint_dates(folds),
        lambda: dates.chronological_order(folds),
        lambda: dates.purged_labels(folds),
        lambda: dates.embargo(folds, sessions, evidence.horizon_sessions),
        lambda: rows.complete_test(
            folds, panel, context.is_member, samples.window_sessions, pipeline.warm_up_sessions
        ),
        lambda: rows.rows_used_once(folds),
        lambda: rows.traceable_rows(folds, samples, generator()),
        lambda: rows.duplicate_windows(folds),
        lambda: provenance.scaler_provenance(folds, settings),
        lambda: provenance.selection_provenance(folds, settings),
        lambda: provenance.tuning_provenance(folds),
        lambda: provenance.stacking(folds),
        lambda: shifted_labels(evidence, generator()),
    ]
    if evidence.fills is not None:
        fills = evidence.fills
        found.append(lambda: execution(fills, panel))
    return found
