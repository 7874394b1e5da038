"""Compute indicators, scores and signals, and store what is new or changed."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from models.domain.errors import InvalidRequestError, NotYetComputedError
from models.domain.jobs import JobResult
from models.domain.market import DatasetStatus
from services.ml.inference.scoring_window import ScoringWindow, read_window
from services.ports import Clock, Progress, UnitOfWork, UnitOfWorkFactory
from services.quant.code_version import code_version
from services.quant.sessions import session_at_or_before

_N_STEPS = 4
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
    "services.quant.model_scores",
    "services.quant.quantile_labels",
    "services.quant.rolling",
    "services.quant.score_panel",
    "services.quant.scoring",
)


@dataclass(frozen=True, eq=False)
class _Plan:
    """What has to be computed and stored.

    ``window.first`` is None where everything is; ``changed`` has the first session by instrument.
    ``because``: why everything is scored again, where that is not what was asked for.
    """

    window: ScoringWindow
    changed: dict[int, date]
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
    window, panel = plan.window, plan.window.panel
    session = panel.session.max().item()
    progress(1, _N_STEPS, f"computing {panel.n_rows:,} bars of {len(panel.symbols)} symbols")
    scored = window.score()
    now = clock.now()
    indicators = _changed_only(scored.indicators, plan)
    signals = window.stamp(scored.signals, now)
    with open_work() as work:
        progress(2, _N_STEPS, f"storing {len(indicators):,} rows of indicators")
        n_written = work.signals.merge_indicators(indicators, now)
        progress(3, _N_STEPS, f"storing {len(signals):,} signals")
        n_written += work.signals.merge_signals(signals, now)
        if as_of is None:
            work.signals.save_matured(window.dataset_id, window.settled(scored))
            work.datasets.mark_scored(plan.changed)
            if window.first is None:
                work.signals.save_scored_with(window.dataset_id, code)
        if n_written:
            work.touch("data")
        work.commit()
    progress(_N_STEPS, _N_STEPS, "done")
    n_scored = int((scored.signals["session"] == np.datetime64(session, "s")).sum())
    message = (
        f"{n_scored} of {len(panel.symbols)} symbols scored as of {session}, "
        f"{n_written:,} rows written{plan.because}"
    )
    detail = {"symbols": n_scored, "quarantined": 0, "flagged": 0, "session": session.isoformat()}
    return JobResult(n_written, message, detail)


def _plan(work: UnitOfWork, as_of: date | None, code: str, *, everything: bool) -> _Plan:
    status = _checked_status(work, as_of)
    assert status.dataset.id is not None  # noqa: S101 - what is stored has a number
    changed = work.datasets.changed_from(status.dataset.id)
    if as_of is not None:
        last = np.datetime64(session_at_or_before(as_of), "D")
        return _Plan(read_window(work, status, None, last=last), changed)
    scored_with = work.signals.scored_with(status.dataset.id)
    if everything or scored_with != code:
        is_other = scored_with not in {None, code}
        because = "; all of it again, because the code that scores has changed" if is_other else ""
        return _Plan(read_window(work, status, None), changed, because)
    # Without a change the newest session alone is looked at again, which costs next to nothing.
    first = min(changed.values(), default=status.last_session)
    return _Plan(read_window(work, status, first), changed)


def _changed_only(indicators: pd.DataFrame, plan: _Plan) -> pd.DataFrame:
    """Return each instrument's rows from its own first change on.

    Signals have ranks of the day: of them all are stored.
    """
    if plan.window.first is None:
        return indicators
    changed_from = pd.to_datetime(indicators["instrument_id"].map(plan.changed))
    return indicators[indicators["session"] >= changed_from]
