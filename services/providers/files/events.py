"""Splits and dividends: as the files give them, or from close against adjusted close."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from models.domain.market import EVENT_COLUMNS, EventKind, PriceBasis, empty_frame
from services.providers.bar_validation import is_session
from services.providers.files.bars import FileBars
from services.providers.files.basis import FileBasis, derived_basis, judge
from services.providers.files.panel import file_of
from services.quant.adjustment import derive_events

_LEAST_ODD_RATIO = 0.005  # an adjustment that raises old prices by less is a slip of the vendor's
_NONE = {EventKind.DIVIDEND: 0.0, EventKind.SPLIT: 1.0}


@dataclass(frozen=True, eq=False)
class FoundEvents:
    """Events by ``EVENT_COLUMNS``, each symbol's basis, and the symbols whose basis nothing declares."""

    events: pd.DataFrame
    basis: dict[str, PriceBasis]
    assumed: frozenset[str]


def find_events(
    bars: pd.DataFrame, clean: pd.DataFrame, superseded: pd.DataFrame, files: Sequence[FileBars]
) -> FoundEvents:
    """Return the events still to be applied to the prices.

    Parameters
    ----------
    bars : DataFrame
        All rows by ``panel.stack``: an event counts even where its bar is refused.
    clean : DataFrame
        The sound ones among them.
    superseded : DataFrame
        Sound rows that a later instalment of a feed says again. Adjusted closes of two instalments do not
        fit each other, so each one's events come out of all its own rows.
    files : sequence of FileBars
        Where they come from.
    """
    if not superseded.empty:
        clean = pd.concat([clean, superseded]).sort_values(["symbol", "session"], ignore_index=True)
    number = file_of(clean["line"])
    one_file = number.size > 0 and bool((number == number[0]).all())
    frames: list[pd.DataFrame] = []
    basis: dict[str, PriceBasis] = {}
    assumed: set[str] = set()
    verdicts: dict[int, FileBasis] = {}
    for here in np.unique(number).tolist():
        rows = clean if one_file else clean[number == here]
        symbols, starts = _runs(rows)
        verdict = judge(files[here], rows, starts)
        if verdict.derives:
            derived = _derive(rows, symbols, starts)
            frames.append(derived)
            n_splits = int((derived["kind"] == EventKind.SPLIT).sum())
            found = derived_basis(len(rows), n_splits)
        else:
            found = verdict.basis
        verdicts[here] = verdict
        basis |= dict.fromkeys(symbols, found)
        assumed |= set(symbols) if verdict.assumed else set()
        declared = files[here].adjusted.items()
        basis |= {name: PriceBasis.FULLY_ADJUSTED for name, flag in declared if flag and name in basis}
    frames += _given(bars, files, verdicts, basis)
    frames = [frame for frame in frames if not frame.empty]
    events = pd.concat(frames, ignore_index=True) if frames else empty_frame(EVENT_COLUMNS)
    events = events.astype(dict(EVENT_COLUMNS)).drop_duplicates(["symbol", "session", "kind"], keep="last")
    events = events.sort_values(["symbol", "session", "kind"], ignore_index=True)
    return FoundEvents(events, basis, frozenset(assumed))


def _runs(rows: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Return the symbols of sorted rows and where each one's run begins, with the number of rows last."""
    codes = rows["symbol"].cat.codes.to_numpy()
    first = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1])))
    names = rows["symbol"].cat.categories[codes[first]]
    return list(names), np.append(first, codes.size)


