"""Compute indicators, scores and signals, and store what is new or changed."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from models.domain.errors import InvalidRequestError, NotYetComputedError
from models.domain.jobs import JobResult
from models.domain.market import Dataset, DatasetStatus, PricePanel
from models.domain.signals import MaturedCounts, Segment
from services.ports import Clock, Progress, UnitOfWork, UnitOfWorkFactory
from services.quant.code_version import code_version
from services.quant.confidence import MIN_SESSIONS
from services.quant.panels import cut_panel
from services.quant.score_panel import score_panel
from services.quant.sessions import next_session_opens, session_at_or_before

_N_STEPS = 4
# 720 sessions and more: what an indicator's start leaves behind has fallen below 1e-9 after 450, and the
# labels by quantile look back over 252 more.
LOOKBACK = timedelta(days=1050)
# All that decides about a stored indicator or signal; a test follows the imports and misses none.
CODE = (
    "models.domain.indicators",
    "models.domain.market",
    "models.domain.signals",
    "services.quant.adjustment",
    "services.quant.confidence",
    "services.quant.confluence",
    "services.quant.gaps",
    "services.quant.indicators",
    "services.quant.quantile_labels",
    "services.quant.rolling",
    "services.quant.score_panel",
    "services.quant.scoring",
)
# Corrections usually reach back a few days; those within so many sessions need no whole history.
_SETTLED_SESSIONS = 20


@dataclass(frozen=True, eq=False)
class _Plan:
    """What has to be computed, and from which session on it has to be stored.

    ``first`` is None where everything is stored; ``changed`` has the first session by instrument.
    ``because``: why everything is scored again, where that is not what was asked for.
    """

    dataset: Dataset
    dataset_id: int
    panel: PricePanel
    is_member: np.ndarray
    changed: dict[int, date]
    first: date | None = None
    sessions_before: np.ndarray | None = None
    matured_before: MaturedCounts | None = None
    because: str = ""


def check_as_of(open_work: UnitOfWorkFactory, as_of: date | None) -> None:
    """Refuse a day before the first bar without writing anything: a typing error is no failed run.

    Raises
    ------
    NotYetComputedError, InvalidRequestError
        As ``score_indicators``.
    """
    with open_work() as work:
        _checked_status(work, as_of)


def _checked_status(work: UnitOfWork, as_of: date | None) -> DatasetStatus:
    status = work.datasets.active()
    if status is None or status.first_session is None:
        raise NotYetComputedError("No prices are stored yet: run `python -m app ingest` first")
    if as_of is not None and session_at_or_before(as_of) < status.first_session:
        raise InvalidRequestError(
            f"No bar on or before {as_of}: this dataset begins on {status.first_session} "
            f"and ends on {status.last_session}"
        )
    return status


def score_indicators(
    open_work: UnitOfWorkFactory,
    clock: Clock,
    progress: Progress,
    as_of: date | None = None,
    *,
    everything: bool = False,
    code: str | None = None,
) -> JobResult:
    """Score the universe of the active dataset where its bars changed since it was scored last.

    Parameters
    ----------
    open_work, clock, progress
        The world.
    as_of : date, optional
        Score every session up to this one instead.
    everything : bool
        Score every session of every symbol again.
    code : str, optional
        Version of the code that scores, by default that of ``CODE``. What was scored with another one is
        scored again.

    Raises
    ------
    NotYetComputedError
        If no prices are stored.
    InvalidRequestError
        If there is no bar on or before ``as_of``.
    """
    progress(0, _N_STEPS, "reading bars")
    code = code or code_version(*CODE)
    with open_work() as work:
        plan = _plan(work, as_of, code, everything=everything)
    session = plan.panel.session.max().item()
    progress(1, _N_STEPS, f"computing {plan.panel.n_rows:,} bars of {len(plan.panel.symbols)} symbols")
    scored = score_panel(
        plan.panel,
        is_member=plan.is_member,
        sessions_before=plan.sessions_before,
        matured_before=plan.matured_before,
        from_session=None if plan.first is None else np.datetime64(plan.first, "D"),
    )
    now = clock.now()
    indicators = _changed_only(scored.indicators, plan)
    signals = _stamp(scored.signals, plan.dataset, np.datetime64(now.replace(tzinfo=None), "us"))
    with open_work() as work:
        progress(2, _N_STEPS, f"storing {len(indicators):,} rows of indicators")
        n_written = work.signals.merge_indicators(indicators, now)
        progress(3, _N_STEPS, f"storing {len(signals):,} signals")
        n_written += work.signals.merge_signals(signals, now)
        if as_of is None:
            settled = _settled_session(plan.panel)
            work.signals.save_matured(plan.dataset_id, scored.matured(settled, plan.matured_before))
            work.datasets.mark_scored(plan.changed)
            if plan.first is None:
                work.signals.save_scored_with(plan.dataset_id, code)
        if n_written:
            work.touch("data")
        work.commit()
    progress(_N_STEPS, _N_STEPS, "done")
    n_scored = int((scored.signals["session"] == np.datetime64(session, "s")).sum())
    message = (
        f"{n_scored} of {len(plan.panel.symbols)} symbols scored as of {session}, "
        f"{n_written:,} rows written{plan.because}"
    )
    detail = {"symbols": n_scored, "quarantined": 0, "flagged": 0, "session": session.isoformat()}
    return JobResult(n_written, message, detail)


def _plan(work: UnitOfWork, as_of: date | None, code: str, *, everything: bool) -> _Plan:
    status = _checked_status(work, as_of)
    assert status.dataset.id is not None  # noqa: S101 - what is stored has a number
    dataset, dataset_id = status.dataset, status.dataset.id
    changed = work.datasets.changed_from(dataset_id)
    matured = work.signals.matured(dataset_id)
    scored_with = work.signals.scored_with(dataset_id)
    # Without a change the newest session alone is looked at again, which costs next to nothing.
    first = min(changed.values(), default=status.last_session)
    is_current = scored_with == code and _suffices(matured, first)
    if as_of is not None or everything or not is_current:
        panel = work.bars.panel(dataset_id)
        if as_of is not None:
            panel = cut_panel(panel, np.datetime64(session_at_or_before(as_of), "D"))
        is_other = as_of is None and scored_with not in {None, code}
        because = "; all of it again, because the code that scores has changed" if is_other else ""
        return _Plan(dataset, dataset_id, panel, work.bars.is_member(panel), changed, because=because)
    assert first is not None  # noqa: S101 - there are bars
    begin = first - LOOKBACK
    panel = work.bars.panel(dataset_id, from_session=begin)
    return _Plan(
        dataset,
        dataset_id,
        panel,
        work.bars.is_member(panel),
        changed,
        first,
        work.signals.sessions_before(panel.instrument_ids, begin),
        matured,
    )


def _suffices(matured: MaturedCounts | None, first: date | None) -> bool:
    """Whether what had matured is known up to before the first change, and enough for a fit."""
    if matured is None or first is None or matured.n_sessions < MIN_SESSIONS:
        return False
    return bool(np.datetime64(first, "D") > matured.through)


def _changed_only(indicators: pd.DataFrame, plan: _Plan) -> pd.DataFrame:
    """Return each instrument's rows from its own first change on.

    Signals have ranks of the day: of them all are stored.
    """
    if plan.first is None:
        return indicators
    changed_from = pd.to_datetime(indicators["instrument_id"].map(plan.changed))
    return indicators[indicators["session"] >= changed_from]


def _settled_session(panel: PricePanel) -> np.datetime64:
    sessions = np.unique(panel.session)
    settled: np.datetime64 = sessions[max(0, sessions.size - 1 - _SETTLED_SESSIONS)]
    return settled


def _stamp(signals: pd.DataFrame, dataset: Dataset, now: np.datetime64) -> pd.DataFrame:
    """Say when the signals were computed and whether that was before the next session opened.

    Like the bars they are made of, they count as known at their session's close.
    """
    live = next_session_opens(signals["session"].to_numpy("datetime64[D]")) > now
    if dataset.historical:
        live[:] = False
    return signals.assign(
        computed_at=now,
        segment=np.where(live, Segment.LIVE.value, Segment.BACKTEST.value),
    )
