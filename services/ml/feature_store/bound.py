"""How much room the stored features may take."""

import os
from contextlib import suppress
from pathlib import Path

from services.ml.feature_store.month_file import UNFINISHED

# The S&P 500's 2.4 million bars make 0.9 GB: room for four states of code or data, so that going back and
# forth between two of them computes nothing.
MAX_BYTES = 4 << 30
# Whoever writes or maps files has touched their folder this short a time ago.
_IN_USE_SECONDS = 600


def mark_used(folder: Path) -> None:
    """Note that a key's folder is in use; it is made where it does not exist."""
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)


def drop_oldest(root: Path, newest: Path) -> None:
    """Drop the files of the keys that were used longest ago until all fit into ``MAX_BYTES``.

    ``newest`` and keys in use stay. What somebody has mapped stays readable for them in any case. Files that
    a killed process left unfinished go as well.
    """
    now = newest.stat().st_mtime
    sizes: dict[Path, int] = {}
    last_used: dict[Path, float] = {}
    for folder in (path for path in root.iterdir() if path.is_dir()):
        with suppress(FileNotFoundError):  # another process drops it right now
            last_used[folder] = folder.stat().st_mtime
            sizes[folder] = sum(_size(path, now) for path in folder.iterdir())
    for folder in sorted(sizes, key=lambda one: last_used[one]):
        if sum(sizes.values()) <= MAX_BYTES:
            return
        if folder != newest and now - last_used[folder] > _IN_USE_SECONDS:
            _drop(folder)
            del sizes[folder]


def _size(path: Path, now: float) -> int:
    """Return the bytes of a file, 0 if it was an unfinished one that nobody goes on with."""
    try:
        state = path.stat()
        if path.suffix == UNFINISHED and now - state.st_mtime > _IN_USE_SECONDS:
            path.unlink()
            return 0
    except FileNotFoundError:
        return 0
    return state.st_size


def _drop(folder: Path) -> None:
    with suppress(OSError):  # somebody drops it too, or has begun to write: what is left goes another time
        for path in folder.iterdir():
            path.unlink(missing_ok=True)
        folder.rmdir()
