"""One PostgreSQL server for a data folder, shared by all processes that hold a lease."""

import errno
import os
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from models.domain.errors import DatabaseUnavailableError
from services.storage.embedded.account import server_account
from services.storage.embedded.binaries import usable_programs
from services.storage.embedded.cluster import (
    DATABASE,
    ROLE,
    create_cluster,
    remove_unfinished,
    reset_password,
)
from services.storage.embedded.home import find_home, recorded_home, remove_root_place, write_atomically
from services.storage.embedded.lease import Lease, exclusively
from services.storage.embedded.ports import HOST
from services.storage.embedded.processes import Postmaster
from services.storage.embedded.server import Server

_LOCK_SECONDS = 150.0
_LOCK_FILES = frozenset({"control.lock", "lease.lock"})


class EmbeddedPostgres:
    """The server of one data folder: started by the first lease, stopped with the last.

    A process that dies without giving its lease back loses it all the same. If all die, the server stays up
    until somebody takes a lease again, adopts it and gives it back. Several threads may use one object; a
    forked child does not inherit the lease.
    """

    def __init__(self, data_dir: Path) -> None:
        self._state = data_dir.resolve() / "postgres"
        self._lease = Lease(self._state / "lease.lock")
        self._server: Server | None = None
        self._postmaster: Postmaster | None = None
        self._within_process = threading.RLock()

    def __enter__(self) -> str:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    @property
    def pid(self) -> int | None:
        """The postmaster's process, None while there is none."""
        running = self._server.postmaster() if self._server else None
        return running.pid if running else None

    @property
    def free_bytes(self) -> int | None:
        """The space left on the cluster's disk, None before the first start."""
        return shutil.disk_usage(self._server.home).free if self._server else None

    def acquire(self) -> str:
        """Start or join the server.

        A second call without a release between gives the same lease.

        Returns
        -------
        str
            SQLAlchemy URL ``postgresql+psycopg2://glassbox:<password>@127.0.0.1:<port>/glassbox``.

        Raises
        ------
        DatabaseUnavailableError
            If the data folder cannot be written to or the server does not start.
        """
        with self._exclusively():
            try:
                self._lease.take()
                self._server = self._locate()
                password = self._ready_cluster(self._server)
                self._postmaster = self._server.start(self._recorded_port())
                write_atomically(self._state / "port", str(self._postmaster.port))
            except BaseException:
                with suppress(DatabaseUnavailableError, OSError):
                    self._leave()
                raise
            return (
                f"postgresql+psycopg2://{ROLE}:{quote(password, safe='')}"
                f"@{HOST}:{self._postmaster.port}/{DATABASE}"
            )

    def ensure_running(self) -> bool:
        """Start the server again, on the same port, if it has died.

        Returns
        -------
        bool
            True if it was found dead. False if it lives, and without a lease: then nobody wants it back.

        Raises
        ------
        DatabaseUnavailableError
            If it does not start, for instance because something else listens on its port by now.
        """
        with self._within_process:
            if not self._lease.held or self._server is None or self._postmaster is None:
                return False
            if self._server.postmaster() is not None:
                self._server.bound_log()
                return False
            with self._exclusively():
                self._postmaster = self._server.start(self._postmaster.port, port_is_fixed=True)
            return True

    def release(self) -> None:
        """Give the lease back; the last holder stops the server. Nothing happens without a lease."""
        with self._within_process:
            if self._lease.held:
                with self._exclusively():
                    self._leave()

    def destroy(self) -> None:
        """Delete the cluster with all data, its password and log; the lease is given back.

        Raises
        ------
        DatabaseUnavailableError
            If somebody else holds a lease; then nothing is deleted.
        """
        with self._exclusively():
            self._lease.give_back()
            if self._lease.held_elsewhere():
                raise DatabaseUnavailableError(
                    f"The database of {self._state} is in use by another process: stop that first"
                )
            home = recorded_home(self._state)
            if home is not None and home.is_dir():
                self._locate().stop()
                _empty(home)
                if home != self._state:
                    remove_root_place(home)
            _empty(self._state)
            self._server = self._postmaster = None

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        try:
            # As root we let others pass: the server's account must reach the cluster.
            self._state.mkdir(mode=0o755 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
            with self._within_process, exclusively(self._state / "control.lock", _LOCK_SECONDS):
                yield
        except OSError as error:
            is_full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            cure = "free space there" if is_full else f"make it writable for user id {os.geteuid()}"
            raise DatabaseUnavailableError(
                f"Cannot keep a database in {self._state} ({error}): {cure}, or set DATA_DIR to another"
            ) from error

    def _locate(self) -> Server:
        account = server_account()
        home = find_home(self._state, account)
        return Server(home, usable_programs(home, account), account)

    def _ready_cluster(self, server: Server) -> str:
        remove_unfinished(server.home)
        path = self._state / "password"
        password = path.read_text(encoding="utf-8").strip() if path.exists() else ""
        if password and server.cluster.is_dir():
            return password
        if not password:
            password = secrets.token_urlsafe(32)
            if server.cluster.is_dir():  # its password was lost, and only we can have made it
                server.stop()
                reset_password(server.cluster, server.programs, server.account, password)
            write_atomically(path, password)
        if not server.cluster.is_dir():
            create_cluster(server.home, server.programs, server.account, password)
        return password

    def _recorded_port(self) -> int | None:
        try:
            return int((self._state / "port").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None

    def _leave(self) -> None:
        self._lease.give_back()
        if self._server is not None and not self._lease.held_elsewhere():
            self._server.stop()


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name not in _LOCK_FILES:  # somebody may be waiting on these
            path.unlink()
