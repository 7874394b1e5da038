"""Small disks, and how to fill them."""

import subprocess
from contextlib import contextmanager

import pytest


@contextmanager
def disk(folder, options):
    """Mount a disk in memory for the block; skip where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder, left_bytes=0):
    """Fill a disk up to what is to be left; return the file to delete."""
    filler = folder / "filler"
    piece = bytes(1 << 16)
    try:
        with filler.open("wb", buffering=0) as file:
            while file.write(piece) == len(piece):
                pass
    except OSError:
        pass
    with filler.open("rb+") as file:
        file.truncate(max(0, filler.stat().st_size - left_bytes))
    return filler
