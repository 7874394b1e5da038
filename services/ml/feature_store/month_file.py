"""One month of features as an Arrow file that tells what it was computed from, and whether it is whole."""

import os
import tempfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from services.ml.feature_store.digests import DIGEST_BYTES
from services.quant.features.registry import NAMES

UNFINISHED = ".tmp"
# Rows lie one after the other, as models read them; ``features`` has its names in the metadata.
_COLUMNS = pa.schema([("session", pa.date32()), ("features", pa.list_(pa.float32(), len(NAMES)))])
_KEY, _DIGESTS, _CHECKSUM, _NAMES = b"key", b"digests", b"crc32", b"names"
_BROKEN = (pa.ArrowException, OSError, KeyError, ValueError)


@dataclass(frozen=True, eq=False)
class MonthOfFeatures:
    """Features of all bars of a month.

    ``session``: datetime64[D], shape (n_rows,), in the panel's order of rows. ``digests``: those of the
    month's sessions, ascending. ``values``: float32, shape (n_rows, n_features), perhaps read-only.
    """

    session: np.ndarray
    digests: tuple[bytes, ...]
    values: np.ndarray


def read_month(path: Path, key: str) -> MonthOfFeatures | None:
    """Map a file; None where there is none, or where it is damaged, cut short or somebody else's.

    The file may be replaced or removed after that: the values stay what they are.
    """
    try:
        with pa.memory_map(str(path)) as source, ipc.open_file(source) as reader:
            batch, given = reader.get_batch(0), dict(reader.schema.metadata or {})
        if given[_KEY] != key.encode() or not batch.schema.equals(_COLUMNS):
            return None
        batch.validate()  # its buffers are as long as its rows need
        raw = bytes.fromhex(given[_DIGESTS].decode())
        digests = tuple(raw[at : at + DIGEST_BYTES] for at in range(0, len(raw), DIGEST_BYTES))
        values = batch["features"].flatten().to_numpy().reshape(-1, len(NAMES))
        month = MonthOfFeatures(batch["session"].to_numpy(zero_copy_only=False), digests, values)
        return month if int(given[_CHECKSUM]) == _checksum(month) else None
    except _BROKEN:
        return None


def write_month(path: Path, key: str, month: MonthOfFeatures, *, keep: bool = True) -> MonthOfFeatures:
    """Write a month in one step and return it as mapped from its file.

    Parameters
    ----------
    path : Path
        Replaced where it exists.
    key : str
        Of the store.
    month : MonthOfFeatures
        What to write.
    keep : bool
        Otherwise the file has no name, and is gone with the last who holds its values.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    table = pa.table(
        {
            "session": pa.array(month.session),
            "features": pa.FixedSizeListArray.from_arrays(pa.array(month.values.ravel()), len(NAMES)),
        }
    ).replace_schema_metadata(
        {
            _KEY: key,
            _DIGESTS: b"".join(month.digests).hex(),
            _CHECKSUM: str(_checksum(month)),
            _NAMES: "\n".join(NAMES),
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=UNFINISHED)
    os.close(handle)
    unfinished = Path(name)
    try:
        with ipc.new_file(name, table.schema) as writer:
            writer.write_table(table)
        written = read_month(unfinished, key)
        if written is None:
            raise OSError(f"{path} does not hold what was written to it")
        if keep:
            unfinished.replace(path)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()
    return written


def _checksum(month: MonthOfFeatures) -> int:
    found = zlib.crc32(b"".join(month.digests))
    found = zlib.crc32(month.session.astype("datetime64[D]").tobytes(), found)
    return zlib.crc32(np.ascontiguousarray(month.values).data, found)
