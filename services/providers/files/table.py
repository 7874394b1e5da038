"""One file as it was read, before its columns are understood."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from services.providers.files.sources import SourceFile

Lines = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class FileTable:
    """Columns of one file under our names.

    ``lines`` gives the line (text) or row (Parquet), from 1, of each row position; it is dear and asked for
    rows at fault alone. ``ragged`` has the line and the text of rows that could not be split into columns.
    """

    source: SourceFile
    roles: frozenset[str]
    fields: Mapping[str, pa.Array]
    n_rows: int
    lines: Lines
    line_word: str = "line"
    decimal_comma_likely: bool = False
    ragged: tuple[tuple[int, str], ...] = ()

    def place(self, row: int) -> str:
        """Return where a row stands, for a message."""
        return f"{self.source.shown}, {self.line_word} {int(self.lines(np.array([row]))[0])}"


def as_one_array(column: pa.ChunkedArray) -> pa.Array:
    """Return a column's chunks as one array; dictionaries are made one too."""
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    return column.combine_chunks()
