"""Text files into columns, through Arrow's reader: whole columns, never row by row."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from models.domain.errors import InvalidMarketDataError
from services.providers.files.columns import NUMBERS, check_roles, match_columns, normalise
from services.providers.files.header import Header, find_header
from services.providers.files.sources import SourceFile
from services.providers.files.table import FileTable, as_one_array
from services.providers.files.text import line_of_byte, read_text

_MAX_RAGGED = 10_000
_BLOCK_BYTES = 4 << 20
_TEXTS = pa.dictionary(pa.int32(), pa.string())
_NULLS = ["", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL", "None", "-", "--", "."]


def read_delimited(source: SourceFile) -> FileTable:
    """Read a CSV, TSV or text file, packed or not.

    Raises
    ------
    InvalidMarketDataError
        If it is no such file; with its name, the line where there is one, and the cure.
    """
    raw = read_text(source)
    header = find_header(raw, source.shown)
    positions = match_columns(header.names, f"{source.shown}, line {header.line}")
    roles = check_roles(positions, header.names, f"{source.shown}, line {header.line}")
    body = memoryview(raw)[header.data_at :]
    if not bytes(body[:4096]).strip() and not bytes(body).strip():
        raise InvalidMarketDataError(
            f"{source.shown}: has a header and no rows; get it again, or leave it out of DATA_PATH"
        )
    ragged = _RaggedRows(len(header.names))
    table = _parse(body, header, positions, ragged, source.shown)
    _refuse_mostly_ragged(ragged, table.num_rows, source.shown, header, raw)
    fields = {name: as_one_array(table[str(at)]) for name, at in positions.items()}
    if header.symbol is not None and "symbol" not in fields:
        codes = pa.array(np.zeros(table.num_rows, dtype=np.int32))
        fields["symbol"] = pa.DictionaryArray.from_arrays(codes, pa.array([header.symbol]))
    lines = _Lines(source, header, table.num_rows)
    kept = _without_repeated_headers(fields, header, positions)
    if kept is not None:
        fields = {name: column.take(kept) for name, column in fields.items()}
        lines.rows = kept.to_numpy()
    return FileTable(
        source,
        roles,
        fields,
        len(fields["symbol" if "symbol" in fields else "session"]),
        lines,
        decimal_comma_likely=header.delimiter != ",",
        ragged=tuple((_line_of_text(raw, header, text), text) for text in ragged.texts),
    )


@dataclass
class _RaggedRows:
    """Collects rows with too many or too few fields; comments are passed over."""

    n_fields: int
    texts: list[str] = field(default_factory=list)

    def __call__(self, row: arrow_csv.InvalidRow) -> str:
        if not row.text.lstrip().startswith(("#", "//")):
            self.texts.append(row.text)
        return "skip" if len(self.texts) < _MAX_RAGGED else "error"


def _parse(
    body: memoryview, header: Header, positions: dict[str, int], ragged: _RaggedRows, shown: str
) -> pa.Table:
    wanted = {str(at): name for name, at in positions.items()}
    as_numbers = {at: pa.float64() if name in NUMBERS else _TEXTS for at, name in wanted.items()}
    as_texts = dict.fromkeys(wanted, _TEXTS) | {
        at: pa.string() for at, name in wanted.items() if name in NUMBERS
    }
    # Numbers of the usual form are read at once; any other, and every column is looked at as text.
    for kinds in (as_numbers, as_texts):
        ragged.texts.clear()
        try:
            return arrow_csv.read_csv(
                pa.BufferReader(pa.py_buffer(body)),
                read_options=arrow_csv.ReadOptions(
                    column_names=[str(at) for at in range(len(header.names))], block_size=_BLOCK_BYTES
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=header.delimiter, invalid_row_handler=ragged, ignore_empty_lines=True
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=kinds,
                    include_columns=list(wanted),
                    null_values=_NULLS,
                    strings_can_be_null=False,
                ),
            )
        except pa.ArrowInvalid as error:
            if len(ragged.texts) >= _MAX_RAGGED:
                return pa.table({at: [] for at in wanted})
            if kinds is as_texts:
                raise InvalidMarketDataError(
                    f"{shown}: cannot be split into columns by “{header.delimiter}” ({error}); save it again "
                    "as CSV in UTF-8"
                ) from error
    raise AssertionError  # pragma: no cover - the loop returns or raises


def _refuse_mostly_ragged(ragged: _RaggedRows, n_rows: int, shown: str, header: Header, raw: bytes) -> None:
    if not ragged.texts or len(ragged.texts) < max(n_rows, 1):
        return
    text = ragged.texts[0]
    n_found = text.count(header.delimiter) + 1
    raise InvalidMarketDataError(
        f"{shown}, line {_line_of_text(raw, header, text)}: {n_found} fields where the header has "
        f"{ragged.n_fields} (“{text[:80]}”), and so in most rows; make header and rows agree"
    )


def _without_repeated_headers(
    fields: dict[str, pa.Array], header: Header, positions: dict[str, int]
) -> pa.Array | None:
    """Return the rows to keep where the header stands again among the data, or None."""
    name = "session" if "session" in fields else "symbol"
    column = fields[name]
    words = column.dictionary.to_pylist() if pa.types.is_dictionary(column.type) else []
    again = [
        code
        for code, word in enumerate(words)
        if word is not None
        and (normalise(word) == normalise(header.names[positions[name]]) or word.lstrip().startswith("#"))
    ]
    if name not in positions or not again:
        return None
    codes = column.indices
    keep = pc.invert(pc.is_in(codes, value_set=pa.array(again, type=codes.type)))
    return pa.array(np.flatnonzero(keep.to_numpy(zero_copy_only=False)))


def _line_of_text(raw: bytes, header: Header, text: str) -> int:
    place = raw.find(text.encode(), header.data_at)
    return line_of_byte(raw, place) if place >= 0 else header.line


class _Lines:
    """The line of each row, found by reading the file again when somebody asks."""

    def __init__(self, source: SourceFile, header: Header, n_rows: int) -> None:
        self._source, self._header, self._n_rows = source, header, n_rows
        self._known: np.ndarray | None = None
        self.rows: np.ndarray | None = None  # positions among all rows, where some were left out

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        if self._known is None:
            self._known = self._find()
        if self.rows is not None:
            rows = self.rows[rows]
        found: np.ndarray = self._known[np.minimum(rows, self._known.size - 1)]
        return found

    def _find(self) -> np.ndarray:
        lines = read_text(self._source)[self._header.data_at :].splitlines()
        n_delimiters = len(self._header.names) - 1
        mark = self._header.delimiter.encode()
        first = self._header.data_line
        blank = [number for number, line in enumerate(lines, first) if not line.strip()]
        if len(lines) - len(blank) == self._n_rows:
            return np.setdiff1d(np.arange(first, first + len(lines)), blank)
        whole = [number for number, line in enumerate(lines, first) if line.count(mark) >= n_delimiters]
        found = whole if len(whole) == self._n_rows else range(first, first + len(lines))
        return np.array(found)
