"""The running server: found, started, adopted, stopped."""

import hashlib
import os
import shlex
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from models.domain.errors import DatabaseUnavailableError
from services.storage.embedded.account import ServerAccount
from services.storage.embedded.lease import FileLock
from services.storage.embedded.ports import HOST, free_port, is_free
from services.storage.embedded.processes import Postmaster, find_postmaster, signal_orphans

_REFUSED_SECONDS = 15.0
_ORPHAN_GRACE_SECONDS = 5.0
_READY_SECONDS = 60.0
_POLL_SECONDS = 0.05
_LOG_LIMIT_BYTES = 5_000_000
_LOG_TAIL_LINES = 15
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
}
_PASSING_REFUSALS = ("pre-existing shared memory block", "could not bind")


@dataclass(frozen=True)
class Server:
    """The server of one home; call what starts or stops it only under the start and stop lock."""

    home: Path
    programs: Path
    account: ServerAccount

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        """What the server prints."""
        return self.home / "server.log"

    def postmaster(self) -> Postmaster | None:
        """Find this cluster's live postmaster, ready or not."""
        return find_postmaster(self.cluster)

    def start(self, port: int | None, *, port_is_fixed: bool = False) -> Postmaster:
        """Start the server, or adopt the one that runs already.

        Parameters
        ----------
        port : int or None
            The one to listen on.
        port_is_fixed : bool
            Whether no other will do, because clients know it.

        Raises
        ------
        DatabaseUnavailableError
            If it does not become ready; the end of its log is in the message.
        """
        running = self.postmaster()
        if running is not None and self._becomes_ready(running):
            return running
        refusal = f"PostgreSQL dies as soon as it has started: look into {self.log}"
        begun = time.monotonic()
        while True:
            if self.postmaster() is None:
                refusal = self._try_launch(port, port_is_fixed) or refusal
            running = self.postmaster()
            if running is not None and self._becomes_ready(running):
                return running
            waited = time.monotonic() - begun
            if waited > _REFUSED_SECONDS:
                raise DatabaseUnavailableError(refusal)
            self._end_orphans(waited)
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Stop the server in an orderly way, and otherwise at once; nothing happens if it is down."""
        said = ""
        for mode in ("fast", "immediate"):
            if self.postmaster() is None:
                return
            finished = self.account.run(
                self.programs / "pg_ctl", "stop", "-m", mode, "-w", "-t", "30", data_directory=self.cluster
            )
            said = finished.stdout.strip()
        running = self.postmaster()
        if running is not None:
            raise DatabaseUnavailableError(
                f"PostgreSQL (process {running.pid}) does not stop; look into {self.log} and end it: {said}"
            )

    def bound_log(self) -> None:
        """Keep the log small: beyond the limit it moves to ``server.log.1``."""
        try:
            if self.log.stat().st_size > _LOG_LIMIT_BYTES:
                # The server has the file open, so it is emptied rather than renamed.
                shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
                os.truncate(self.log, 0)
        except FileNotFoundError:
            return

    @property
    def _name(self) -> str:
        return "glassbox-" + hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]

    def _try_launch(self, port: int | None, port_is_fixed: bool) -> str:
        # Each process of the server inherits this lock: while one lives, here or in another container
        # that shares the folder, postmaster.pid protects it and must stay.
        alive = FileLock(self.home / "alive.lock")
        if not alive.try_exclusive():
            return (
                f"Processes of an earlier PostgreSQL server still use {self.cluster}, and its postmaster "
                "is not to be seen: end them, or the other container that shares this folder, and try again"
            )
        try:
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)
            self.bound_log()
            if not port_is_fixed and (port is None or not is_free(port)):
                port = free_port()
            return self._launch(port or free_port(), alive.descriptor)
        finally:
            alive.close(unlock=False)

    def _launch(self, port: int, alive: int | None) -> str:
        settings = _SETTINGS | {"port": str(port), "cluster_name": self._name}
        options = ["-D", str(self.cluster)]
        for name, value in settings.items():
            options += ["-c", f"{name}={value}"]
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        log = os.open(self.log, flags, 0o600)
        try:
            told_before = os.fstat(log).st_size
            finished = self.account.run(
                self.programs / "pg_ctl",
                "start",
                "-w",
                "-t",
                f"{_READY_SECONDS:.0f}",
                "-o",
                shlex.join(options),
                output=log,
                kept_descriptors=[] if alive is None else [alive],
                data_directory=self.cluster,
            )
        finally:
            os.close(log)
        if finished.returncode == 0:
            return ""
        told = self._log_since(told_before)
        refusal = (
            f"PostgreSQL does not start on {HOST}:{port}. Mend what it complains of in {self.log}, or set "
            f"DATABASE_URL to another server. Its last lines:\n{told}"
        )
        if self.postmaster() is None and not any(phrase in told for phrase in _PASSING_REFUSALS):
            raise DatabaseUnavailableError(refusal)
        return refusal

    def _becomes_ready(self, running: Postmaster) -> bool:
        deadline = time.monotonic() + _READY_SECONDS
        while self.postmaster() == running:
            probe = self.account.run(
                self.programs / "pg_isready", "-q", "-t", "3", "-h", HOST, "-p", str(running.port)
            )
            if probe.returncode == 0:
                return True
            if time.monotonic() > deadline:
                raise DatabaseUnavailableError(
                    f"PostgreSQL (process {running.pid}) has not accepted connections on port {running.port} "
                    f"for {_READY_SECONDS:.0f} s. It may be recovering: wait and try again, or look into "
                    f"{self.log}:\n{self._log_since(0)}"
                )
            time.sleep(_POLL_SECONDS)
        return False

    def _end_orphans(self, waited_seconds: float) -> None:
        if self.postmaster() is None:
            # A backend without a postmaster notices only after its query, and blocks the start until then.
            patient = waited_seconds < _ORPHAN_GRACE_SECONDS
            signal_orphans(self._name, signal.SIGQUIT if patient else signal.SIGKILL)

    def _log_since(self, offset: int) -> str:
        with self.log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(offset, size - 8192))
            lines = file.read().decode("utf-8", "replace").splitlines()
        return "\n".join(lines[-_LOG_TAIL_LINES:])
