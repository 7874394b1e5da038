"""The bytes of a text file: what they are, in what encoding, and with lines that end."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from models.domain.errors import InvalidMarketDataError
from services.providers.files.sources import SourceFile

MAX_LINE_BYTES = 1 << 20
_GZIP = b"\x1f\x8b"
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_STRANGERS = (
    (b"PK\x03\x04", "an Excel workbook or another zip archive; save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save the sheet as CSV"),
    (b"PAR1", "a Parquet file; name it .parquet"),
    (b"%PDF", "a PDF; get the data as CSV"),
    (b"\x89PNG", "a picture; get the data as CSV"),
    (b"ARROW1", "an Arrow file; save it as Parquet"),
    (b"\x89HDF", "an HDF5 file; save it as Parquet"),
    (b"SQLite", "a database; export the table as CSV"),
)


def read_text(source: SourceFile) -> bytes:
    """Return a text file as UTF-8 without byte-order mark, unpacked.

    Lines are looked at as a stream before anything is held, so that a file without line ends costs no
    memory.

    Raises
    ------
    InvalidMarketDataError
        If it is empty, no text, a page or an error in place of data, or has a line beyond a megabyte.
    """
    try:
        head = _open_and_look(source)
        _check_lines(source)
        with _opened(source.path) as file:
            raw = file.read()
    except PermissionError as error:
        raise InvalidMarketDataError(
            f"{source.shown}: may not be read by this user; change its permissions (chmod +r)"
        ) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InvalidMarketDataError(
            f"{source.shown}: its compression is broken off or damaged ({error}); get the file again"
        ) from error
    except OSError as error:
        raise InvalidMarketDataError(f"{source.shown}: cannot be read ({error}); get it again") from error
    return _decoded(raw, head, source.shown)


def line_of_byte(raw: bytes, place: int) -> int:
    """Return the number, from 1, of the line that a byte stands in."""
    return raw.count(b"\n", 0, place) + 1


def _opened(path: Path) -> IO[bytes]:
    file = path.open("rb")
    packed = file.read(2) == _GZIP
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if packed else file  # type: ignore[return-value]


def _open_and_look(source: SourceFile) -> bytes:
    with _opened(source.path) as file:
        head = file.read(4096)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        raise InvalidMarketDataError(f"{source.shown}: is empty; get it again, or leave it out of DATA_PATH")
    for mark, what in _STRANGERS:
        if head.startswith(mark):
            raise InvalidMarketDataError(f"{source.shown}: is no text but {what}")
    return head


def _check_lines(source: SourceFile) -> None:
    block = MAX_LINE_BYTES // 2  # a line beyond the limit fills one block or more
    n_lines = 1
    for piece in _blocks(source.path, block):
        n_here = piece.count(b"\n") or piece.count(b"\r")
        if n_here == 0 and len(piece) == block:
            raise InvalidMarketDataError(
                f"{source.shown}, line {n_lines}: is longer than {block:,} bytes; expected one bar a line. "
                "Its line ends are lost, or it is no table: get it again"
            )
        n_lines += n_here


def _blocks(path: Path, size: int) -> Iterator[bytes]:
    with _opened(path) as file:
        while piece := file.read(size):
            yield piece


def _decoded(raw: bytes, head: bytes, shown: str) -> bytes:
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if encoding is None:
        encoding = _unmarked_utf16(head)
    if encoding == "utf-8-sig":
        raw = raw[3:]
    elif encoding is not None:
        try:
            raw = raw.decode(encoding).removeprefix("\ufeff").encode()
        except UnicodeDecodeError as error:
            raise InvalidMarketDataError(
                f"{shown}: begins as UTF-16 and breaks off at byte {error.start}; save it as UTF-8"
            ) from error
    zero = raw.find(b"\0")
    if zero >= 0:
        raise InvalidMarketDataError(
            f"{shown}, line {line_of_byte(raw, zero)}: holds a NUL byte, so it is no text; get it again or "
            "save it as CSV in UTF-8"
        )
    raw = _as_utf8(raw)
    _refuse_pages(raw, shown)
    return raw


def _unmarked_utf16(head: bytes) -> str | None:
    """ASCII in UTF-16 has a zero in every second byte."""
    n_pairs = len(head) // 2
    if n_pairs < 8:
        return None
    if head[1::2].count(0) > 0.9 * n_pairs and head[::2].count(0) == 0:
        return "utf-16-le"
    if head[::2].count(0) > 0.9 * n_pairs and head[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def _as_utf8(raw: bytes) -> bytes:
    if raw.isascii():
        return raw
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace").encode()
    return raw


def _refuse_pages(raw: bytes, shown: str) -> None:
    start = raw[:2048].lstrip()
    text = " ".join(start[:160].decode("utf-8", errors="replace").split())
    lower = start[:256].lower()
    if lower.startswith(
        (b"<!doctype", b"<html", b"<?xml", b"<head", b"<body", b"<script", b"<!--", b"<table")
    ):
        raise InvalidMarketDataError(
            f"{shown}, line 1: is a web page saved in place of data ({text[:60]}); download the data again"
        )
    if lower.startswith((b"{", b"[")):
        raise InvalidMarketDataError(
            f"{shown}, line 1: is JSON, perhaps a vendor's error, in place of data ({text[:80]}); "
            "download it again as CSV"
        )
