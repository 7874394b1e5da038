"""Every indicator of the registry, computed from stored bars when asked for."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

import numpy as np
import pandas as pd

from models.domain.market import PricePanel
from services.quant.gaps import fill_gaps
from services.quant.indicators.registry import METADATA, STORED, compute_indicators
from services.quant.scoring import window_counts
from services.storage.unit_of_work import SqlUnitOfWork

_SYMBOLS_AT_A_TIME = 20  # some 100,000 rows: what a part takes does not grow with the universe
_COLUMNS = (*STORED, *(name for name in METADATA if name not in STORED))


def indicator_parts(
    work: SqlUnitOfWork,
    dataset_id: int,
    symbols: Sequence[str],
    sessions: tuple[date | None, date | None],
    known_by: datetime | None,
) -> Iterator[pd.DataFrame]:
    """Yield every indicator of every bar, some symbols at a time, by symbol and session; at least one frame.

    What is stored is what is believed now; of a moment in the past only the bars tell, so all of them are
    computed from these, the stored ones too.

    Parameters
    ----------
    work : SqlUnitOfWork
        Where the bars are.
    dataset_id : int
        The dataset's number.
    symbols : sequence of str
        Symbols of the dataset.
    sessions : pair of date or None
        First and last session wanted; those before lead up to them.
    known_by : datetime or None
        Compute from bars as known at this moment instead of now.
    """
    market_sessions = work.bars.sessions(dataset_id, known_by=known_by)
    ordered = sorted(symbols)
    for first in range(0, max(len(ordered), 1), _SYMBOLS_AT_A_TIME):
        group = ordered[first : first + _SYMBOLS_AT_A_TIME]
        panel = work.bars.panel(dataset_id, symbols=group, known_by=known_by)
        yield _computed(panel, market_sessions, sessions)


def _computed(
    panel: PricePanel, market_sessions: np.ndarray, sessions: tuple[date | None, date | None]
) -> pd.DataFrame:
    filled = fill_gaps(panel, market_sessions=market_sessions)
    values = compute_indicators(panel, filled)
    _, n_in_window, n_filled = window_counts(filled)
    first, last = (None if day is None else np.datetime64(day, "D") for day in sessions)
    wanted = np.ones(panel.n_rows, dtype=bool)
    if first is not None:
        wanted &= panel.session >= first
    if last is not None:
        wanted &= panel.session <= last
    own = ~filled.is_filled
    frame = pd.DataFrame(
        {
            "symbol": np.array(panel.symbols, dtype=object)[panel.code[wanted]],
            "session": panel.session[wanted].astype(str),
            **{name: values[name][wanted] for name in _COLUMNS},
            "window_sessions": n_in_window[own][wanted],
            "filled_sessions": n_filled[own][wanted],
        }
    )
    return frame.sort_values("symbol", kind="stable", ignore_index=True)
