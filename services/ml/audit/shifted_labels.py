"""Whether labels that belong to other years can be foretold: only a leak can do that.

Labels are moved along the history by more than the longest looks ahead, what falls off the end comes in
at the beginning, and a model is trained and judged on them. Nothing about the new labels can be known, so
skill must vanish. Neighbouring labels stay neighbours, though: where windows of a test lie between
windows that were learnt from, the overlap of their labels is still there, and a model that remembers its
nearest neighbours finds it. Labels shuffled one by one lose that likeness together with their meaning, so
that a shuffle acquits the very leak that is commonest.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from models.domain.errors import InsufficientHistoryError
from models.domain.trials import AuditCheck
from services.ml.audit.evidence import Evidence, FoldEvidence
from services.ml.preprocessing import Preprocessing, PreprocessingSettings
from services.ml.samples import UNLABELLED, Samples
from services.quant.targets import MAX_HORIZON_SESSIONS

Relabel = Callable[[np.ndarray], np.ndarray]
_N_SHIFTS = 6
_MAX_SYMBOLS = 25
_N_NEIGHBOURS = 3
_MAX_TESTED = 4_000  # rows of a test that are forecast
# Kappa that chance does not reach: overlapping labels of 5 days in a random split give 0.3 to 0.45.
_MAX_SKILL = 0.10
_MAX_ERRORS = 3.0


def shifted_labels(evidence: Evidence, generator: np.random.Generator) -> AuditCheck:
    """Learn circularly shifted labels with a model that remembers its neighbours; it must fail.

    Raises
    ------
    InsufficientHistoryError
        If the history is too short for a shift by more than the longest label.
    """
    table = LabelTable.of(evidence.samples, generator)
    n_sessions = len(table.labels)
    if n_sessions < 4 * (MAX_HORIZON_SESSIONS + 1):
        raise InsufficientHistoryError(
            f"{n_sessions} sessions with labels are too few to shift them by a quarter of the history or "
            f"more: that needs {4 * (MAX_HORIZON_SESSIONS + 1)}"
        )
    shifts = generator.integers(n_sessions // 4, 3 * n_sessions // 4, _N_SHIFTS)
    skill = np.array(
        [
            memorised_skill(
                evidence.folds,
                table,
                lambda labels, by=int(shift): np.roll(labels, by, axis=0),  # type: ignore[misc]
            )
            for shift in shifts
        ]
    )
    mean, error = float(skill.mean()), float(skill.std(ddof=1) / np.sqrt(skill.size))
    leaks = mean > _MAX_SKILL and mean > _MAX_ERRORS * error
    said = (
        f"a skill (kappa) of {mean:.3f}, standard error {error:.3f}, over {skill.size} shifts by "
        f"{shifts.min()} to {shifts.max()} sessions, {len(table.symbols)} symbols"
    )
    if leaks:
        said = (
            f"labels of other years are foretold with {said}: windows of the test share labels with training"
        )
    return AuditCheck("circularly shifted labels", not leaks, said)


class LabelTable:
    """Labels by session and symbol.

    ``sessions``: datetime64[D], ascending; ``symbols``: int64, ascending; ``labels``: int8, shape
    (n_sessions, n_symbols), ``UNLABELLED`` where there is none.
    """

    def __init__(self, sessions: np.ndarray, symbols: np.ndarray, labels: np.ndarray) -> None:
        self.sessions, self.symbols, self.labels = sessions, symbols, labels

    @classmethod
    def of(cls, samples: Samples, generator: np.random.Generator) -> "LabelTable":
        """Lay out the labels of up to 25 symbols, drawn."""
        labelled = samples.labelled()
        symbols = np.sort(generator.permutation(np.unique(labelled.symbols))[:_MAX_SYMBOLS])
        chosen = labelled.take(np.isin(labelled.symbols, symbols))
        sessions = np.unique(chosen.sessions)
        labels = np.full((sessions.size, symbols.size), UNLABELLED, dtype=np.int8)
        at = np.searchsorted(sessions, chosen.sessions), np.searchsorted(symbols, chosen.symbols)
        labels[at] = chosen.labels
        return cls(sessions, symbols, labels)

    def put_on(self, samples: Samples) -> Samples:
        """Return the samples that stand in the table and have a label there, with that label."""
        row = np.minimum(np.searchsorted(self.sessions, samples.sessions), self.sessions.size - 1)
        column = np.minimum(np.searchsorted(self.symbols, samples.symbols), self.symbols.size - 1)
        known = (self.sessions[row] == samples.sessions) & (self.symbols[column] == samples.symbols)
        labels = np.where(known, self.labels[row, column], UNLABELLED).astype(np.int8)
        return replace(samples, labels=labels).labelled()


def memorised_skill(folds: Sequence[FoldEvidence], table: LabelTable, relabel: Relabel) -> float:
    """Return Cohen's kappa, mean over folds, of the three nearest training windows' vote on other labels.

    0 is chance, 1 is perfect. Nearness is that of all features of the newest session, scaled by the training
    samples: the more of them are slow, the nearer a window is to those of the days around it.

    References
    ----------
    Cohen (1960), Educational and Psychological Measurement 20.
    """
    other = LabelTable(table.sessions, table.symbols, relabel(table.labels))
    found = []
    for fold in folds:
        train, test = other.put_on(fold.train), other.put_on(fold.test)
        test = test.take(slice(None, None, -(-len(test) // _MAX_TESTED) or 1))  # type: ignore[arg-type]
        if len(train) <= _N_NEIGHBOURS or len(test) == 0:
            continue
        everything = PreprocessingSettings(max_features=len(train.feature_names))
        preprocessing = Preprocessing.fit(train, everything)
        model = KNeighborsClassifier(_N_NEIGHBOURS, algorithm="brute")
        model.fit(_inputs(preprocessing, train), train.labels)
        found.append(_kappa(model.predict(_inputs(preprocessing, test)), test.labels, test.n_classes))
    return float(np.mean(found)) if found else 0.0


def _inputs(preprocessing: Preprocessing, samples: Samples) -> np.ndarray:
    return np.asarray(np.nan_to_num(preprocessing.apply(samples).flat(1), nan=0.0))


def _kappa(forecast: np.ndarray, labels: np.ndarray, n_classes: int) -> float:
    shares = [np.bincount(side, minlength=n_classes) / side.size for side in (forecast, labels)]
    by_chance = float(shares[0] @ shares[1])
    accuracy = float(np.mean(forecast == labels))
    return (accuracy - by_chance) / (1.0 - by_chance) if by_chance < 1.0 else 0.0
