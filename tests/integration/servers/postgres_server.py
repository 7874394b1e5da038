"""A PostgreSQL installed on this machine, run for a test with a cluster of its own."""

import secrets
import shutil
import tempfile
from pathlib import Path

from services.storage.embedded.account import ServerAccount, server_account
from services.storage.embedded.ports import free_port

MISSING = "no PostgreSQL server binaries are installed"
OLDEST_MAJOR = 15


def find_programs() -> Path | None:
    """Return the folder of the newest initdb, version 15 or later, on the PATH or where Debian has them."""
    on_path = shutil.which("initdb")
    found = {folder.parent for folder in Path("/usr/lib/postgresql").glob("*/bin/initdb")}
    if on_path is not None:
        found.add(Path(on_path).resolve().parent)
    account = server_account()
    usable = {folder: major(folder, account) for folder in found if (folder / "pg_ctl").exists()}
    newest = max(usable, key=lambda folder: usable[folder], default=None)
    return newest if newest is not None and usable[newest] >= OLDEST_MAJOR else None


def major(programs: Path, account: ServerAccount) -> int:
    """Return the major version, 0 where it does not start."""
    words = account.run(programs / "postgres", "--version").stdout.split()
    numbers = [word.split(".")[0] for word in words if word[0].isdigit()]
    return int(numbers[0]) if numbers and numbers[0].isdigit() else 0


class PostgresServer:
    """Listens on a loopback port, wants a password, and may be stopped hard and started again."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._account = server_account()
        # Not below pytest's folder: that is closed to the account.
        self._folder = Path(tempfile.mkdtemp(prefix="glassbox-test-", dir="/var/tmp"))
        self._folder.chmod(0o755)
        self._cluster = self._folder / "cluster"
        self._cluster.mkdir(mode=0o700)
        self._account.give(self._cluster)
        self.port = free_port()
        self._password = secrets.token_urlsafe(16)
        self._make_cluster()
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql://glassbox:{self._password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories=''"
        # The server keeps its log: a pipe that it inherits would never end.
        log = self._cluster / "log"
        self._run("pg_ctl", "-w", "-t", "60", "-l", log, "-o", options, "start")

    def kill(self) -> None:
        self._run("pg_ctl", "-m", "immediate", "stop")

    def destroy(self) -> None:
        self._account.run(self._programs / "pg_ctl", "-m", "immediate", "stop", data_directory=self._cluster)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make_cluster(self) -> None:
        password_file = self._folder / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self._password)
        self._account.give(password_file)
        self._run(
            "initdb", "--username=glassbox", f"--pwfile={password_file}", "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C", "--no-sync",
        )  # fmt: skip

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = self._account.run(self._programs / program, *arguments, data_directory=self._cluster)
        assert done.returncode == 0, done.stdout
