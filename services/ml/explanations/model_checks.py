"""What is looked at of a model as a whole, beside its explanations: slow, so not every day."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from models.domain.explanations import DeletionTest, Explanation, PermutationImportance, Stability
from services.ml.explanations.deletion import deletion_test
from services.ml.explanations.explained import Asked, explain
from services.ml.explanations.importance import permutation_importance
from services.ml.explanations.signals import OpenedModel
from services.ml.explanations.stability import stability
from services.ml.inference.newest_samples import newest_samples
from services.ml.labelled_panel import class_labels
from services.ml.samples import Samples
from services.ports import Progress, UnitOfWorkFactory
from services.quant.targets import compute_labels

DUE_AFTER = timedelta(days=7)
_SEED = 0
_ATTENTION_SESSIONS, _ATTENTION_WINDOWS = 12, 480
_PERMUTED_SESSIONS, _PERMUTED_SAMPLES = 63, 256
_COMPARED_SIGNALS = 64


def is_due(checked: date | None, session: date) -> bool:
    """Whether a check was never made, or so long ago that it should be made again."""
    return checked is None or session - checked >= DUE_AFTER


def attention_check(open_work: UnitOfWorkFactory, opened: OpenedModel) -> DeletionTest | None:
    """Put attention to the test on windows of the last sessions that do not overlap, of all symbols."""
    explainer = opened.explained.explainer
    n_days, n_features = explainer.n_days, len(opened.explained.trained.preprocessing.feature_names)
    if explainer.attention(np.zeros((1, n_days, n_features), dtype=np.float32)).size == 0:
        return None
    n_sessions = n_days * (_ATTENTION_SESSIONS - 1) + 1
    with open_work() as work:
        samples = newest_samples(work, opened.served, n_sessions).samples
    sessions = np.unique(samples.sessions)[::-1][::n_days]
    chosen = samples.take(np.isin(samples.sessions, sessions))
    some = _some(chosen, _ATTENTION_WINDOWS)
    windows = opened.explained.shown_windows(some)
    classes = opened.explained.probabilities(windows).argmax(axis=1) if len(some) else np.empty(0, np.int64)
    return deletion_test(explainer, windows, classes, some.sessions, np.random.default_rng(_SEED))


def permutation_check(
    open_work: UnitOfWorkFactory, opened: OpenedModel, progress: Progress
) -> PermutationImportance | None:
    """Permute features among the newest labelled samples: where there are enough, those after its training.

    None where nothing is labelled.
    """
    labels = opened.record.trained.configuration.get("labels", {})
    horizon = int(labels.get("horizon_sessions", 5))
    with open_work() as work:
        newest = newest_samples(work, opened.served, _PERMUTED_SESSIONS + horizon)
    panel, filled, samples = newest.inputs.panel, newest.inputs.filled, newest.samples
    known = compute_labels(panel, filled, horizon, float(labels.get("threshold_deviations", 0.5)))
    classes = class_labels(known, samples.n_classes)[samples.source[samples.places]]
    labelled = replace(samples, labels=classes).labelled()
    later = labelled.take(labelled.sessions > np.datetime64(opened.record.trained.labels_through, "D"))
    is_out_of_sample = len(later) >= _PERMUTED_SAMPLES
    some = _some(later if is_out_of_sample else labelled, _PERMUTED_SAMPLES)
    if len(some) < 2:
        return None
    return permutation_importance(
        opened.explained, some, np.random.default_rng(_SEED), progress, is_out_of_sample=is_out_of_sample
    )


def stability_check(opened: OpenedModel, other: OpenedModel, asked: Asked) -> Stability | None:
    """Let another training of the same model explain the same classes of some of the same windows."""
    if not other.served.accepts(asked.samples) or not len(asked.samples):
        return None
    rng = np.random.default_rng(_SEED)
    n_signals = min(_COMPARED_SIGNALS, len(asked.samples))
    some = asked.take(np.sort(rng.choice(len(asked.samples), n_signals, replace=False)))
    ours: list[Explanation] = explain(opened.explained, some)
    classes = np.array([one.class_names.index(one.shown_class) for one in ours])
    return stability(ours, explain(other.explained, some, classes=classes))


def _some(samples: Samples, at_most: int) -> Samples:
    """Return samples spread evenly over all, no more than so many."""
    if len(samples) <= at_most:
        return samples
    return samples.take(np.linspace(0, len(samples) - 1, at_most).astype(np.int64))
