"""A whole panel of prices to indicators and signals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.domain.market import PricePanel
from models.domain.signals import MATURITY_SESSIONS, Label, MaturedCounts
from services.quant import scoring
from services.quant.confidence import calibrated_confidence, count_matured, forward_returns
from services.quant.gaps import fill_gaps
from services.quant.indicators.registry import compute_indicators


@dataclass(frozen=True, eq=False)
class ScoredPanel:
    """Indicators of every bar, and signals of every bar that has a score, ready to store.

    ``signals`` has ``matured_on`` and ``forward_return`` beside the table's columns, for counting.
    """

    indicators: pd.DataFrame
    signals: pd.DataFrame

    def matured(self, through: np.datetime64, before: MaturedCounts | None) -> MaturedCounts:
        """Count what had matured by the close of a session."""
        columns = (self.signals[name].to_numpy() for name in ("confluence", "forward_return"))
        confluence, forward_return = columns
        session, matured_on = (
            self.signals[name].to_numpy("datetime64[D]") for name in ("session", "matured_on")
        )
        return count_matured(through, session, matured_on, confluence, forward_return, before)


def score_panel(
    panel: PricePanel,
    *,
    is_member: np.ndarray | None = None,
    sessions_before: np.ndarray | None = None,
    matured_before: MaturedCounts | None = None,
) -> ScoredPanel:
    """Compute indicators and signals.

    Parameters
    ----------
    panel : PricePanel
        The bars.
    is_member : bool array, shape (panel.n_rows,), optional
        Whether the symbol belonged to the universe that day; only then has it a signal.
    sessions_before : int array, shape (n_symbols,), optional
        Sessions of each symbol's window that came before the panel's first row.
    matured_before : MaturedCounts, optional
        Signals that had matured before the panel's.
    """
    filled = fill_gaps(panel)
    values = compute_indicators(panel, filled)
    adjusted = (panel.close * panel.gross_growth)[filled.source]
    start, n_in_window, n_filled = scoring.window_counts(filled)
    if sessions_before is not None:
        code = panel.code[filled.source]
        first_place = np.searchsorted(filled.source, panel.starts[:-1])
        n_in_window = n_in_window + np.where(start == first_place[code], sessions_before[code], 0)
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
    has_score = signals["confluence"].notna() & (True if is_member is None else is_member)
    scored = signals[has_score].reset_index(drop=True)
    return ScoredPanel(indicators, _label(scored, matured_before))


def _sessions_later(panel: PricePanel, n_sessions: int) -> np.ndarray:
    row = np.arange(panel.n_rows)
    reaches = row + n_sessions < panel.starts[1:][panel.code]
    later = panel.session[np.where(reaches, row + n_sessions, row)]
    return np.where(reaches, later, np.datetime64("NaT", "D"))


def _label(signals: pd.DataFrame, matured_before: MaturedCounts | None) -> pd.DataFrame:
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
        matured_before,
    )
    signals["confidence"] = confidence.probability
    signals["confidence_base_rate"] = confidence.base_rate
    fitted = pd.Series(confidence.probability).notna()
    signals["confidence_n"] = pd.Series(confidence.n, dtype="Int64").where(fitted)
    signals["model_id"] = pd.Series(pd.NA, index=signals.index, dtype="Int64")
    return signals
