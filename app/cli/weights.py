"""A book's weights from a file: CSV with symbol and weight, or JSON of weights by symbol."""

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

from models.domain.errors import InvalidRequestError

_MAX_BYTES = 1_000_000
_HEADER = ("symbol", "weight")
_EXPECTED = "expected CSV lines of symbol,weight, or a JSON object of weights by symbol"


def read_weights(path: Path) -> tuple[tuple[str, float], ...]:
    """Return symbols in capitals and their weights, in the file's order.

    Raises
    ------
    InvalidRequestError
        If the file cannot be read, or a line of it is no symbol and number.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InvalidRequestError(f"{path} has more than {_MAX_BYTES:,} bytes: {_EXPECTED}")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is no UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise InvalidRequestError(f"{path} cannot be read: {reason}; {_EXPECTED}") from error
    return _of_json(path, text) if text.lstrip().startswith("{") else _of_csv(path, text)


def _of_json(path: Path, text: str) -> tuple[tuple[str, float], ...]:
    try:
        # Pairs, so that a symbol that stands there twice is seen.
        found = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(f"{path} is no JSON: {_EXPECTED}") from error
    return tuple(_position(path, place, *pair) for place, pair in enumerate(found, 1))


def _of_csv(path: Path, text: str) -> tuple[tuple[str, float], ...]:
    found = []
    try:
        for line, row in enumerate(csv.reader(io.StringIO(text), strict=True), 1):
            cells = [cell.strip() for cell in row]
            if not any(cells) or (line == 1 and tuple(cell.lower() for cell in cells[:2]) == _HEADER):
                continue
            if len(cells) != 2:
                raise InvalidRequestError(f"{path}, line {line} has {len(cells)} fields: {_EXPECTED}")
            found.append(_position(path, line, *cells))
    except csv.Error as error:
        raise InvalidRequestError(f"{path} is no CSV ({error}): {_EXPECTED}") from error
    return tuple(found)


def _position(path: Path, line: int, symbol: str, weight: Any) -> tuple[str, float]:
    try:
        number = None if isinstance(weight, bool) else float(weight)
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or not math.isfinite(number) or not symbol:
        shown = f"{symbol},{weight}"[:60]
        raise InvalidRequestError(f"{path}, entry {line} ({shown!r}): {_EXPECTED}")
    return symbol.upper(), number
