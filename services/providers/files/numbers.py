"""Numbers out of a column, however they are written; judged by the whole file."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.domain.errors import InvalidMarketDataError
from services.providers.files.table import FileTable

_PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_NO_VALUE = pa.array(
    ["", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", ".", "inf", "-inf", "+inf", "infinity"]
)
_SUFFIXES = {"k": 1e3, "m": 1e6, "b": 1e9}


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column as float64 with NaN where it has no number; ``text_rows`` held text, ``texts`` is what."""

    values: np.ndarray
    text_rows: np.ndarray
    texts: tuple[str, ...] = ()


def read_numbers(table: FileTable, names: tuple[str, ...]) -> dict[str, Numbers]:
    """Return those of the columns that the file has.

    Raises
    ------
    InvalidMarketDataError
        If the file's numbers may be read in two ways, or most values of a column are no numbers.
    """
    columns = {name: table.fields[name] for name in names if name in table.fields}
    texts = {name: _as_text(column) for name, column in columns.items() if _is_text(column.type)}
    decimal = _decimal_mark(table, texts) if texts else "."
    found = {}
    for name, column in columns.items():
        if name in texts:
            found[name] = _parse(texts[name], decimal, allow_suffix=name == "volume")
        else:
            found[name] = Numbers(_as_float(column), np.array([], dtype=np.int64))
        _refuse_mostly_text(table, name, found[name])
    return found


def _is_text(kind: pa.DataType) -> bool:
    return any(test(kind) for test in (pa.types.is_dictionary, pa.types.is_string, pa.types.is_large_string))


def _as_text(column: pa.Array) -> pa.Array:
    """Return the distinct values as lower-case text with the row's position in them."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    words = pc.utf8_lower(pc.cast(column.dictionary, pa.string()))
    words = pc.replace_substring_regex(words, r"[\s\x{00A0}\x{202F}\x{2009}'’_$€£¥\"]", "")
    return pa.DictionaryArray.from_arrays(column.indices, pc.fill_null(words, ""), safe=False)


def _as_float(column: pa.Array) -> np.ndarray:
    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan)
    values: np.ndarray = np.asarray(
        pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64
    )
    return values


def _decimal_mark(table: FileTable, texts: Mapping[str, pa.Array]) -> str:
    """Return “.” or “,”: what stands before the decimals in this file."""
    words = pa.concat_arrays([column.dictionary for column in texts.values()])

    def any_like(pattern: str) -> bool:
        return bool(pc.any(pc.match_substring_regex(words, pattern)).as_py())

    if not any_like(","):
        dots_group = any_like(r"^[+-]?\d{1,3}(\.\d{3}){2,}$")
        return "," if dots_group and not any_like(r"\.\d{1,2}$|\.\d{4,}") else "."
    if any_like(r"\..*,"):
        return ","
    if any_like(r",.*\.|,\d+,"):
        return "."
    if any_like(r",(\d{1,2}|\d{4,})$|^[+-]?0?,|^[+-]?\d{4,},"):
        return ","
    if any_like(r"\."):
        return "."  # commas by threes beside decimal points
    prices = [name for name in texts if name != "volume" and _has_comma(texts[name])]
    if not prices:
        return "."
    name = prices[0]
    row = int(np.flatnonzero(_matches(texts[name], r",").to_numpy(zero_copy_only=False))[0])
    raise InvalidMarketDataError(
        f"{table.place(row)}: {name} “{texts[name][row].as_py()}” may mean a decimal comma or thousands, and "
        "no value of the file decides it; write decimals with a point and no thousands separator"
    )


def _has_comma(column: pa.Array) -> bool:
    return bool(pc.any(pc.match_substring(column.dictionary, ",")).as_py())


def _matches(column: pa.Array, pattern: str) -> pa.Array:
    return pc.match_substring_regex(column.dictionary, pattern).take(column.indices)


def _parse(column: pa.Array, decimal: str, *, allow_suffix: bool) -> Numbers:
    words = column.dictionary
    words = pc.replace_substring(words, "." if decimal == "," else ",", "")
    if decimal == ",":
        words = pc.replace_substring(words, ",", ".")
    scale = np.ones(len(words))
    if allow_suffix:
        for suffix, factor in _SUFFIXES.items():
            ends = pc.match_substring_regex(words, rf"\d{suffix}$")
            scale[ends.to_numpy(zero_copy_only=False)] = factor
        words = pc.replace_substring_regex(words, r"(\d)[kmb]$", r"\1")
    plain = pc.match_substring_regex(words, _PLAIN)
    numbers = pc.cast(pc.if_else(plain, words, pa.scalar(None, pa.string())), pa.float64())
    distinct = numbers.to_numpy(zero_copy_only=False).astype(np.float64) * scale
    is_text = ~(plain.to_numpy(zero_copy_only=False) | _is_nothing(words))
    codes = column.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    values = np.append(distinct, np.nan)[codes]
    rows = np.flatnonzero(np.append(is_text, False)[codes]) if is_text.any() else np.array([], dtype=np.int64)
    shown = words.take(pa.array(codes[rows])).to_pylist()
    return Numbers(values, rows, tuple(shown))


def _is_nothing(words: pa.Array) -> np.ndarray:
    found: np.ndarray = pc.is_in(words, value_set=_NO_VALUE).to_numpy(zero_copy_only=False)
    return found


def _refuse_mostly_text(table: FileTable, name: str, numbers: Numbers) -> None:
    if numbers.text_rows.size and 2 * numbers.text_rows.size >= table.n_rows:
        raise InvalidMarketDataError(
            f"{table.place(int(numbers.text_rows[0]))}: {name} holds text (“{numbers.texts[0][:40]}”), and "
            f"so do {numbers.text_rows.size:,} of {table.n_rows:,} rows; expected numbers. Correct the column"
        )
    if name in {"open", "high", "low", "close"} and not np.isfinite(numbers.values).any():
        raise InvalidMarketDataError(
            f"{table.place(0)}: the column {name} has no value in any row; expected prices. Get the file "
            "again"
        )
