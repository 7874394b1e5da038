"""``serve``: database, worker and web together; restarts what dies and ends all of them together."""

import errno
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from app.bootstrap import Database
from models.domain.errors import DatabaseUnavailableError, OperatorError
from models.domain.settings import Settings

logger = logging.getLogger(__name__)
_POLL_SECONDS = 0.25
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 30.0
_CALM_SECONDS = 5.0  # who lived so long did not fail at its start: no grown pause
_LEAVE_SECONDS = 10.0


@dataclass
class _Pause:
    """Growing pauses between restarts."""

    seconds: float = _FIRST_PAUSE_SECONDS

    def take(self, lived_seconds: float) -> float:
        if lived_seconds > _CALM_SECONDS:
            self.seconds = _FIRST_PAUSE_SECONDS
        now, self.seconds = self.seconds, min(2 * self.seconds, _LONGEST_PAUSE_SECONDS)
        return now


@dataclass
class _Child:
    """A command that must keep running."""

    name: str
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    start_at: float = 0.0
    pause: _Pause = field(default_factory=_Pause)

    def start(self) -> None:
        # A session of its own: Ctrl-C in the terminal reaches `serve` alone, which then ends the others.
        command = [sys.executable, "-m", "app", self.name, "--parent-pid", str(os.getpid())]
        self.process = subprocess.Popen(command, start_new_session=True)
        self.started_at = time.monotonic()
        logger.info("%s started as process %d", self.name, self.process.pid)

    def tend(self) -> bool:
        """Start it when it is due; return whether anything changed."""
        now = time.monotonic()
        if self.process is None:
            if now < self.start_at:
                return False
            self.start()
            return True
        status = self.process.poll()
        if status is None:
            return False
        pause = self.pause.take(now - self.started_at)
        logger.warning("%s ended with status %d; starts again in %.1f s", self.name, status, pause)
        self.process, self.start_at = None, now + pause
        return True

    def signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)


def check_port_is_free(settings: Settings) -> None:
    """Try to listen on HOST and PORT.

    Raises
    ------
    OperatorError
        If somebody listens there already, or the address is not this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise OperatorError(
                f"HOST={settings.host} is no address of this machine: "
                "use 127.0.0.1, or 0.0.0.0 for all that it has"
            ) from error
        raise OperatorError(
            f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}): "
            "stop what listens there, or choose another with PORT=8051"
        ) from error


def supervise(settings: Settings, database: Database, stop: threading.Event) -> None:
    """Keep worker, web and an embedded database running until ``stop`` is set."""
    children = [_Child("worker"), _Child("web")]
    database_pause, database_started, database_due = _Pause(), time.monotonic(), 0.0
    try:
        while not stop.is_set():
            changed = [child.tend() for child in children]
            if any(changed):
                _record_processes(settings, database, children)
            if database.embedded is not None and time.monotonic() >= database_due:
                try:
                    if database.embedded.ensure_running():
                        logger.warning("the database had died and was started again")
                        lived = time.monotonic() - database_started
                        database_started = time.monotonic()
                        database_due = database_started + database_pause.take(lived)
                        _record_processes(settings, database, children)
                except DatabaseUnavailableError as error:
                    pause = database_pause.take(0.0)
                    logger.error("%s; next try in %.1f s", error, pause)
                    database_due = time.monotonic() + pause
            stop.wait(_POLL_SECONDS)
    finally:
        _end(children)
        _process_file(settings).unlink(missing_ok=True)


def _process_file(settings: Settings) -> Path:
    return settings.data_dir / "processes.json"


def _record_processes(settings: Settings, database: Database, children: list[_Child]) -> None:
    """Write who runs as which process, for operators and for their scripts."""
    processes = {child.name: child.process.pid if child.process else None for child in children}
    embedded = database.embedded.pid if database.embedded else None
    content = json.dumps({"serve": os.getpid(), "database": embedded, **processes})
    path = _process_file(settings)
    temporary = path.with_suffix(".tmp")
    try:
        temporary.write_text(content, encoding="ascii")
        temporary.replace(path)
    except OSError as error:
        # A full disk must not end what it is about.
        logger.warning("%s cannot be written (%s)", path, error.strerror)


def _end(children: list[_Child]) -> None:
    for child in children:
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + _LEAVE_SECONDS
    for child in children:
        if child.process is None:
            continue
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            logger.warning("%s did not end within %.0f s and is killed", child.name, _LEAVE_SECONDS)
            child.process.kill()
            child.process.wait()
