"""A whole panel of prices to indicators and signals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.domain.market import PricePanel
from models.domain.signals import LABELS, MATURITY_SESSIONS, Label, MaturedCounts
from services.quant import scoring
from services.quant.confidence import calibrated_confidence, count_matured, forward_returns
from services.quant.confluence import combine_confluence, confluence_labels
from services.quant.gaps import FilledPanel, fill_gaps
from services.quant.indicators.registry import STORED, compute_indicators
from services.quant.model_scores import NO_MODEL, ModelScores
from services.quant.quantile_labels import quantile_labels

_HOLD = LABELS.index(Label.HOLD)  # better ones stand before it, worse ones after


@dataclass(frozen=True, eq=False)
class _Judged:
    """Every signal of a panel with what became of it, arrays of shape (n_signals,).

    ``row``: its row of the panel. ``matured_on``: the day from whose close its return is known, NaT: not yet.
    """

    row: np.ndarray
    session: np.ndarray
    confluence: np.ndarray
    matured_on: np.ndarray
    forward_return: np.ndarray


@dataclass(frozen=True, eq=False)
class ScoredPanel:
    """Indicators of bars, and signals of bars that have a score, ready to store."""

    indicators: pd.DataFrame
    signals: pd.DataFrame
    _judged: _Judged

    def matured(self, through: np.datetime64, before: MaturedCounts | None) -> MaturedCounts:
        """Count what had matured by the close of a session, over all signals of the panel."""
        of = self._judged
        return count_matured(through, of.session, of.matured_on, of.confluence, of.forward_return, before)


def score_panel(
    panel: PricePanel,
    *,
    is_member: np.ndarray | None = None,
    sessions_before: np.ndarray | None = None,
    matured_before: MaturedCounts | None = None,
    from_session: np.datetime64 | None = None,
    models: ModelScores | None = None,
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
    from_session : datetime64[D], optional
        Give rows from this session on; those before it only lead up to it. All of them if None.
    models : ModelScores, optional
        What models said of the panel's rows.
    """
    models = models or ModelScores.none(panel.n_rows)
    filled = fill_gaps(panel)
    values = compute_indicators(panel, filled, names=STORED)
    adjusted = (panel.close * panel.gross_growth)[filled.source]
    unchanged = scoring.unchanged_for(adjusted, scoring.window_start(filled))[~filled.is_filled]
    technical = scoring.technical_scores(panel.close, values, unchanged)
    missing = np.broadcast_to(np.nan, technical.shape)
    confluence = combine_confluence(technical, missing, models.score, model_is_proven=models.is_proven).score
    judged = _judge(panel, confluence, is_member)
    is_wanted = np.ones(panel.n_rows, dtype=bool) if from_session is None else panel.session >= from_session
    indicators = pd.DataFrame(
        {
            **_keys(panel, is_wanted),
            **_window_counts(panel, filled, sessions_before, is_wanted),
            **{name: column[is_wanted] for name, column in values.items()},
        }
    )
    is_shown = is_wanted[judged.row]
    row = judged.row[is_shown]
    parts = scoring.technical_parts(
        panel.close[row], {name: values[name][row] for name in scoring.SCORED}, unchanged[row]
    )
    scores = {**parts, "technical": technical[row], "sentiment": missing[row], "model": models.score[row]}
    signals = _signals(panel, scores, judged, is_shown, matured_before)
    signals["model_id"] = pd.arrays.IntegerArray(models.model_id[row], models.model_id[row] == NO_MODEL)
    return ScoredPanel(indicators, signals, judged)


def _keys(panel: PricePanel, rows: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "instrument_id": panel.instrument_ids[panel.code[rows]],
        "session": panel.session[rows].astype("datetime64[s]"),
    }


def _window_counts(
    panel: PricePanel, filled: FilledPanel, sessions_before: np.ndarray | None, rows: np.ndarray
) -> dict[str, np.ndarray]:
    start, n_in_window, n_filled = scoring.window_counts(filled)
    if sessions_before is not None:
        code = panel.code[filled.source]
        first_place = np.searchsorted(filled.source, panel.starts[:-1])
        n_in_window += np.where(start == first_place[code], sessions_before[code], 0)
    own = ~filled.is_filled
    return {"window_sessions": n_in_window[own][rows], "filled_sessions": n_filled[own][rows]}


def _judge(panel: PricePanel, confluence: np.ndarray, is_member: np.ndarray | None) -> _Judged:
    has_signal = ~np.isnan(confluence)
    if is_member is not None:
        has_signal &= is_member
    row = np.flatnonzero(has_signal)
    return _Judged(
        row,
        panel.session[row],
        confluence[row],
        _sessions_later(panel, MATURITY_SESSIONS)[row],
        forward_returns(panel, MATURITY_SESSIONS)[row],
    )


def _sessions_later(panel: PricePanel, n_sessions: int) -> np.ndarray:
    row = np.arange(panel.n_rows)
    reaches = row + n_sessions < panel.starts[1:][panel.code]
    later = panel.session[np.where(reaches, row + n_sessions, row)]
    return np.where(reaches, later, np.datetime64("NaT", "D"))


def _signals(
    panel: PricePanel,
    scores: dict[str, np.ndarray],
    judged: _Judged,
    is_wanted: np.ndarray,
    matured_before: MaturedCounts | None,
) -> pd.DataFrame:
    """Return the wanted ones of the panel's signals.

    ``is_wanted``: bool, shape (n_signals,); ``scores``: of the wanted ones.
    """
    row = judged.row[is_wanted]
    session, confluence = judged.session[is_wanted], judged.confluence[is_wanted]
    label = confluence_labels(judged.confluence)
    # A fit for each session with a signal that has a direction: none is needed for those left out.
    direction = np.where(is_wanted, np.sign(_HOLD - label.codes), 0)
    confidence = calibrated_confidence(
        judged.session, judged.matured_on, judged.confluence, judged.forward_return, direction, matured_before
    )
    by_quantile = quantile_labels(np.unique(panel.session), judged.session, judged.confluence)
    probability = confidence.probability[is_wanted]
    return pd.DataFrame(
        {
            **_keys(panel, row),
            **scores,
            "confluence": confluence,
            "known_at": panel.known_at[row],
            "label": label[is_wanted],
            "technical_label": scoring.technical_labels(scores["technical"]),
            "quantile_label": by_quantile[is_wanted],
            "rank": scoring.rank_in_universe(session, confluence),
            "confidence": probability,
            "confidence_base_rate": confidence.base_rate[is_wanted],
            "confidence_n": pd.arrays.IntegerArray(confidence.n[is_wanted], np.isnan(probability)),
        }
    )
