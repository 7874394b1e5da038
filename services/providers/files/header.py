"""Where a text file's header stands and what parts its columns."""

import csv
from dataclasses import dataclass

from models.domain.errors import InvalidMarketDataError
from services.providers.files.columns import OtherTableError, count_known

DELIMITERS = (",", ";", "\t", "|")
_MAX_PREAMBLE = 25  # lines, blank ones and comments included
_FIRST_BYTES = 1 << 16
_MIN_PRICE_COLUMNS = 5  # date, open, high, low, close


@dataclass(frozen=True)
class Header:
    """The header's names, the line it stands in (from 1), where the data begin, and the delimiter.

    ``symbol`` is set where lines below the header name the one ticker of the file, as yfinance writes it.
    """

    names: tuple[str, ...]
    line: int
    data_at: int  # byte
    delimiter: str
    symbol: str | None = None
    data_line: int = 0


def find_header(raw: bytes, shown: str) -> Header:
    """Return the first line of a text that names columns we know.

    Raises
    ------
    InvalidMarketDataError
        If none of the first lines does.
    """
    at = 0
    first_words = ""
    for number in range(1, _MAX_PREAMBLE + 1):
        end = _line_end(raw, at)
        if at >= len(raw):
            break
        line = raw[at:end].decode("utf-8", errors="replace").strip("\r\n")
        first_words = first_words or line.strip()
        found = _header_in(line.lstrip("# "), number, end)
        if found is not None:
            return _with_ticker_lines(raw, found)
        at = end
    # A few columns of something else may lie beside the prices; many are prices that lost their header.
    width = max(len(split_line(first_words, delimiter)) for delimiter in DELIMITERS)
    raise (InvalidMarketDataError if width >= _MIN_PRICE_COLUMNS else OtherTableError)(
        f"{shown}, line 1: no header with known columns in the first {_MAX_PREAMBLE} lines, which begin "
        f"“{first_words[:60]}”; expected names such as date, symbol, open, high, low, close, volume, parted "
        "by comma, semicolon, tab or |"
    )


def _line_end(raw: bytes, at: int) -> int:
    ends = [place + 1 for place in (raw.find(b"\n", at, at + _FIRST_BYTES),) if place >= 0]
    carriage = raw.find(b"\r", at, ends[0] if ends else at + _FIRST_BYTES)
    if carriage >= 0 and raw[carriage + 1 : carriage + 2] != b"\n":
        ends.append(carriage + 1)  # the line ends of an old Macintosh
    return min(ends, default=len(raw))


def split_line(line: str, delimiter: str) -> list[str]:
    """Return a line's fields without their quotes."""
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:  # a field of over 128 KB: whatever that is, it names no columns
        return [line]


def _header_in(line: str, number: int, end: int) -> Header | None:
    best: Header | None = None
    n_best = 0
    for delimiter in DELIMITERS:
        names = split_line(line, delimiter)
        n_known = count_known(names)
        if n_known > n_best and (n_known >= 2 or len(names) >= 4):
            n_best = n_known
            best = Header(tuple(names), number, end, delimiter, data_line=number + 1)
    return best


def _with_ticker_lines(raw: bytes, header: Header) -> Header:
    """Read yfinance's three-line header: Price,Close,... / Ticker,AAPL,... / Date,,,..."""
    at, lines = header.data_at, []
    for _ in range(2):
        end = _line_end(raw, at)
        lines.append(split_line(raw[at:end].decode("utf-8", errors="replace").strip(), header.delimiter))
        at = end
    ticker, date = lines
    if not (ticker and date and ticker[0] == "Ticker" and date[0] == "Date" and len(set(ticker[1:])) == 1):
        return header
    names = ("Date", *header.names[1:])
    return Header(names, header.line, at, header.delimiter, ticker[1], header.line + 3)
