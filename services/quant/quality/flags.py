"""The soft rules: bars that are kept and marked."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from models.domain.market import FLAG_COLUMNS, FlagRule, PricePanel, empty_frame
from services.quant.quality.listing import Listing
from services.quant.quality.moves import Moves, measure_moves, robust_deviation
from services.quant.quality.settings import SPLIT_RATIOS, FlagSettings

_SPLIT_WORDS = ("1/4", "1/3", "1/2", "2/3", "2", "3")
Finding = tuple[FlagRule, np.ndarray, Callable[[int], str]]


def find_flags(
    panel: PricePanel,
    settings: FlagSettings | None = None,
    explained: pd.DataFrame | None = None,
    from_session: np.datetime64 | None = None,
) -> pd.DataFrame:
    """Return the bars that meet a soft rule.

    Parameters
    ----------
    panel : PricePanel
        Any number of symbols. What stands at a bar depends on it and on earlier ones alone.
    settings : FlagSettings, optional
        Thresholds.
    explained : DataFrame, optional
        Columns symbol and session: days on which a known event (merger, symbol change) explains any move.
    from_session : datetime64[D], optional
        Bars before it are only looked back at.

    Returns
    -------
    DataFrame
        By ``FLAG_COLUMNS``, sorted by symbol, session and rule; a bar may meet several rules.

    Notes
    -----
    Moves are of closes with splits and dividends taken back: what a known event explains is no move.
    Rules that compare with the market say nothing on a day on which fewer than ``min_universe`` symbols moved
    from the session before, except that a move then counts in full.
    """
    if panel.n_rows == 0:
        return empty_frame(FLAG_COLUMNS)
    settings = settings or FlagSettings()
    listing = Listing.of(panel)
    moves = measure_moves(panel, listing, settings)
    wanted = np.ones(panel.n_rows, dtype=bool) if from_session is None else panel.session >= from_session
    names = np.array(panel.symbols, dtype=object)
    code = listing.code
    known = _is_explained(panel, code, explained)
    frames = []
    for rule, rows, describe in (
        *_of_moves(panel, listing, moves, settings, wanted & ~known),
        *_of_presence(panel, listing, moves, settings, wanted),
    ):
        frames.append(
            pd.DataFrame(
                {
                    "symbol": names[code[rows]],
                    "session": panel.session[rows].astype("datetime64[s]"),
                    "rule": rule.value,
                    "detail": [describe(row) for row in rows.tolist()],
                }
            ).astype(dict(FLAG_COLUMNS))
        )
    return pd.concat(frames).sort_values(["symbol", "session", "rule"], ignore_index=True)


def _is_explained(panel: PricePanel, code: np.ndarray, explained: pd.DataFrame | None) -> np.ndarray:
    found = np.zeros(panel.n_rows, dtype=bool)
    if explained is None or explained.empty:
        return found
    places = {symbol: place for place, symbol in enumerate(panel.symbols)}
    for symbol, session in zip(explained["symbol"], explained["session"], strict=True):
        if symbol in places:
            first, last = panel.starts[places[symbol] : places[symbol] + 2]
            day = np.datetime64(session, "D")
            # On a day without a bar it shows in the next one.
            row = first + np.searchsorted(panel.session[first:last], day)
            found[row:last][:1] = True
    return found


def _of_moves(
    panel: PricePanel, listing: Listing, moves: Moves, settings: FlagSettings, wanted: np.ndarray
) -> Iterator[Finding]:
    large = np.flatnonzero(wanted & (np.abs(moves.excess) > settings.least_move))
    deviation = robust_deviation(moves.excess, listing, large, settings)
    odd = np.abs(moves.excess[large]) > settings.n_deviations * deviation
    deviations = dict(zip(large[odd].tolist(), deviation[odd].tolist(), strict=True))
    yield (
        FlagRule.UNEXPLAINED_MOVE,
        large[odd],
        lambda row: (
            f"close {panel.close[row - 1]:g} to {panel.close[row]:g}, {moves.move[row]:+.1%}; less the "
            f"market's median {moves.excess[row]:+.1%}, one deviation of the year before is "
            f"{deviations[row]:.2%}"
        ),
    )
    near = np.flatnonzero(
        wanted
        & (panel.split == 1.0)
        & (listing.step <= settings.max_gap_sessions + 1)
        & _is_far(moves.growth)
    )
    ratios = np.array(SPLIT_RATIOS)
    matches = np.abs(moves.growth[near, None] / ratios - 1.0) <= settings.split_tolerance
    words = dict(zip(near.tolist(), matches.argmax(axis=1).tolist(), strict=True))
    yield (
        FlagRule.MISSED_SPLIT,
        near[matches.any(axis=1)],
        lambda row: (
            f"close {panel.close[row - 1]:g} to {panel.close[row]:g}, {moves.growth[row]:.4f} of the one "
            f"before, near {_SPLIT_WORDS[words[row]]}, and no split is known"
        ),
    )
    missing = listing.step - 1
    reused = wanted & (missing > settings.reuse_gap_sessions)
    reused &= np.abs(moves.growth - 1.0) > settings.reuse_move
    yield (
        FlagRule.TICKER_REUSE,
        np.flatnonzero(reused),
        lambda row: (
            f"close {panel.close[row - 1]:g} to {panel.close[row]:g}, {moves.growth[row] - 1.0:+.1%}, after "
            f"{missing[row]} sessions without a bar"
        ),
    )


def _is_far(growth: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        far: np.ndarray = (growth < 0.7) | (growth > 1.9)
    return far


def _of_presence(
    panel: PricePanel, listing: Listing, moves: Moves, settings: FlagSettings, wanted: np.ndarray
) -> Iterator[Finding]:
    missing = listing.step - 1
    yield (
        FlagRule.GAP,
        np.flatnonzero(wanted & (missing > settings.max_gap_sessions)),
        lambda row: f"{missing[row]} sessions without a bar since {panel.session[row - 1]}",
    )
    is_index = np.array([symbol.startswith("^") for symbol in panel.symbols], dtype=bool)
    counts = ~np.repeat(is_index, np.diff(panel.starts))
    yield (
        FlagRule.ZERO_VOLUME,
        np.flatnonzero(wanted & counts & (panel.volume == 0.0)),
        lambda row: f"no share traded; close {panel.close[row]:g}",
    )
    alike = _sessions_at_one_close(panel, listing, moves)
    yield (
        FlagRule.REPEATED_CLOSE,
        np.flatnonzero(wanted & (alike >= settings.repeated_sessions)),
        lambda row: (
            f"close {panel.close[row]:g} on {_at_most(alike[row], settings.baseline_sessions)} sessions in a "
            "row while the market moved"
        ),
    )


def _at_most(n_sessions: int, limit: int) -> str:
    # No flag says more than the sessions looked back at tell.
    return f"{limit} or more" if n_sessions >= limit else str(n_sessions)


def _sessions_at_one_close(panel: PricePanel, listing: Listing, moves: Moves) -> np.ndarray:
    """Return how many sessions in a row, this one included, closed alike while the market moved."""
    same = np.zeros(panel.n_rows, dtype=bool)
    same[1:] = panel.close[1:] == panel.close[:-1]
    same &= (listing.step == 1) & moves.market_moved
    row = np.arange(panel.n_rows)
    alike: np.ndarray = row - np.maximum.accumulate(np.where(same, 0, row)) + 1
    return alike