def _given(
    bars: pd.DataFrame,
    files: Sequence[FileBars],
    verdicts: dict[int, FileBasis],
    basis: dict[str, PriceBasis],
) -> list[pd.DataFrame]:
    dividend, split = bars["dividend"].to_numpy(), bars["split"].to_numpy()
    rows = bars[((dividend != 0.0) | (split != 1.0)) & (bars["symbol"].cat.codes >= 0).to_numpy()]
    rows = rows[is_session(rows["session"].to_numpy("datetime64[D]"))]
    number = file_of(rows["line"])
    applied = {
        EventKind.DIVIDEND: [at for at, verdict in verdicts.items() if verdict.takes_dividends],
        EventKind.SPLIT: [at for at, verdict in verdicts.items() if verdict.takes_splits],
    }
    adjusted = {name for name, found in basis.items() if found is PriceBasis.FULLY_ADJUSTED}
    frames = []
    for kind, takers in applied.items():
        found = rows[np.isin(number, takers) & (rows[kind.value] != _NONE[kind]).to_numpy()]
        found = found.assign(symbol=found["symbol"].astype("str"), kind=kind.value, value=found[kind.value])
        frames.append(found.loc[~found["symbol"].isin(adjusted), list(EVENT_COLUMNS)])
    return frames


def _derive(rows: pd.DataFrame, symbols: Sequence[str], starts: np.ndarray) -> pd.DataFrame:
    close, adjusted = rows["close"].to_numpy(), rows["adj_close"].to_numpy()
    session = rows["session"].to_numpy()
    tick = _tick(adjusted)
    frames = []
    for symbol, (first, last) in zip(symbols, pairwise(starts.tolist()), strict=True):
        known = first + np.flatnonzero(np.isfinite(adjusted[first:last]) & (adjusted[first:last] > 0.0))
        if known.size < 2:
            continue
        steady = _without_rounding(close[known], adjusted[known], tick)
        dividend, split = derive_events(close[known], steady)
        dividend, split = _odd_ratios_as_splits(close[known], dividend, split)
        for kind, values in ((EventKind.DIVIDEND, dividend), (EventKind.SPLIT, split)):
            at = np.flatnonzero(values != _NONE[kind])
            if at.size:
                event = {
                    "symbol": symbol,
                    "session": session[known[at]],
                    "kind": kind.value,
                    "value": values[at],
                }
                frames.append(pd.DataFrame(event))
    return pd.concat(frames, ignore_index=True) if frames else empty_frame(EVENT_COLUMNS)


def _odd_ratios_as_splits(
    close: np.ndarray, dividend: np.ndarray, split: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Make splits of dividends below zero: fewer shares at a ratio that is not whole (mergers, spin-offs)."""
    fewer = dividend < -_LEAST_ODD_RATIO * close
    split = np.where(fewer, 1.0 + dividend / close, split)
    return np.where(dividend > 0.0, dividend, 0.0), split


def _tick(adjusted: np.ndarray) -> float:
    """Return the step that adjusted closes are rounded to, 0 where none is seen."""
    known = adjusted[np.isfinite(adjusted)]
    sample = known[:: max(known.size // 20_000, 1)]
    for decimals in range(1, 8):
        if (np.abs(sample - np.round(sample, decimals)) <= 1e-7 * np.abs(sample)).all():
            return float(10.0**-decimals)
    return 0.0


def _without_rounding(close: np.ndarray, adjusted: np.ndarray, tick: float) -> np.ndarray:
    """Return adjusted closes whose ratio to the close is level between events.

    Rounding makes the ratio shiver from day to day, and each shiver would pass for a dividend. What moves
    less than rounding explains is averaged over the sessions in between.
    """
    doubt = 0.5 * tick / adjusted
    if (doubt < 2e-7).all():
        return adjusted
    ratio = adjusted / close
    moved = np.abs(ratio[1:] / ratio[:-1] - 1.0) > 1.05 * (doubt[1:] + doubt[:-1]) + 1e-6
    first = np.flatnonzero(np.concatenate(([True], moved)))
    lengths = np.diff(np.append(first, ratio.size))
    level = np.add.reduceat(adjusted, first) / np.add.reduceat(close, first)
    steady: np.ndarray = close * np.repeat(level, lengths)
    return steady
