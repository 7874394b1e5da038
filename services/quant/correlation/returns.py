"""Returns of many symbols side by side, missing ones left missing."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.domain.market import PricePanel

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ReturnTable:
    """Simple total returns: float64, shape (n_sessions, n_symbols).

    NaN where a symbol has no bar on a session or on the one before: a return over a longer time is no
    neighbour of the others'.
    """

    symbols: tuple[str, ...]
    session: np.ndarray  # datetime64[D], ascending
    returns: FloatArray


def session_returns(panel: PricePanel, n_sessions: int) -> ReturnTable:
    """Return the last ``n_sessions`` returns of a panel, of as many as there are if fewer.

    Sessions are those on which any symbol of the panel has a bar.
    """
    sessions = np.unique(panel.session)[-(n_sessions + 1) :]
    adjusted = np.full((sessions.size, len(panel.symbols)), np.nan)
    if sessions.size:
        is_inside = panel.session >= sessions[0]
        row = np.searchsorted(sessions, panel.session[is_inside])
        adjusted[row, panel.code[is_inside]] = (panel.close * panel.gross_growth)[is_inside]
    return ReturnTable(panel.symbols, sessions[1:], adjusted[1:] / adjusted[:-1] - 1.0)
