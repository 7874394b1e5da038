"""Whether what is learnt from lies before what is judged on, with room for the labels between."""

from collections.abc import Iterator, Sequence

import numpy as np

from models.domain.trials import AuditCheck
from services.ml.audit.evidence import FoldEvidence
from services.ml.audit.findings import over_folds
from services.ml.samples import Samples

# Past this share of training that follows the first test session, the order is no accident at an edge.
_RANDOM_SHARE = 0.1


def disjoint_dates(folds: Sequence[FoldEvidence]) -> AuditCheck:
    """Check that no session is in two parts: symbols of a day move together, and one tells of the other."""

    def faults(fold: FoldEvidence) -> Iterator[str]:
        for first_name, first, later_name, later in fold.pairs:
            shared = np.intersect1d(first.sessions, later.sessions)
            if shared.size:
                yield (
                    f"{shared.size:,} sessions are in {first_name} and in {later_name}, the first "
                    f"{shared[0]}: the same date in both; split on dates"
                )

    return over_folds("disjoint dates", folds, faults, "training, validation and test share no session")


def chronological_order(folds: Sequence[FoldEvidence]) -> AuditCheck:
    """Check that training comes before validation, and validation before the test."""

    def faults(fold: FoldEvidence) -> Iterator[str]:
        for first_name, first, later_name, later in fold.pairs:
            if len(first) == 0 or len(later) == 0 or first.sessions.max() <= later.sessions.min():
                continue
            begin = later.sessions.min()
            share = float(np.mean(first.sessions > begin))
            cause = "a random split" if share > _RANDOM_SHARE else "parts that reach into each other"
            yield (
                f"{share:.1%} of the {first_name} rows are later than {begin}, the first session of "
                f"{later_name}: {cause}; cut by time"
            )

    return over_folds("chronological order", folds, faults, "each part ends before the next begins")


def purged_labels(folds: Sequence[FoldEvidence]) -> AuditCheck:
    """Check that no label looks at a session that a later part takes up with its rows and labels.

    References
    ----------
    Lopez de Prado (2018), Advances in Financial Machine Learning, section 7.4.1.
    """

    def faults(fold: FoldEvidence) -> Iterator[str]:
        for first_name, first, later_name, later in fold.pairs:
            overlaps = overlapping(first, later)
            if overlaps.any():
                at = int(np.flatnonzero(overlaps)[0])
                yield (
                    f"{overlaps.sum():,} of {len(first):,} {first_name} labels overlap those of "
                    f"{later_name}, such as that of {first.sessions[at]}, which ends on "
                    f"{first.label_ends[at]}: overlapping labels, the purge is missing"
                )

    return over_folds("purged labels", folds, faults, "no label reaches into a later part")


def embargo(folds: Sequence[FoldEvidence], market_sessions: np.ndarray, embargo_sessions: int) -> AuditCheck:
    """Check that ``embargo_sessions`` sessions or more lie between the end of a label and a later part.

    ``market_sessions``: datetime64[D], ascending. Labels that even overlap are ``purged_labels``' to find.
    """

    def faults(fold: FoldEvidence) -> Iterator[str]:
        for first_name, first, later_name, later in fold.pairs:
            ends = np.unique(first.label_ends[~np.isnat(first.label_ends)])
            begins = np.unique(later.sessions)
            following = np.searchsorted(begins, ends, side="right")
            ends, following = ends[following < begins.size], following[following < begins.size]
            between = np.searchsorted(market_sessions, begins[following]) - 1
            between -= np.searchsorted(market_sessions, ends)
            if ends.size and between.min() < embargo_sessions:
                at = int(between.argmin())
                yield (
                    f"a label of {first_name} ends on {ends[at]}, {between[at]} sessions before "
                    f"{begins[following[at]]} of {later_name}: the embargo asks for {embargo_sessions}"
                )

    return over_folds("embargo", folds, faults, f"{embargo_sessions} sessions or more behind each label")


def overlapping(first: Samples, later: Samples) -> np.ndarray:
    """Return which labels of ``first`` share sessions with what ``later`` sees or foretells.

    Returns
    -------
    bool array, shape (n_first,)
        A label of session s that ends at e looks at s+1 to e; a row of ``later`` takes up its session and
        those of its label. Rows without a label never overlap.
    """
    if len(first) == 0 or len(later) == 0:
        return np.zeros(len(first), dtype=bool)
    order = np.argsort(later.sessions, kind="stable")
    begins = later.sessions[order]
    ends = np.where(np.isnat(later.label_ends), later.sessions, later.label_ends)[order]
    reach = np.maximum.accumulate(ends)
    is_labelled = ~np.isnat(first.label_ends)
    newest = (
        np.searchsorted(begins, np.where(is_labelled, first.label_ends, first.sessions), side="right") - 1
    )
    found: np.ndarray = is_labelled & (newest >= 0) & (reach[np.maximum(newest, 0)] > first.sessions)
    return found
