"""The stretch of the active dataset that is scored, read with all that its signals depend on."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from models.domain.market import Dataset, DatasetStatus, PricePanel
from models.domain.signals import MaturedCounts, Segment
from services.ports import UnitOfWork
from services.quant.confidence import MIN_SESSIONS
from services.quant.model_scores import ModelScores
from services.quant.panels import cut_panel
from services.quant.score_panel import ScoredPanel, score_panel
from services.quant.sessions import next_session_opens

# 720 sessions and more: what an indicator's start leaves behind has fallen below 1e-9 after 450, and the
# labels by quantile look back over 252 more.
LOOKBACK = timedelta(days=1050)
# Corrections usually reach back a few days; those within so many sessions need no whole history.
_SETTLED_SESSIONS = 20


@dataclass(frozen=True, eq=False)
class ScoringWindow:
    """What is read to score the sessions from ``first`` on, None: all of the panel's."""

    dataset: Dataset
    dataset_id: int
    panel: PricePanel
    is_member: np.ndarray
    models: ModelScores
    first: date | None = None
    sessions_before: np.ndarray | None = None
    matured_before: MaturedCounts | None = None

    def score(self) -> ScoredPanel:
        """Compute indicators and signals."""
        return score_panel(
            self.panel,
            is_member=self.is_member,
            sessions_before=self.sessions_before,
            matured_before=self.matured_before,
            from_session=None if self.first is None else np.datetime64(self.first, "D"),
            models=self.models,
        )

    def settled(self, scored: ScoredPanel) -> MaturedCounts:
        """Count what had matured some sessions before the newest, for the next time."""
        sessions = np.unique(self.panel.session)
        through: np.datetime64 = sessions[max(0, sessions.size - 1 - _SETTLED_SESSIONS)]
        return scored.matured(through, self.matured_before)

    def stamp(self, signals: pd.DataFrame, now: datetime) -> pd.DataFrame:
        """Say when the signals were computed and whether that was before the next session opened.

        Like the bars they are made of, they count as known at their session's close.
        """
        moment = np.datetime64(now.replace(tzinfo=None), "us")
        live = next_session_opens(signals["session"].to_numpy("datetime64[D]")) > moment
        if self.dataset.historical:
            live[:] = False
        return signals.assign(
            computed_at=moment,
            segment=np.where(live, Segment.LIVE.value, Segment.BACKTEST.value),
        )


def read_window(
    work: UnitOfWork, status: DatasetStatus, first: date | None, *, last: np.datetime64 | None = None
) -> ScoringWindow:
    """Read what the sessions from ``first`` on need, and no more bars than that where it can be told.

    Parameters
    ----------
    work : UnitOfWork
        An open one.
    status : DatasetStatus
        The active dataset.
    first : date, optional
        The first session that is stored; None: all are.
    last : datetime64[D], optional
        Leave later sessions out.
    """
    assert status.dataset.id is not None  # noqa: S101 - what is stored has a number
    dataset, dataset_id = status.dataset, status.dataset.id
    matured = work.signals.matured(dataset_id)
    begin = first - LOOKBACK if first is not None and _suffices(matured, first) else None
    panel = work.bars.panel(dataset_id, from_session=begin)
    if last is not None:
        panel = cut_panel(panel, last)
    models = ModelScores.beside(panel, work.models.scores(dataset_id, from_session=begin))
    is_member = work.bars.is_member(panel)
    if begin is None:
        return ScoringWindow(dataset, dataset_id, panel, is_member, models, first)
    before = work.signals.sessions_before(panel.instrument_ids, begin)
    return ScoringWindow(dataset, dataset_id, panel, is_member, models, first, before, matured)


def _suffices(matured: MaturedCounts | None, first: date) -> bool:
    """Whether what had matured is known up to before the first change, and enough for a fit."""
    if matured is None or matured.n_sessions < MIN_SESSIONS:
        return False
    return bool(np.datetime64(first, "D") > matured.through)
