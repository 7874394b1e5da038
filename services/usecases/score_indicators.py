"""Compute indicators, scores and signals of every session and store what is new or changed."""

from datetime import date

import numpy as np
import pandas as pd

from models.domain.errors import InvalidRequestError, NotYetComputedError
from models.domain.jobs import JobResult
from models.domain.market import Dataset, PricePanel
from models.domain.signals import MATURITY_SESSIONS, Label, Segment
from services.ports import Clock, Progress, UnitOfWorkFactory
from services.quant import scoring
from services.quant.confidence import calibrated_confidence, forward_returns
from services.quant.gaps import fill_gaps
from services.quant.indicators.registry import compute_indicators
from services.quant.panels import cut_panel
from services.quant.sessions import next_session_opens, session_at_or_before

_N_STEPS = 4


def check_as_of(open_work: UnitOfWorkFactory, as_of: date | None) -> None:
    """Refuse a day before the first bar without writing anything: a typing error is no failed run.

    Raises
    ------
    NotYetComputedError, InvalidRequestError
        As ``score_indicators``.
    """
    with open_work() as work:
        status = work.datasets.active()
    if status is None or status.first_session is None:
        raise NotYetComputedError("No prices are stored yet: run `python -m app ingest` first")
    if as_of is not None and session_at_or_before(as_of) < status.first_session:
        raise InvalidRequestError(
            f"No bar on or before {as_of}: this dataset begins on {status.first_session} "
            f"and ends on {status.last_session}"
        )


def score_indicators(
    open_work: UnitOfWorkFactory, clock: Clock, progress: Progress, as_of: date | None = None
) -> JobResult:
    """Score the universe of the active dataset up to ``as_of``, or to its last session.

    Raises
    ------
    NotYetComputedError
        If no prices are stored.
    InvalidRequestError
        If there is no bar on or before ``as_of``.
    """
    progress(0, _N_STEPS, "reading bars")
    check_as_of(open_work, as_of)
    with open_work() as work:
        status = work.datasets.active()
        assert status is not None and status.dataset.id is not None  # noqa: S101, PT018 - checked above
        panel = work.bars.panel(status.dataset.id)
    panel, session = _cut(panel, as_of)
    progress(1, _N_STEPS, f"computing indicators of {len(panel.symbols)} symbols")
    indicators, signals = compute_scores(panel)
    now = clock.now()
    signals = _stamp(signals, status.dataset, np.datetime64(now.replace(tzinfo=None), "us"))
    progress(2, _N_STEPS, f"storing {len(indicators):,} rows of indicators")
    with open_work() as work:
        n_written = work.signals.merge_indicators(indicators, now)
        progress(3, _N_STEPS, f"storing {len(signals):,} signals")
        n_written += work.signals.merge_signals(signals, now)
        work.touch("data")
        work.commit()
    progress(_N_STEPS, _N_STEPS, "done")
    n_scored = signals.loc[signals["session"] == signals["session"].max(), "instrument_id"].nunique()
    message = f"{n_scored} of {len(panel.symbols)} symbols scored as of {session}, {n_written:,} rows written"
    detail = {"symbols": n_scored, "quarantined": 0, "flagged": 0, "session": session.isoformat()}
    return JobResult(n_written, message, detail)


def _cut(panel: PricePanel, as_of: date | None) -> tuple[PricePanel, date]:
    """Return the panel up to a session and that session: the one at or before ``as_of``."""
    sessions = np.unique(panel.session)
    if as_of is None:
        return panel, sessions[-1].item()
    cut = cut_panel(panel, np.datetime64(session_at_or_before(as_of), "D"))
    return cut, np.unique(cut.session)[-1].item()


def compute_scores(panel: PricePanel) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return indicators of every bar, and signals of every bar that has a score, ready to store."""
    filled = fill_gaps(panel)
    values = compute_indicators(panel, filled)
    adjusted = (panel.close * panel.gross_growth)[filled.source]
    start, n_in_window, n_filled = scoring.window_counts(filled)
    own = ~filled.is_filled
    keys = {
        "instrument_id": panel.instrument_ids[panel.code],
        "session": panel.session.astype("datetime64[s]"),
    }
    counts = {"window_sessions": n_in_window[own], "filled_sessions": n_filled[own]}
    indicators = pd.DataFrame({**keys, **counts, **values})
    parts = scoring.technical_parts(panel.close, values, scoring.unchanged_for(adjusted, start)[own])
    signals = pd.DataFrame({**keys, **parts})
    signals["technical"] = scoring.technical_score(parts)
    signals["sentiment"] = signals["model"] = np.nan
    sources = {name: signals[name].to_numpy() for name in ("technical", "sentiment", "model")}
    signals["confluence"] = scoring.confluence(sources)
    signals["forward_return"] = forward_returns(panel, MATURITY_SESSIONS)
    signals["matured_on"] = _sessions_later(panel, MATURITY_SESSIONS)
    signals["known_at"] = panel.known_at
    scored = signals[signals["confluence"].notna()].reset_index(drop=True)
    return indicators, _label(scored)


def _sessions_later(panel: PricePanel, n_sessions: int) -> np.ndarray:
    row = np.arange(panel.n_rows)
    reaches = row + n_sessions < panel.starts[1:][panel.code]
    later = panel.session[np.where(reaches, row + n_sessions, row)]
    return np.where(reaches, later, np.datetime64("NaT", "D"))


def _label(signals: pd.DataFrame) -> pd.DataFrame:
    score = signals["confluence"].to_numpy()
    session = signals["session"].to_numpy("datetime64[D]")
    label = scoring.confluence_labels(score)
    signals["label"] = label
    signals["technical_label"] = scoring.technical_labels(signals["technical"].to_numpy())
    signals["rank"] = scoring.rank_in_universe(session, score)
    buys = np.isin(label, [Label.BUY.value, Label.STRONG_BUY.value])
    sells = np.isin(label, [Label.SELL.value, Label.STRONG_SELL.value])
    confidence = calibrated_confidence(
        session,
        signals["matured_on"].to_numpy("datetime64[D]"),
        score,
        signals["forward_return"].to_numpy(),
        buys.astype(int) - sells.astype(int),
    )
    signals["confidence"] = confidence.probability
    signals["confidence_base_rate"] = confidence.base_rate
    fitted = pd.Series(confidence.probability).notna()
    signals["confidence_n"] = pd.Series(confidence.n, dtype="Int64").where(fitted)
    signals["model_id"] = pd.Series(pd.NA, index=signals.index, dtype="Int64")
    return signals.drop(columns=["forward_return", "matured_on"])


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
