"""Assess what is stored: look for flags among the bars that changed, and measure the whole."""

from collections.abc import Mapping
from datetime import date, datetime

import numpy as np
import pandas as pd

from models.domain.market import BarRule, Dataset, EventKind, PricePanel
from services.ports import UnitOfWork
from services.quant.code_version import code_version
from services.quant.quality.assessment import QualityCounts, assess
from services.quant.quality.flags import find_flags
from services.quant.quality.listing import Listing
from services.quant.quality.settings import FlagSettings
from services.quant.sessions import exchange_sessions, last_completed_session

# A known event of these kinds explains any move of its day; who met one of the last two is listed no more.
_EXPLAINING = (EventKind.SYMBOL_CHANGE, EventKind.MERGER, EventKind.DELISTING)
_ENDING = (EventKind.MERGER, EventKind.DELISTING)
_CODE = (
    "models.domain.market",
    "services.quant.adjustment",
    "services.quant.quality",
    "services.quant.sessions",
    "services.storage.quality_refresh",
)


def is_assessment_due(work: UnitOfWork, dataset_id: int, dataset: Dataset, now: datetime) -> bool:
    """Whether to assess though nothing was written: it never was, or by other code, or of another universe.

    Or an administrator has released a row since, or a session has passed.

    A live feed that brings nothing falls behind with every session; the data of a closed history do not.
    """
    assessed_at, code = work.quality.assessed(dataset_id)
    if assessed_at is None or code != code_version(*_CODE):
        return True
    if not work.quality.covers_universe(dataset_id):
        return True
    if work.quarantine.first_released_since(dataset_id, assessed_at) is not None:
        return True
    then, today = last_completed_session(assessed_at), last_completed_session(now)
    return not dataset.historical and bool(then < today)


def refresh_quality(
    work: UnitOfWork,
    dataset_id: int,
    dataset: Dataset,
    now: datetime,
    repeats: Mapping[str, int] | None = None,
) -> None:
    """Assess the universe of a dataset and store flags, scores and one run, within the transaction.

    Parameters
    ----------
    work : UnitOfWork
    dataset_id : int
    dataset : Dataset
        ``historical``: whether its own last session is “today”.
    now : datetime
    repeats : mapping, optional
        Rows by symbol that said again what another said, in what was read last.

    Notes
    -----
    Flags depend on earlier bars alone, so only those from the first changed session on are looked for again:
    the result is that of looking at everything.
    """
    instruments = work.datasets.instruments(dataset_id)
    actions = work.bars.events(dataset_id, _EXPLAINING)
    members = instruments[instruments["in_universe"]]
    symbols = dict(zip(members["id"].tolist(), members["symbol"], strict=True))
    whole = _refresh_flags(work, dataset_id, instruments, actions, now)
    if whole is not None:
        listing = Listing.of(whole)
    else:
        listing = Listing.of_rows(symbols, *work.quality.bar_sessions(dataset_id))
    if listing.session.size == 0:  # reference data alone
        return
    present = set(listing.symbols)
    ended = actions[actions["kind"].isin(_ENDING)]
    assessment = assess(
        listing,
        listing.session.max() if dataset.historical else last_completed_session(now),
        _counts(work, dataset_id, repeats or {}),
        dict(zip(ended["symbol"], ended["session"].to_numpy("datetime64[D]"), strict=True)),
        {symbol: number for number, symbol in symbols.items() if symbol not in present},
    )
    work.quality.save(dataset_id, assessment, code_version(*_CODE), now)


def _refresh_flags(
    work: UnitOfWork, dataset_id: int, instruments: pd.DataFrame, actions: pd.DataFrame, now: datetime
) -> PricePanel | None:
    """Look for flags from the first change on; return the panel if that took every bar."""
    assessed_at, code = work.quality.assessed(dataset_id)
    begin = None
    if assessed_at is not None and code == code_version(*_CODE):
        changed = list(work.datasets.changed_from(dataset_id).values())
        released = work.quarantine.first_released_since(dataset_id, assessed_at)
        begin = min([*changed, released] if released else changed, default=None)
        if begin is None:
            return None
    panel, begin = _read(work, dataset_id, begin)
    first = None if begin is None else np.datetime64(begin, "D")
    flags = find_flags(panel, FlagSettings(), actions, first)
    numbers = dict(zip(instruments["symbol"], instruments["id"].tolist(), strict=True))
    flags = flags.assign(instrument_id=flags["symbol"].map(numbers).astype("int64"))
    work.quality.replace_flags(instruments["id"].tolist(), flags, now, begin)
    return panel if begin is None else None


def _read(work: UnitOfWork, dataset_id: int, begin: date | None) -> tuple[PricePanel, date | None]:
    """Return what the flags from a session on depend on, and that session; None where that is every bar."""
    if begin is not None:
        first = np.datetime64(begin, "D")
        days = exchange_sessions()
        place = int(np.searchsorted(days, first)) - FlagSettings().lookback_sessions
        if place > 0:
            panel = work.bars.panel(dataset_id, from_session=days[place].item())
            # A symbol whose bars begin within the new ones may have older ones, beyond a long gap.
            if panel.n_rows and (panel.session[panel.starts[:-1]] < first).all():
                return panel, begin
    return work.bars.panel(dataset_id), None


def _counts(work: UnitOfWork, dataset_id: int, repeats: Mapping[str, int]) -> QualityCounts:
    return QualityCounts(
        quarantined=work.quarantine.counts_by_symbol(dataset_id),
        conflicts=work.quarantine.counts_by_symbol(dataset_id, BarRule.CONFLICT),
        repeats=repeats,
        flagged=work.quality.flag_counts_by_symbol(dataset_id),
        findings=work.quarantine.counts_by_rule(dataset_id) | work.quality.flag_counts(dataset_id),
    )
