"""What to ask of a symbol: all of its history, or the last sessions with some that are stored already."""

from datetime import date

import numpy as np
import pandas as pd

# Asked for again each time: the vendor corrects the last days, and a split shows in them.
OVERLAP_SESSIONS = 10
FIRST_DAY = date(1999, 1, 4)  # a year of warm-up before the stress periods begin
GONE_AFTER_SESSIONS = 5
_SAME = 1e-4  # relative: half a cent on a price of 50


def first_day(stored: pd.DataFrame | None) -> date:
    """Return from when on to ask; ``stored``: session and close of the symbol's last bars, if any."""
    if stored is None or stored.empty:
        return FIRST_DAY
    first: date = stored["session"].iloc[0].date()
    return first


def is_restated(stored: pd.DataFrame, bars: pd.DataFrame) -> bool:
    """Return whether the vendor tells the stored sessions on another basis.

    After a split all earlier prices are others; a correction changes one or two. Where the answer and what is
    stored share no session nothing vouches for the basis, so the whole history is wanted again.
    """
    both = stored.merge(bars[["session", "close"]], on="session", suffixes=("_stored", ""))
    if both.empty:
        return True
    before, now = both["close_stored"].to_numpy(), both["close"].to_numpy()
    differs = ~(np.abs(now - before) <= _SAME * np.abs(before))
    return bool(2 * differs.sum() > differs.size)
