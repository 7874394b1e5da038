"""Sessions out of a column of dates, in the order that the whole column shows."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.domain.errors import InvalidMarketDataError
from services.providers.files.date_texts import AmbiguousDatesError, parse_dates
from services.providers.files.table import FileTable

_EXCHANGE = "America/New_York"


def read_dates(table: FileTable, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a column as datetime64[D], NaT where there is no date, and the rows that hold something else.

    Times and zones become the exchange's date, except midnights throughout: those are dates already.

    Raises
    ------
    InvalidMarketDataError
        If the order of day and month is open, years have two digits, or most values are no dates.
    """
    column = table.fields[name]
    none = np.array([], dtype=np.int64)
    if pa.types.is_date(column.type):
        return _days(pc.cast(column, pa.date32())), none
    if pa.types.is_timestamp(column.type):
        return _timestamp_days(column), none
    texts, codes = _distinct(column)
    try:
        days, is_wrong = parse_dates(texts)
    except AmbiguousDatesError as error:
        row = int(np.flatnonzero(codes == error.position)[0])
        raise InvalidMarketDataError(f"{table.place(row)}: {name} “{error.text}” {error.reason}") from error
    wrong_rows = np.flatnonzero(np.append(is_wrong, False)[codes])
    if wrong_rows.size and 2 * wrong_rows.size >= table.n_rows:
        row = int(wrong_rows[0])
        raise InvalidMarketDataError(
            f"{table.place(row)}: “{texts[codes[row]][:40]}” is no date, and so in {wrong_rows.size:,} of "
            f"{table.n_rows:,} rows; write dates as YYYY-MM-DD"
        )
    return np.append(days, np.datetime64("NaT", "D"))[codes], wrong_rows


def text_at(table: FileTable, name: str, row: int) -> str:
    """Return what stands in a cell."""
    return str(table.fields[name][row].as_py())


def _days(column: pa.Array) -> np.ndarray:
    days: np.ndarray = column.to_numpy(zero_copy_only=False).astype("datetime64[D]")
    return days


def _timestamp_days(column: pa.Array) -> np.ndarray:
    zone = column.type.tz
    stamps = pd.Series(column.to_pandas())
    if zone is not None:
        known = stamps.dropna()
        if not (known == known.dt.normalize()).all():
            stamps = stamps.dt.tz_convert(_EXCHANGE)
        stamps = stamps.dt.tz_localize(None)
    days: np.ndarray = stamps.to_numpy("datetime64[s]").astype("datetime64[D]")
    return days


def _distinct(column: pa.Array) -> tuple[list[str], np.ndarray]:
    """Return the distinct values as text and each row's position among them, past their end where null."""
    if pa.types.is_floating(column.type):
        column = pc.cast(column, pa.int64(), safe=False)
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    texts = [text or "" for text in pc.cast(column.dictionary, pa.string()).to_pylist()]
    codes = column.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    return texts, codes
