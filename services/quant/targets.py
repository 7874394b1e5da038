"""What a model learns to foretell: the return after a session, and its class."""

from dataclasses import dataclass

import numpy as np

from models.domain.market import PricePanel
from services.quant.gaps import MAX_FILLED_SESSIONS, FilledPanel, distinct_sessions, session_positions
from services.quant.indicators.registry import compute_indicators

DOWN, NEUTRAL, UP = 0, 1, 2
UNKNOWN = -1
DEFAULT_HORIZON_SESSIONS = 5
DEFAULT_THRESHOLD_DEVIATIONS = 0.5
MAX_HORIZON_SESSIONS = 20
_SESSIONS_PER_YEAR = 252


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels of every row of a panel, shape (n_rows,).

    ``forward_return``: float64, total return from entry to exit, NaN where there is none.
    ``threshold``: float64, the return above which a label is up, and below whose negative it is down.
    ``three_class``: int8, ``DOWN``, ``NEUTRAL``, ``UP``, or ``UNKNOWN`` where return or threshold are.
    ``two_class``: int8, ``DOWN`` or ``UP``, or ``UNKNOWN`` where the return is, or is 0: it has no sign.
    ``first_session``, ``last_session``: datetime64[D], the sessions t+1 and t+h that the label looks at, for
    purging; NaT where there is no return.
    """

    horizon_sessions: int
    forward_return: np.ndarray
    threshold: np.ndarray
    three_class: np.ndarray
    two_class: np.ndarray
    first_session: np.ndarray
    last_session: np.ndarray


def compute_labels(
    panel: PricePanel,
    filled: FilledPanel,
    horizon_sessions: int = DEFAULT_HORIZON_SESSIONS,
    threshold_deviations: float = DEFAULT_THRESHOLD_DEVIATIONS,
) -> Labels:
    """Label every bar with what one would have earned who ordered at its close.

    Sessions are the panel's: those on which any symbol has a bar. Where the symbol has none, the label
    follows what the order and the holding would have met:

    - no open at t+1: the order waits, as in the backtest, for the first open of the 5 sessions after, within
      the horizon; without one it is cancelled, and there is no label;
    - no close at t+h: the holding is worth its last close. A company that left the exchange within the
      horizon keeps its label, with its last close: to leave such labels out would leave out bankruptcies;
    - a panel that ends before t+h: no label. Nor where a symbol's bars end at most 5 sessions before the
      panel does, with t+h after them: whether that is a gap or the end cannot be told yet.

    So a label, once given, never changes when later bars arrive.

    Parameters
    ----------
    panel : PricePanel
        The bars.
    filled : FilledPanel
        The same with short gaps filled, for the volatility.
    horizon_sessions : int
        h, from 1 to 20.
    threshold_deviations : float
        k: up is above k s, s the volatility of the 20 sessions to t, over h sessions.

    Raises
    ------
    ValueError
        If the horizon lies outside 1 to 20, or k is negative.
    """
    if not 1 <= horizon_sessions <= MAX_HORIZON_SESSIONS:
        raise ValueError(f"A horizon of {horizon_sessions} sessions is not between 1 and 20")
    if threshold_deviations < 0.0:
        raise ValueError(f"{threshold_deviations} deviations: the threshold may not be negative")
    position = session_positions(panel.session)
    entry, leave = _entry_and_exit(panel, position, horizon_sessions)
    has_label = entry >= 0
    bought = panel.open[entry] * panel.gross_growth[entry]
    sold = panel.close[leave] * panel.gross_growth[leave]
    forward_return = np.where(has_label, sold / bought - 1.0, np.nan)
    annual = compute_indicators(panel, filled, ("hist_vol_20",))["hist_vol_20"]
    threshold = threshold_deviations * annual * np.sqrt(horizon_sessions / _SESSIONS_PER_YEAR)
    sessions = distinct_sessions(panel.session, position)
    first, last = (
        _where_labelled(sessions, position + n_later, has_label) for n_later in (1, horizon_sessions)
    )
    return Labels(
        horizon_sessions,
        forward_return,
        threshold,
        _three_classes(forward_return, threshold),
        _two_classes(forward_return),
        first,
        last,
    )


def _entry_and_exit(
    panel: PricePanel, position: np.ndarray, horizon_sessions: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows bought and sold at, int64, shape (n_rows,); an entry of -1 where there is no label."""
    row = np.arange(panel.n_rows)
    last_row = panel.starts[1:][panel.code] - 1
    end = int(position.max(initial=-1))
    entry = np.minimum(row + 1, last_row)
    n_waited = position[entry] - position - 1
    until = position + horizon_sessions
    # Rows by (symbol, session): the last at or before (own symbol, t+h).
    key = panel.code * (end + 1 + MAX_HORIZON_SESSIONS) + position
    leave = np.searchsorted(key, key + horizon_sessions, side="right") - 1
    is_filled = (entry > row) & (n_waited <= MAX_FILLED_SESSIONS) & (position[entry] <= until)
    ended = position[last_row]
    is_known = (until <= end) & ((until <= ended) | (ended + MAX_FILLED_SESSIONS < end))
    return np.where(is_filled & is_known, entry, -1), leave


def _where_labelled(sessions: np.ndarray, position: np.ndarray, has_label: np.ndarray) -> np.ndarray:
    found = sessions[np.minimum(position, sessions.size - 1)] if sessions.size else sessions
    return np.where(has_label, found, np.datetime64("NaT", "D"))


def _three_classes(forward_return: np.ndarray, threshold: np.ndarray) -> np.ndarray:
    classes = np.where(forward_return > threshold, UP, np.where(forward_return < -threshold, DOWN, NEUTRAL))
    is_unknown = np.isnan(forward_return) | np.isnan(threshold)
    return np.where(is_unknown, UNKNOWN, classes).astype(np.int8)


def _two_classes(forward_return: np.ndarray) -> np.ndarray:
    has_sign = ~np.isnan(forward_return) & (forward_return != 0.0)
    return np.where(has_sign, np.where(forward_return > 0.0, UP, DOWN), UNKNOWN).astype(np.int8)
