"""The operating system's user that the server runs as: PostgreSQL refuses root."""

import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.domain.errors import DatabaseUnavailableError

# Nothing is inherited: PGHOST, PGDATA or a translated locale would change what the programs do and say.
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class ServerAccount:
    """A user with a passwd entry; ``is_other`` where we are root and must become it."""

    name: str
    uid: int
    gid: int
    is_other: bool

    def run(
        self,
        *command: str | Path,
        text: str = "",
        output: int = subprocess.PIPE,
        kept_descriptors: Sequence[int] = (),
        data_directory: Path | None = None,
        timeout_seconds: float = 120.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, in a session of its own so that Ctrl-C does not reach it.

        Parameters
        ----------
        *command : str or Path
            Program and arguments.
        text : str
            Given to its standard input.
        output : int
            File descriptor for what it prints; by default it is returned as ``stdout``.
        kept_descriptors : sequence of int
            Open files that the program inherits; no others are.
        data_directory : Path or None
            PGDATA, which the programs need not quote for a shell.
        timeout_seconds : float
            After these it is killed.

        Raises
        ------
        DatabaseUnavailableError
            If it cannot be run, or not in time. Not if it fails: see ``returncode``.
        """
        place = {} if data_directory is None else {"PGDATA": str(data_directory)}
        try:
            return subprocess.run(
                [str(part) for part in command],
                input=text,
                stdout=output,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                cwd="/",  # where we are may be closed to this user
                env=_ENVIRONMENT | place,
                pass_fds=tuple(kept_descriptors),
                start_new_session=True,
                timeout=timeout_seconds,
                check=False,
                user=self.uid if self.is_other else None,
                group=self.gid if self.is_other else None,
                extra_groups=[] if self.is_other else None,
            )
        except subprocess.TimeoutExpired as error:
            raise DatabaseUnavailableError(
                f"{command[0]} took longer than {timeout_seconds:.0f} s: check disk and load, and try again"
            ) from error
        except (OSError, subprocess.SubprocessError) as error:
            raise DatabaseUnavailableError(
                f"Cannot run {command[0]} as user {self.name}: {error}. Allow it, run Glassbox as another "
                "user, or set DATABASE_URL to a PostgreSQL server"
            ) from error

    def give(self, path: Path) -> None:
        """Make the file or folder this user's."""
        if self.is_other:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_run(self, program: Path) -> bool:
        """Whether the program starts as this user, tried out."""
        try:
            return self.run(program, "--version").returncode == 0
        except DatabaseUnavailableError:
            return False

    def can_use(self, folder: Path) -> bool:
        """Whether this user can write to a folder of its own below ``folder``, tried out."""
        probe = folder / f"probe-{secrets.token_hex(4)}"
        try:
            probe.mkdir(mode=0o700)
            self.give(probe)
            return self.run("/bin/sh", "-c", 'cd "$1" && : > probe', "sh", probe).returncode == 0
        except (OSError, DatabaseUnavailableError):
            return False
        finally:
            shutil.rmtree(probe, ignore_errors=True)


def server_account() -> ServerAccount:
    """Ourselves, or an unprivileged user where we are root.

    Raises
    ------
    DatabaseUnavailableError
        If there is no passwd entry for it: initdb demands one.
    """
    uid = os.geteuid()
    try:
        entry = pwd.getpwuid(uid) if uid != 0 else _unprivileged()
    except KeyError as error:
        raise DatabaseUnavailableError(
            f"User id {uid} has no passwd entry to run PostgreSQL as: run Glassbox as a user that has one, "
            "add a user 'postgres', or set DATABASE_URL to a PostgreSQL server"
        ) from error
    return ServerAccount(entry.pw_name, entry.pw_uid, entry.pw_gid, is_other=uid == 0)


def _unprivileged() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")
