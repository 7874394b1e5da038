"""PostgreSQL's binary COPY format to and from NumPy, without a loop over rows.

Rows whose columns are NULL in the same places and hold the same texts have the same layout, so each such
group is encoded as one structured array.

References
----------
PostgreSQL documentation, COPY, "Binary Format".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)  # the flags and the extension's length are 0
_TRAILER = b"\xff\xff"
_EPOCH_DAY = np.datetime64("2000-01-01", "D")
_EPOCH_MICROSECOND = np.datetime64("2000-01-01T00:00:00", "us")
# Column kinds: big-endian NumPy type of the value on the wire.
KINDS = {
    "int2": ">i2",
    "int4": ">i4",
    "int8": ">i8",
    "float8": ">f8",
    "date": ">i4",
    "timestamptz": ">i8",
    "bool": "u1",
}
_ROWS_A_BLOCK = 200_000


def encode(
    frame: pd.DataFrame, kinds: Mapping[str, str], on_rows: Callable[[int], None] | None = None
) -> Iterator[bytes]:
    """Yield the bytes of a binary COPY of ``frame``.

    Parameters
    ----------
    frame : DataFrame
        Columns as in ``kinds``; NaN, NaT and None become NULL. Dates and times as naive UTC datetime64.
    kinds : mapping
        Column to kind: one of ``KINDS`` or ``text``. The order is that of the columns in COPY.
    on_rows : callable, optional
        Told after each block how many rows have been encoded; what it raises ends the COPY.

    Yields
    ------
    bytes
        Pieces of the stream. The order of rows is not kept.
    """
    yield _SIGNATURE
    for first in range(0, len(frame), _ROWS_A_BLOCK):
        block = frame.iloc[first : first + _ROWS_A_BLOCK]
        yield from _encode_block(block, kinds)
        if on_rows is not None:
            on_rows(first + len(block))
    yield _TRAILER


def _encode_block(frame: pd.DataFrame, kinds: Mapping[str, str]) -> Iterator[bytes]:
    values: dict[str, np.ndarray] = {}
    texts: dict[str, list[bytes]] = {}
    layout = np.zeros(len(frame), dtype=np.int64)
    for name, kind in kinds.items():
        column = frame[name]
        if kind == "text":
            codes, uniques = pd.factorize(column)
            texts[name] = [str(text).encode() for text in uniques]
            values[name] = codes
            state, n_states = codes + 1, len(uniques) + 1
        else:
            values[name] = _wire_values(column, kind)
            state, n_states = column.notna().to_numpy().astype(np.int64), 2
        # Renumbered at each column, so that the product of states cannot overflow.
        layout = np.unique(layout * n_states + state, return_inverse=True)[1]
    order = np.argsort(layout, kind="stable")
    edges = np.flatnonzero(np.diff(layout[order], prepend=-1, append=layout.max() + 1))
    for begin, end in pairwise(edges.tolist()):
        rows = order[begin:end]
        yield _encode_group(rows, frame, kinds, values, texts)


def _encode_group(
    rows: np.ndarray,
    frame: pd.DataFrame,
    kinds: Mapping[str, str],
    values: Mapping[str, np.ndarray],
    texts: Mapping[str, Sequence[bytes]],
) -> bytes:
    fields: list[tuple[str, str]] = [("n_fields", ">i2")]
    constants: dict[str, int | bytes] = {"n_fields": len(kinds)}
    filled: list[str] = []
    for name, kind in kinds.items():
        fields.append((f"{name} length", ">i4"))
        if pd.isna(frame[name].iloc[rows[0]]):
            constants[f"{name} length"] = -1
            continue
        if kind == "text":
            text = texts[name][values[name][rows[0]]]
            constants[f"{name} length"] = len(text)
            if text:
                fields.append((name, f"V{len(text)}"))
                constants[name] = text
            continue
        fields.append((name, KINDS[kind]))
        constants[f"{name} length"] = np.dtype(KINDS[kind]).itemsize
        filled.append(name)
    records = np.zeros(rows.size, dtype=fields)
    for name, constant in constants.items():
        records[name] = np.void(constant) if isinstance(constant, bytes) else constant
    for name in filled:
        records[name] = values[name][rows]
    return records.tobytes()


def _wire_values(column: "pd.Series[Any]", kind: str) -> np.ndarray:
    if kind == "date":
        return (column.to_numpy("datetime64[D]") - _EPOCH_DAY).astype(np.int64)
    if kind == "timestamptz":
        return (column.to_numpy("datetime64[us]") - _EPOCH_MICROSECOND).astype(np.int64)
    if kind == "float8":
        return column.to_numpy("float64", na_value=np.nan)
    return column.to_numpy("int64", na_value=0)


def decode(payload: bytes | memoryview, kinds: Mapping[str, str]) -> np.ndarray:
    """Return the rows of a binary COPY without NULLs and texts as a structured array.

    Dates come as days and times as microseconds since 2000-01-01; see ``to_dates``.

    Raises
    ------
    ValueError
        If the payload is cut short, holds a NULL, or has columns of other widths.
    """
    fields: list[tuple[str, str]] = [("n_fields", ">i2")]
    for name, kind in kinds.items():
        fields += [(f"{name} length", ">i4"), (name, KINDS[kind])]
    dtype = np.dtype(fields)
    stream = memoryview(payload)
    body = stream[len(_SIGNATURE) : -len(_TRAILER)]
    n_rows = len(body) // dtype.itemsize
    records = np.frombuffer(body[: n_rows * dtype.itemsize], dtype=dtype)
    for name, kind in kinds.items():
        length = records[f"{name} length"]
        # Up to the first NULL every row stands where it is looked for.
        if (length == -1).any():
            raise ValueError(f"column {name} holds NULL")
        if (length != np.dtype(KINDS[kind]).itemsize).any():
            raise ValueError(f"column {name} is no {kind}")
    framed = stream[: len(_SIGNATURE)] == _SIGNATURE and stream[-len(_TRAILER) :] == _TRAILER
    if not framed or len(body) != n_rows * dtype.itemsize:
        raise ValueError(f"{len(stream)} bytes are no complete COPY of {dtype.itemsize}-byte rows")
    return records


def to_dates(days: np.ndarray) -> np.ndarray:
    """Turn days since 2000-01-01 into datetime64[D]."""
    return _EPOCH_DAY + days.astype("timedelta64[D]")
