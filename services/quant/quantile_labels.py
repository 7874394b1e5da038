"""Labels by where a score stands among the universe's of the trailing year, instead of fixed thresholds."""

import numpy as np
import pandas as pd

from models.domain.signals import SCORE_BINS
from services.quant.confluence import first_label_that_holds, score_bins

WINDOW_SESSIONS = 252
# A few sessions without any signal, as when one young symbol alone has a bar, do no harm.
MIN_SESSIONS_WITH_SIGNALS = 227
# In fortieths of the window's signals, twice counted (once lower, half equal): 5, 20, 80 and 95 %.
_STRONG_SELL, _SELL, _BUY, _STRONG_BUY = 2, 8, 32, 38


def quantile_labels(
    market_sessions: np.ndarray, session: np.ndarray, confluence: np.ndarray
) -> "pd.Categorical[str]":
    """Return the label that a score has by its place among those of the trailing 252 sessions.

    The place is the share of lower scores, equal ones (itself among them) counting half: from 95 % on STRONG
    BUY, from 80 % on BUY, down to 20 % SELL, down to 5 % STRONG SELL, between HOLD. Scores are compared as
    they are shown, at three decimals. Nothing later than a score's own session decides about it.

    Parameters
    ----------
    market_sessions : datetime64[D] array, shape (n_sessions,)
        The market's sessions, ascending, each once.
    session : datetime64[D] array, shape (n_signals,)
        Each one of the market's.
    confluence : float64 array, shape (n_signals,)
        In [0, 1], no NaN: the scores of those who were members that day.

    Returns
    -------
    Categorical, shape (n_signals,)
        Labels; NaN in the first 251 sessions of the market and wherever fewer than 227 of the trailing 252
        have a signal.
    """
    place, level = np.searchsorted(market_sessions, session), score_bins(confluence)
    n_sessions = market_sessions.size
    by_day = np.bincount(place * SCORE_BINS + level, minlength=n_sessions * SCORE_BINS)
    within = _trailing_sum(by_day.reshape(n_sessions, SCORE_BINS))
    has_signal = np.bincount(place, minlength=n_sessions) > 0
    is_warm = _trailing_sum(has_signal[:, None].astype(np.int64))[:, 0] >= MIN_SESSIONS_WITH_SIGNALS
    is_warm[: WINDOW_SESSIONS - 1] = False
    up_to = np.cumsum(within, axis=1)
    n_of_window = up_to[place, -1]
    # Whole numbers, so that a place on a limit is on it.
    standing = 20 * (2 * up_to[place, level] - within[place, level])
    labels = first_label_that_holds(
        [
            standing >= _STRONG_BUY * n_of_window,
            standing >= _BUY * n_of_window,
            standing > _SELL * n_of_window,
            standing > _STRONG_SELL * n_of_window,
        ]
    )
    codes = np.where(is_warm[place], labels.codes, -1)
    return pd.Categorical.from_codes(codes, dtype=labels.dtype)


def _trailing_sum(counts: np.ndarray) -> np.ndarray:
    """Return the sum over each row and the 251 before it; int64, shape of ``counts``."""
    total = np.cumsum(counts, axis=0)
    total[WINDOW_SESSIONS:] -= total[:-WINDOW_SESSIONS].copy()
    return total
