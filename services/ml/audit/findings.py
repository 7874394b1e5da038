"""How the checks answer: the first fault they meet, or what they looked at."""

from collections.abc import Callable, Iterable, Sequence

from models.domain.trials import AuditCheck
from services.ml.audit.evidence import FoldEvidence


def conclude(name: str, faults: Iterable[str], looked_at: str) -> AuditCheck:
    """Return a check that passed if there is no fault; the first is told, the others are counted."""
    found = list(faults)
    if not found:
        return AuditCheck(name, True, looked_at)
    others = f" (and {len(found) - 1:,} more of the kind)" if len(found) > 1 else ""
    return AuditCheck(name, False, found[0] + others)


def over_folds(
    name: str,
    folds: Sequence[FoldEvidence],
    faults_of: Callable[[FoldEvidence], Iterable[str]],
    looked_at: str,
) -> AuditCheck:
    """Return one check over all folds; a fault begins with the number of its fold."""
    faults = [
        f"fold {number}: {fault}" for number, fold in enumerate(folds, start=1) for fault in faults_of(fold)
    ]
    return conclude(name, faults, f"{looked_at} ({len(folds)} folds)")
