"""Features of the active dataset: what is stored is mapped, what is not, or not any more, is computed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.domain.errors import OperatorError
from services.ml.feature_store.bound import MAX_BYTES, drop_oldest, mark_used
from services.ml.feature_store.digests import SessionDigests, session_digests
from services.ml.feature_store.key import LEAD_SESSIONS, store_key
from services.ml.feature_store.month_file import MonthOfFeatures, read_month, write_month
from services.ml.feature_store.months import Months
from services.ml.inputs import MarketInputs
from services.ports import Progress
from services.quant.features.compute import FeaturePanel, compute_features
from services.quant.features.registry import NAMES
from services.quant.gaps import fill_gaps
from services.quant.panels import keep_rows

# Computed at a time, beside the sessions that lead up to them: half a gigabyte of working memory.
_ROWS_AT_A_TIME = 700_000
_BYTES_A_ROW = 4 * len(NAMES)


@dataclass(frozen=True, eq=False)
class StoredFeatures:
    """Features of every row of a panel, on disk; what happens to the files changes nothing here.

    ``values``: of each month, float32, shape (n_rows_of_month, n_features).
    """

    months: Months
    values: tuple[np.ndarray, ...]

    def of_rows(self, rows: slice) -> np.ndarray:
        """Return the features of some consecutive rows of the panel, float32, shape (n_rows, n_features)."""
        found = np.empty((rows.stop - rows.start, len(NAMES)), dtype=np.float32)
        for month, values in enumerate(self.values):
            of_month = self.months.rows_of(month)
            first, last = np.searchsorted(of_month, (rows.start, rows.stop))
            found[of_month[first:last] - rows.start] = values[first:last]
        return found


def features_for(inputs: MarketInputs, data_dir: Path, progress: Progress) -> FeaturePanel:
    """Return every feature of every bar, as ``compute_features`` does but for 1e-6, from the store.

    Parameters
    ----------
    inputs : MarketInputs
        The whole history, as believed now.
    data_dir : Path
        The store lies below it.
    progress : Progress
        Told how much is computed; what it raises ends the computation, and finished months stay.

    Raises
    ------
    OperatorError
        If the store cannot be written to.
    """
    stored = open_features(inputs, data_dir, progress)
    return FeaturePanel(NAMES, stored.of_rows(slice(0, inputs.panel.n_rows)))


def open_features(
    inputs: MarketInputs, data_dir: Path, progress: Progress, *, keep: bool = True
) -> StoredFeatures:
    """Bring the store up to date and map it; parameters and errors as for ``features_for``.

    With ``keep`` false, as for inputs of an earlier moment, the store is read and not changed: what it lacks
    goes to files without a name. Nor is a panel kept that alone would overflow the store.
    """
    root = data_dir / "features"
    key = store_key(inputs.dataset)
    folder = root / key
    wanted = session_digests(inputs)
    months = Months.of(wanted.sessions, inputs.panel.session)
    keep = keep and inputs.panel.n_rows * _BYTES_A_ROW <= MAX_BYTES
    try:
        mark_used(folder)
        paths = [folder / f"{name}.arrow" for name in months.names]
        found = [_valid_part(read_month(path, key), wanted, months, at) for at, path in enumerate(paths)]
        is_stale = [found[at].session.size < months.rows_of(at).size for at in range(len(paths))]
        for first, last in _groups(is_stale, months, inputs):
            progress(
                first, len(paths), f"computing features of {months.names[first]} to {months.names[last]}"
            )
            for at, month in _computed(inputs, wanted, months, found[first], range(first, last + 1)):
                found[at] = write_month(paths[at], key, month, keep=keep)
        if keep and any(is_stale):
            drop_oldest(root, folder)
    except OSError as error:
        raise OperatorError(
            f"The feature store {root} cannot be written ({error.strerror or error}): "
            "free space there or set DATA_DIR to another folder"
        ) from error
    return StoredFeatures(months, tuple(month.values for month in found))


def _valid_part(
    month: MonthOfFeatures | None, wanted: SessionDigests, months: Months, at: int
) -> MonthOfFeatures:
    """Return what of a stored month still holds: its sessions up to the first whose digest is another."""
    digests = wanted.digests[months.sessions_of(at)]
    if month is None:
        return MonthOfFeatures(np.empty(0, "datetime64[D]"), (), np.empty((0, len(NAMES)), np.float32))
    stored = np.unique(month.session)
    n_valid = 0
    for given, expected in zip(month.digests, digests, strict=False):
        if given != expected:
            break
        n_valid += 1
    if n_valid == len(month.digests):
        return month
    holds = month.session < stored[n_valid]
    return MonthOfFeatures(month.session[holds], digests[:n_valid], month.values[holds])


def _groups(is_stale: list[bool], months: Months, inputs: MarketInputs) -> Iterator[tuple[int, int]]:
    """Yield first and last of consecutive stale months that are computed at once.

    No fewer sessions at a time than lead up to them, or those would take more time than the work itself.
    """
    n_sessions = max(LEAD_SESSIONS, _ROWS_AT_A_TIME // max(1, len(inputs.panel.symbols)))
    first = None
    for at, stale in enumerate([*is_stale, False]):
        if first is not None and (
            not stale or months.session_edges[at + 1] - months.session_edges[first] > n_sessions
        ):
            yield first, at - 1
            first = None
        if stale and first is None:
            first = at


def _computed(
    inputs: MarketInputs, wanted: SessionDigests, months: Months, valid: MonthOfFeatures, group: range
) -> Iterator[tuple[int, MonthOfFeatures]]:
    """Yield the months of a group; ``valid``: the part of its first one that is not computed again."""
    panel = inputs.panel
    begin = int(months.session_edges[group[0]]) + len(valid.digests)
    first = wanted.sessions[begin]
    before = wanted.sessions[max(0, begin - LEAD_SESSIONS)]
    last = wanted.sessions[months.session_edges[group[-1] + 1] - 1]
    keep = (panel.session >= before) & (panel.session <= last)
    part = keep_rows(panel, keep)
    computed = compute_features(part, fill_gaps(part), inputs.context.of_rows(panel, keep)).values
    row_of_part = np.cumsum(keep) - 1
    for at in group:
        rows = months.rows_of(at)
        is_new = panel.session[rows] >= first
        values = np.empty((rows.size, len(NAMES)), dtype=np.float32)
        values[~is_new] = valid.values[: rows.size - int(is_new.sum())]
        values[is_new] = computed[row_of_part[rows[is_new]]]
        yield at, MonthOfFeatures(panel.session[rows], wanted.digests[months.sessions_of(at)], values)
