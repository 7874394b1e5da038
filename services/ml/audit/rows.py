"""Which rows were learnt from and judged on: all of them, each once, and none made up."""

from collections.abc import Iterator, Sequence

import numpy as np

from models.domain.market import PricePanel
from models.domain.trials import AuditCheck
from services.ml.audit.evidence import FoldEvidence, keys_of, row_keys
from services.ml.audit.findings import over_folds
from services.ml.labelled_panel import eligible_places
from services.ml.samples import UNLABELLED, Samples
from services.quant.gaps import fill_gaps

_MAX_WINDOWS = 2_000  # compared whole; of all others the newest session is


def complete_test(
    folds: Sequence[FoldEvidence],
    panel: PricePanel,
    is_member: np.ndarray,
    window_sessions: int,
    warm_up_sessions: int,
) -> AuditCheck:
    """Check that the test holds every bar of its sessions that a model can look at, whatever came of it."""
    rows, _ = eligible_places(panel, fill_gaps(panel), is_member, window_sessions, warm_up_sessions)
    sessions = panel.session[rows]
    keys = row_keys(panel.code[rows], sessions)

    def faults(fold: FoldEvidence) -> Iterator[str]:
        expected = keys[np.isin(sessions, fold.test_sessions)]
        missing = np.setdiff1d(expected, keys_of(fold.test))
        if missing.size:
            yield (
                f"the test lacks {missing.size:,} of {expected.size:,} rows that could be forecast, such as "
                f"{_bar(panel, missing[0])}{_by_label(fold)}: test rows were chosen, perhaps by their label"
            )
        extra = np.setdiff1d(keys_of(fold.test), expected)
        if extra.size:
            yield (
                f"the test has {extra.size:,} rows outside its sessions or universe, such as "
                f"{_bar(panel, extra[0])}"
            )

    return over_folds("complete test", folds, faults, "every eligible row of its sessions is in the test")


def rows_used_once(folds: Sequence[FoldEvidence]) -> AuditCheck:
    """Check that no symbol and session stands twice over training, validation and test."""

    def faults(fold: FoldEvidence) -> Iterator[str]:
        parts = [keys_of(part) for _, part in fold.parts]
        keys, counts = np.unique(np.concatenate(parts), return_counts=True)
        n_repeated = int((counts > 1).sum())
        if n_repeated:
            where = ", ".join(
                f"{part.size - np.unique(part).size:,} within {name}"
                for (name, _), part in zip(fold.parts, parts, strict=True)
            )
            yield (
                f"{n_repeated:,} of {keys.size:,} rows are used more than once ({where}; the rest across "
                "parts): oversampling before the split; balance the training rows after it"
            )

    return over_folds("rows used once", folds, faults, "each symbol and session stands at most once")


def traceable_rows(
    folds: Sequence[FoldEvidence], samples: Samples, generator: np.random.Generator
) -> AuditCheck:
    """Check that every row that is learnt from or judged on is one that the panel gives, with its label.

    Parameters
    ----------
    folds : sequence of FoldEvidence
    samples : Samples
        All that the panel gives.
    generator : numpy.random.Generator
        Draws 2,000 windows of each part that are compared whole; of the others the newest session is.
    """
    keys = keys_of(samples)
    order = np.argsort(keys)
    ordered = keys[order]

    def faults(fold: FoldEvidence) -> Iterator[str]:
        for name, part in fold.parts:
            if len(part) == 0:
                continue
            own = keys_of(part)
            at = np.minimum(np.searchsorted(ordered, own), ordered.size - 1)
            known = ordered[at] == own
            if not known.all():
                yield f"{(~known).sum():,} {name} rows belong to no row of the panel: synthetic rows"
            theirs = samples.take(order[at[known]])
            yield from _differences(name, part.take(known), theirs, generator)

    return over_folds("traceable rows", folds, faults, "every row and label is the panel's")


def duplicate_windows(folds: Sequence[FoldEvidence]) -> AuditCheck:
    """Check that no window of the test has the content of one that was learnt from.

    Windows are told apart by a hash of their newest session; those that agree in it are compared whole.
    """

    def faults(fold: FoldEvidence) -> Iterator[str]:
        test_hash = _newest_hash(fold.test)
        for name, part in fold.parts[:2]:
            hashes = _newest_hash(part)
            candidates = np.flatnonzero(np.isin(test_hash, hashes))
            if candidates.size == 0:
                continue
            rows = np.flatnonzero(np.isin(hashes, test_hash[candidates]))
            seen = {part.windows(np.array([row])).tobytes(): row for row in rows.tolist()}
            twins = [
                (seen[content], row)
                for row in candidates.tolist()
                if (content := fold.test.windows(np.array([row])).tobytes()) in seen
            ]
            if twins:
                first, second = twins[0]
                yield (
                    f"duplicate windows: {len(twins):,} of {len(fold.test):,} test windows have the content "
                    f"of one of {name}; that of {fold.test.sessions[second]} is that of "
                    f"{part.sessions[first]}"
                )

    return over_folds("duplicate windows", folds, faults, "no test window repeats one learnt from")


def _differences(name: str, part: Samples, theirs: Samples, generator: np.random.Generator) -> Iterator[str]:
    other_label = (part.labels != theirs.labels) | ~_same_dates(part.label_ends, theirs.label_ends)
    if other_label.any():
        at = int(np.flatnonzero(other_label)[0])
        yield (
            f"{other_label.sum():,} {name} rows have another label than the panel's, as on "
            f"{part.sessions[at]}"
        )
    is_other = _newest_hash(part) != _newest_hash(theirs)
    chosen = np.sort(generator.permutation(len(part))[:_MAX_WINDOWS])
    is_other[chosen] |= _differ(part.windows(chosen), theirs.windows(chosen))
    if is_other.any():
        at = int(np.flatnonzero(is_other)[0])
        yield (
            f"{is_other.sum():,} {name} rows hold other values than the panel's, as on {part.sessions[at]}: "
            "synthetic or altered rows"
        )


def _newest_hash(samples: Samples) -> np.ndarray:
    """Return a hash of the newest session of each window, uint64, shape (n_samples,)."""
    newest = np.ascontiguousarray(samples.flat(1), dtype=np.float32).view(np.uint32)
    drawn = np.random.default_rng(0).integers(1, 2**62, newest.shape[1])
    factors = np.asarray(drawn * 2 + 1, dtype=np.uint64)  # odd, so that no bit of a value is lost
    found = np.zeros(len(samples), dtype=np.uint64)
    for column in range(factors.size):
        found += newest[:, column].astype(np.uint64) * factors[column]  # wraps around, as a hash may
        found ^= found >> np.uint64(29)
    return found


def _differ(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    return np.asarray(~same.all(axis=(1, 2)))


def _same_dates(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    return np.asarray((ours == theirs) | (np.isnat(ours) & np.isnat(theirs)))


def _bar(panel: PricePanel, key: int) -> str:
    code, day = divmod(int(key), 2**32)
    return f"{panel.symbols[code]} on {np.datetime64(day, 'D')}"


def _by_label(fold: FoldEvidence) -> str:
    present = np.unique(fold.test.labels[fold.test.labels != UNLABELLED])
    absent = [name for number, name in enumerate(fold.test.class_names) if number not in present]
    return f" (none is {' or '.join(absent)})" if absent else ""
