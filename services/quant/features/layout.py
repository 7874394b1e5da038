"""Where each bar stands in time, and what the day's market and sector did."""

from dataclasses import dataclass

import numpy as np

from models.domain.market import PricePanel
from services.quant.features.context import UNKNOWN_SECTOR, CloseSeries, FeatureContext
from services.quant.gaps import FilledPanel, distinct_sessions, session_positions
from services.quant.rolling import without_noise


@dataclass(frozen=True, eq=False)
class Layout:
    """Sessions of a panel, its rows and its filled places on them.

    ``sessions``: datetime64[D], shape (n_sessions,), those on which any symbol has a bar.
    ``position``: int64, shape (n_rows,), each row's index into them; ``place_position``: each place's.
    ``age``: int64, shape (n_places,), sessions of the window up to the place, from 1 on.
    ``returns``: float64, shape (n_rows,), adjusted close over that of the place before less 1; NaN at a
    window's start.
    """

    sessions: np.ndarray
    position: np.ndarray
    place_position: np.ndarray
    age: np.ndarray
    returns: np.ndarray


def lay_out(panel: PricePanel, filled: FilledPanel) -> Layout:
    """Find the sessions, positions, ages and returns of a panel."""
    position = session_positions(panel.session)
    sessions = distinct_sessions(panel.session, position)
    place = np.arange(filled.source.size)
    last_own = np.maximum.accumulate(np.where(filled.is_filled, 0, place))
    sizes = np.diff(filled.window_starts)
    age = place - np.repeat(filled.window_starts[:-1], sizes) + 1
    adjusted = panel.close * panel.gross_growth
    returns = np.full(panel.n_rows, np.nan)
    returns[1:] = without_noise(adjusted[1:] / adjusted[:-1] - 1.0)
    returns[filled.source[filled.window_starts[:-1]]] = np.nan
    return Layout(sessions, position, position[filled.source] + place - last_own, age, returns)


def member_mean(layout: Layout, is_member: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the mean of the day's members that have a value, float64, shape (n_sessions,); NaN if none.

    Parameters
    ----------
    layout : Layout
        Of the panel.
    is_member : bool array, shape (n_rows,)
        Who counts.
    values : float64 array, shape (n_rows,)
        NaN where unknown.
    """
    counts = is_member & ~np.isnan(values)
    n_sessions = layout.sessions.size
    total = np.bincount(layout.position[counts], values[counts], n_sessions)
    n_counted = np.bincount(layout.position[counts], minlength=n_sessions)
    return np.where(n_counted > 0, total / np.maximum(n_counted, 1), np.nan)


def member_deviation(layout: Layout, is_member: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the population deviation over the day's members, float64, shape (n_sessions,)."""
    mean = member_mean(layout, is_member, values)
    return np.asarray(np.sqrt(member_mean(layout, is_member, (values - mean[layout.position]) ** 2)))


def benchmark_returns(benchmark: CloseSeries, sessions: np.ndarray) -> np.ndarray:
    """Return close over the session before it less 1, float64, shape (n_sessions,); NaN where unknown."""
    close = benchmark.on(sessions)
    returns = np.full(close.size, np.nan)
    returns[1:] = close[1:] / close[:-1] - 1.0
    return returns


def peer_returns(
    panel: PricePanel, filled: FilledPanel, layout: Layout, context: FeatureContext, group: np.ndarray
) -> np.ndarray:
    """Return the mean return of the day's other members of the symbol's group.

    Oneself is left out: in a group of two, half of a mean that held oneself would be one's own return.

    Parameters
    ----------
    panel, filled, layout, context
        What belongs together.
    group : int64 array, shape (n_symbols,)
        ``UNKNOWN_SECTOR`` where the symbol has none.

    Returns
    -------
    float64 array, shape (n_places,)
        NaN where the symbol has no group, or no other member of it has a return that day.
    """
    n_groups = int(group.max(initial=UNKNOWN_SECTOR)) + 1
    own_group = group[panel.code]
    counts = context.is_member & ~np.isnan(layout.returns) & (own_group != UNKNOWN_SECTOR)
    key = layout.position * n_groups + own_group
    own = np.where(counts, layout.returns, 0.0)
    size = layout.sessions.size * n_groups
    total = np.bincount(key[counts], own[counts], size)
    n_counted = np.bincount(key[counts], minlength=size)
    place_group = own_group[filled.source]
    has_group = place_group != UNKNOWN_SECTOR
    place_key = np.where(has_group, layout.place_position * n_groups + place_group, 0)
    is_own = counts[filled.source] & ~filled.is_filled
    if size == 0:
        return np.full(place_key.size, np.nan)
    others = total[place_key] - np.where(is_own, own[filled.source], 0.0)
    n_others = n_counted[place_key] - is_own
    return np.where(has_group & (n_others > 0), others / np.maximum(n_others, 1), np.nan)
