"""A Redis server that a test may stop, kill and start again on the same port."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.patience import patience

PROGRAM = shutil.which("redis-server")
MISSING = "redis-server is not installed"
PASSWORD = "a password for tests"


class RedisServer:
    """Listens on a free loopback port, keeps nothing on disk, wants a password."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}/0"

    def start(self, *options: str) -> None:
        # The password through standard input: arguments are everybody's to read.
        command = [PROGRAM, "-", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen(
            [*command, "--appendonly", "no", "--dir", str(self.folder), *options],
            stdin=subprocess.PIPE,
            stdout=(self.folder / "redis.log").open("ab"),
        )
        self.process.stdin.write(f'requirepass "{PASSWORD}"\n'.encode())
        self.process.stdin.close()
        deadline = time.monotonic() + patience(10)
        while not self._listens():
            assert time.monotonic() < deadline, (self.folder / "redis.log").read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None

    def hang(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
