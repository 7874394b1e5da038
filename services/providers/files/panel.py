"""Bars of several files as one frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.domain.errors import InvalidMarketDataError
from models.domain.market import REJECTED_COLUMNS, BarRule
from services.providers.files.bars import FileBars
from services.providers.files.universe import Universe

COLUMNS = ("open", "high", "low", "close", "volume", "adj_close", "dividend", "split")
_COMPARED = ("open", "high", "low", "close", "volume", "adj_close")
_SAME = 1e-6  # relative: the same price from a file of single precision
_FILE_BITS = 40  # `line` packs file and row until the rows at fault are known


@dataclass(frozen=True, eq=False)
class StackedBars:
    """Bars of all files as one frame.

    ``bars``, and ``superseded`` with the rows of earlier instalments of a feed that a later one says again,
    have ``symbol`` (categorical), ``session``, ``COLUMNS`` and ``line``, which packs the file's number and
    the row; sorted by symbol and session. ``n_corrected``: bars that a later instalment gives other values.
    """

    bars: pd.DataFrame
    superseded: pd.DataFrame
    n_corrected: int


def stack(files: Sequence[FileBars], universe: Universe) -> StackedBars:
    """Return the universe's and the reference's bars by symbol and session, repeats between files once.

    Of files whose names differ in a date alone, the instalments of a feed, the last word on a (symbol,
    session) counts.

    Raises
    ------
    InvalidMarketDataError
        If two other files disagree on a (symbol, session).
    """
    symbols = tuple(sorted(universe.members | universe.reference))
    places = {symbol: at for at, symbol in enumerate(symbols)}
    parts: list[dict[str, np.ndarray]] = []
    for number, file in enumerate(files):
        recode = np.array([places.get(symbol, -2) for symbol in file.symbols] + [-1], dtype=np.int32)
        codes = recode[file.codes]
        origin = (np.int64(number) << _FILE_BITS) + np.arange(codes.size, dtype=np.int64)
        part = {"codes": codes, "line": origin}
        part |= {name: file.columns[name] for name in ("session", *COLUMNS)}
        keep = codes >= -1
        parts.append(part if keep.all() else {name: values[keep] for name, values in part.items()})
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    del parts
    keys = (whole["codes"].astype(np.int64) << 32) + whole["session"].astype(np.int64)
    if not (np.diff(keys) > 0).all():
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        for name in whole:
            whole[name] = whole[name][order]
    nothing = np.zeros(0, dtype=np.int64)
    old, n_corrected = _superseded(whole, keys, files) if len(files) > 1 else (nothing, 0)
    superseded = {name: values[old] for name, values in whole.items()}
    if old.size:
        keys = np.delete(keys, old)
        whole = {name: np.delete(values, old) for name, values in whole.items()}
    repeated = _repeats_between_files(whole, keys, symbols, files) if len(files) > 1 else nothing
    if repeated.size:
        whole = {name: np.delete(values, repeated) for name, values in whole.items()}
    return StackedBars(_frame(whole, symbols), _frame(superseded, symbols), n_corrected)


def _frame(columns: dict[str, np.ndarray], symbols: tuple[str, ...]) -> pd.DataFrame:
    symbol = pd.Categorical.from_codes(columns["codes"], categories=pd.Index(symbols, dtype="str"))
    session = columns["session"].astype("datetime64[s]")
    rest = {name: values for name, values in columns.items() if name not in ("codes", "session")}
    return pd.DataFrame({"symbol": symbol, "session": session, **rest}, copy=False)


def _superseded(
    whole: dict[str, np.ndarray], keys: np.ndarray, files: Sequence[FileBars]
) -> tuple[np.ndarray, int]:
    """Return the rows of a feed's instalments that a later one says again, and how many keys it changes."""
    names = [file.table.source.feed or f" {number}" for number, file in enumerate(files)]
    feed = np.unique(names, return_inverse=True)[1]
    origin = whole["line"] >> _FILE_BITS
    first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    last = np.append(first[1:], keys.size) - 1
    newest = np.repeat(last, np.diff(np.append(first, keys.size)))
    is_bar = (whole["codes"] >= 0) & ~np.isnat(whole["session"])
    again = is_bar & (origin < origin[newest]) & (feed[origin] == feed[origin[newest]])
    old: np.ndarray = np.flatnonzero(again)
    said, says = (np.column_stack([whole[name][rows] for name in _COMPARED]) for rows in (old, newest[old]))
    same = np.isclose(said, says, rtol=_SAME, atol=0.0, equal_nan=True).all(axis=1)
    return old, int(np.unique(keys[old[~same]]).size)


