"""Locks between processes that the kernel gives back by itself when their holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.domain.errors import DatabaseUnavailableError

_POLL_SECONDS = 0.02
_open_descriptors: set[int] = set()


def _drop_inherited() -> None:
    # A forked child shares its parent's locks: they would outlive the parent for as long as the child lives.
    for descriptor in _open_descriptors:
        os.close(descriptor)
    _open_descriptors.clear()


os.register_at_fork(after_in_child=_drop_inherited)


class FileLock:
    """One open description of a lock file; two of them exclude each other even in one process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._owner = -1

    @property
    def descriptor(self) -> int | None:
        """The open file while the lock is held by this very process, a forked child not counted."""
        return self._descriptor if self._owner == os.getpid() else None

    def try_exclusive(self) -> bool:
        """Take the lock for this object alone; False if anyone else has it in any way."""
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        """Take the lock beside others; False if someone has it alone."""
        return self._try(fcntl.LOCK_SH)

    def close(self, *, unlock: bool = True) -> None:
        """Give the lock back.

        With ``unlock`` false a child that was handed the descriptor keeps it.
        """
        descriptor = self.descriptor
        if descriptor is None:
            return
        self._owner = -1
        _open_descriptors.discard(descriptor)
        if unlock:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)

    def _try(self, kind: int) -> bool:
        if self.descriptor is not None:
            raise RuntimeError(f"{self.path} is locked by this object already")
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor, self._owner = descriptor, os.getpid()
        _open_descriptors.add(descriptor)
        return True


@contextmanager
def exclusively(path: Path, timeout_seconds: float) -> Iterator[None]:
    """Hold the lock file alone; DatabaseUnavailableError if others keep it for too long."""
    lock = FileLock(path)
    deadline = time.monotonic() + timeout_seconds
    while not lock.try_exclusive():
        if time.monotonic() > deadline:
            raise DatabaseUnavailableError(
                f"Another process has been starting or stopping PostgreSQL for {timeout_seconds:.0f} s and "
                f"still holds {path}: find it (lsof {path}), end it and try again"
            )
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        lock.close()


class Lease:
    """A share in the server: it lives as long as anyone holds one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path)

    @property
    def held(self) -> bool:
        """Whether this object holds a share, in the process that took it."""
        return self._lock.descriptor is not None

    def take(self) -> None:
        """Take a share; call only under the start and stop lock."""
        if not self.held and not self._lock.try_shared():
            raise DatabaseUnavailableError(
                f"Something else than Glassbox has locked {self._path}: find it (lsof {self._path}), end it "
                "and try again"
            )

    def give_back(self) -> None:
        """Give the share back; nothing happens without one."""
        self._lock.close()

    def held_elsewhere(self) -> bool:
        """Whether others hold shares; call without one, and only under the start and stop lock."""
        probe = FileLock(self._path)
        alone = probe.try_exclusive()
        probe.close()
        return not alone
