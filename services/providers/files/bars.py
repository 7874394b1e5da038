"""A file's rows as bars, with what could not be read."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.domain.errors import InvalidMarketDataError
from services.providers.files.columns import PRICES
from services.providers.files.dates import read_dates, text_at
from services.providers.files.numbers import Numbers, read_numbers
from services.providers.files.symbols import canonical_symbol, symbol_of_file
from services.providers.files.table import FileTable

_TRUE, _FALSE = {"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"}
_MAX_FAULTS = 100_000


@dataclass(frozen=True, eq=False)
class FileBars:
    """Bars of one file. ``codes`` points into ``symbols``; arrays have one entry a row.

    ``columns`` has session (datetime64[D]), open to volume, adj_close, dividend (0 where
    none) and split (1 where none).
    ``adjusted`` is what a flag of the file declares, by symbol. ``faults`` says what cells hold that could
    not be read, by row.
    """

    table: FileTable
    symbols: tuple[str, ...]
    codes: np.ndarray
    columns: dict[str, np.ndarray]
    has_events: bool
    has_adj_close: bool
    adjusted: dict[str, bool] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)


def read_bars(table: FileTable) -> FileBars:
    """Understand a file's columns as bars.

    Raises
    ------
    InvalidMarketDataError
        If a column as a whole cannot be understood.
    """
    symbols, codes = _symbols(table)
    flags, adjusted_close = _adjusted(table, symbols, codes)
    session, wrong_dates = read_dates(table, "session")
    numbers = read_numbers(table, (*PRICES, "volume", "adj_close", "dividend"))
    if adjusted_close is not None:
        numbers.setdefault("adj_close", adjusted_close)
    if "volume" not in numbers and not all(symbol.startswith("^") for symbol in symbols):
        raise InvalidMarketDataError(
            f"{table.place(0)}: there is no column volume; only indices (^) go without. Add the column"
        )
    columns = {"session": session, **{name: found.values for name, found in numbers.items()}}
    nothing = np.full(table.n_rows, np.nan)
    for name in ("volume", "adj_close"):
        columns.setdefault(name, nothing)
    columns["dividend"] = _cleaned(columns.get("dividend"), table.n_rows, 0.0)
    columns["split"] = _splits(table)
    has_events = bool({"dividend", "split"} & table.fields.keys())
    if has_events and "adj_close" in numbers:
        # One of the two alone, or both empty, where the adjusted close moves: not all events are given.
        given = (columns["dividend"] != 0.0).any() or (columns["split"] != 1.0).any()
        has_events = bool(given) and {"dividend", "split"} <= table.fields.keys()
    return FileBars(
        table=table,
        symbols=symbols,
        codes=codes,
        columns=columns,
        has_events=has_events,
        has_adj_close="adj_close" in numbers,
        adjusted=flags,
        faults=dict(_faults(table, wrong_dates, numbers)),
    )


def _symbols(table: FileTable) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the file's symbols, sorted, and each row's position among them; -1 where it has none."""
    if "symbol" not in table.fields:
        symbol = symbol_of_file(table.source.path, table.source.stem, table.source.shown)
        return (symbol,), np.zeros(table.n_rows, dtype=np.int32)
    column = table.fields["symbol"]
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    words = [canonical_symbol(word or "") for word in pc.cast(column.dictionary, pa.string()).to_pylist()]
    symbols = tuple(sorted(set(words) - {""}))
    places = {symbol: at for at, symbol in enumerate(symbols)}
    recode = np.array([places.get(word, -1) for word in words] + [-1], dtype=np.int32)
    codes = recode[column.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)]
    return symbols, codes


def _adjusted(
    table: FileTable, symbols: tuple[str, ...], codes: np.ndarray
) -> tuple[dict[str, bool], Numbers | None]:
    """Read the column ``adjusted``: a flag for each symbol, or another name of the adjusted close."""
    if "adjusted" not in table.fields:
        return {}, None
    column = table.fields["adjusted"]
    if not pa.types.is_dictionary(column.type):
        column = pc.cast(column, pa.string()).dictionary_encode()
    words = [(word or "").strip().lower() for word in pc.cast(column.dictionary, pa.string()).to_pylist()]
    if not set(words) <= _TRUE | _FALSE | {""}:
        return {}, read_numbers(table, ("adjusted",))["adjusted"]
    is_true = np.array([word in _TRUE for word in words] + [False])
    flags = is_true[column.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)]
    known = codes >= 0
    n_true = np.bincount(codes[known], weights=flags[known], minlength=len(symbols))
    n_rows = np.bincount(codes[known], minlength=len(symbols))
    return {symbol: bool(n_true[at] * 2 > n_rows[at]) for at, symbol in enumerate(symbols)}, None


def _cleaned(values: np.ndarray | None, n_rows: int, none: float) -> np.ndarray:
    if values is None:
        return np.full(n_rows, none)
    return np.where(np.isfinite(values) & (values > 0.0), values, none)


def _splits(table: FileTable) -> np.ndarray:
    """Return new shares for one old, 1 where none; ``4:1``, ``4/1`` and ``4-for-1`` are understood."""
    if "split" not in table.fields:
        return np.ones(table.n_rows)
    column = table.fields["split"]
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        return _cleaned(pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False), table.n_rows, 1.0)
    if not pa.types.is_dictionary(column.type):
        column = pc.cast(column, pa.string()).dictionary_encode()
    words = pd.Series(pc.cast(column.dictionary, pa.string()).to_pylist(), dtype="str").str.replace(",", ".")
    ratio = words.str.extract(r"^\s*(\d+(?:\.\d+)?)\s*(?::|/|-?\s*for\s*-?)\s*(\d+(?:\.\d+)?)\s*$").astype(
        "float64"
    )
    plain = pd.to_numeric(words, errors="coerce")
    values = plain.where(ratio[0].isna(), ratio[0] / ratio[1].where(ratio[1] > 0)).to_numpy(np.float64)
    codes = column.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    return _cleaned(np.append(values, np.nan)[codes], table.n_rows, 1.0)


def _faults(
    table: FileTable, wrong_dates: np.ndarray, numbers: dict[str, Numbers]
) -> Iterator[tuple[int, str]]:
    for row in wrong_dates[:_MAX_FAULTS].tolist():
        yield row, f"date “{text_at(table, 'session', row)[:40]}” is no date"
    for name in (*PRICES, "volume"):
        if name not in numbers:
            continue
        found = numbers[name]
        for row, text in zip(found.text_rows[:_MAX_FAULTS].tolist(), found.texts, strict=False):
            yield row, f"{name} “{text[:40]}” is no number"