def file_of(lines: "pd.Series[int]") -> np.ndarray:
    """Return the number of the file that each packed ``line`` names."""
    numbers: np.ndarray = lines.to_numpy(np.int64) >> _FILE_BITS
    return numbers


def _repeats_between_files(
    whole: dict[str, np.ndarray], keys: np.ndarray, symbols: tuple[str, ...], files: Sequence[FileBars]
) -> np.ndarray:
    """Return the rows that say again what the row before says; refuse those that contradict it."""
    origin = whole["line"] >> _FILE_BITS
    again: np.ndarray = np.flatnonzero((keys[1:] == keys[:-1]) & (origin[1:] != origin[:-1])) + 1
    again = again[(whole["codes"][again] >= 0) & ~np.isnat(whole["session"][again])]
    if again.size == 0:
        return again
    this = np.column_stack([whole[name][again] for name in _COMPARED])
    before = np.column_stack([whole[name][again - 1] for name in _COMPARED])
    known = np.isfinite(this) & np.isfinite(before)
    close = np.isclose(this, before, rtol=_SAME, atol=0.0)
    against = np.flatnonzero((known & ~close).any(axis=1))
    if against.size:
        row, column = again[against[0]], int(np.flatnonzero((known & ~close)[against[0]])[0])
        name = _COMPARED[column]
        first, second = (_place(int(whole["line"][at]), files) for at in (row - 1, row))
        raise InvalidMarketDataError(
            f"{first} and {second} disagree on {symbols[whole['codes'][row]]} on {whole['session'][row]}: "
            f"{name} {before[against[0], column]:g} and {this[against[0], column]:g}, and so on "
            f"{against.size:,} bars; name only one of the files in DATA_PATH"
        )
    same: np.ndarray = again[(close | (np.isnan(this) & np.isnan(before))).all(axis=1)]
    return same


def _place(line: int, files: Sequence[FileBars]) -> str:
    return files[line >> _FILE_BITS].table.place(line & ((1 << _FILE_BITS) - 1))


def name_origins(rejected: pd.DataFrame, files: Sequence[FileBars]) -> pd.DataFrame:
    """Return rejected rows with the file and line that they stand in, and what could not be read there."""
    packed = rejected["line"].to_numpy(np.int64)
    numbers, rows = packed >> _FILE_BITS, packed & ((1 << _FILE_BITS) - 1)
    source = np.array([file.table.source.shown for file in files], dtype=object)[numbers]
    lines = np.zeros(packed.size, dtype=np.int64)
    detail = rejected["detail"].to_numpy(object).copy()
    for number in np.unique(numbers).tolist():
        here = np.flatnonzero(numbers == number)
        lines[here] = files[number].table.lines(rows[here])
        faults = files[number].faults
        for at in here.tolist() if faults else ():
            detail[at] = faults.get(int(rows[at]), detail[at])
    return rejected.assign(source=source, line=lines, detail=detail).astype(dict(REJECTED_COLUMNS))


def ragged_rows(files: Sequence[FileBars], members: frozenset[str]) -> pd.DataFrame:
    """Return the rows that could not be split into columns, of files that hold members."""
    found = [
        (file.symbols[0] if len(file.symbols) == 1 else "", file.table.source.shown, line, text[:120])
        for file in files
        if members & set(file.symbols)
        for line, text in file.table.ragged
    ]
    frame = pd.DataFrame(found, columns=["symbol", "source", "line", "detail"])
    nothing = pd.Series(np.datetime64("NaT", "s"), index=frame.index)
    frame = frame.assign(session=nothing, rule=BarRule.UNREADABLE.value)
    return frame[list(REJECTED_COLUMNS)].astype(dict(REJECTED_COLUMNS))
