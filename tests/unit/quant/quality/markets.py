"""Quiet markets in which a test plants one defect."""

import numpy as np
import pandas as pd

from services.providers.bar_validation import is_session
from tests.unit.quant.factories import make_panel


def sessions(n, first="2012-01-03"):
    """Return n sessions of the exchange from a day on."""
    days = np.datetime64(first, "D") + np.arange(2 * n + 20)
    return days[is_session(days)][:n]


def quiet_market(n_symbols=8, n_sessions=300, seed=0, spread=0.01):
    """Return frames of symbols S0, S1, ... that move by a per cent or so a day and share a market factor."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0.0, spread / 2, n_sessions)
    return {f"S{k}": _bars(market + rng.normal(0.0, spread, n_sessions)) for k in range(n_symbols)}


def _bars(log_returns):
    close = 50.0 * np.exp(np.cumsum(log_returns))
    return pd.DataFrame(
        {
            "session": sessions(log_returns.size),
            "open": close,
            "high": close * 1.001,
            "low": close * 0.999,
            "close": close,
            "volume": np.full(log_returns.size, 1_000.0),
        }
    )


def scale(frame, row, factor):
    """Return the frame with every price from a row on multiplied, as after an event nobody told of."""
    changed = frame.copy()
    changed.loc[row:, ["open", "high", "low", "close"]] *= factor
    return changed


def panel(frames):
    """Return the frames as a panel."""
    return make_panel({name: frame.reset_index(drop=True) for name, frame in frames.items()})
