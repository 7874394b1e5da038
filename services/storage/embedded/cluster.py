"""The files of a cluster: made whole or not at all, with a password from the first moment."""

import os
import secrets
import shutil
from pathlib import Path

from models.domain.errors import DatabaseUnavailableError
from services.storage.embedded.account import ServerAccount

ROLE = "glassbox"
DATABASE = "glassbox"
_UNFINISHED = "cluster.new-"
_PASSWORD_FILE = "password.new-"  # noqa: S105  a file's name


def create_cluster(home: Path, programs: Path, account: ServerAccount, password: str) -> None:
    """Make ``home/cluster``: UTF8, locale C, SCRAM for every connection, an empty database.

    Raises
    ------
    DatabaseUnavailableError
        If initdb fails; what it printed is in the message.
    """
    token = secrets.token_hex(4)
    cluster = home / f"{_UNFINISHED}{token}"
    password_file = home / f"{_PASSWORD_FILE}{token}"
    try:
        cluster.mkdir(mode=0o700)
        account.give(cluster)
        _hand_over(password, password_file, account)
        finished = account.run(
            programs / "initdb",
            f"--username={ROLE}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--locale=C",
            "--encoding=UTF8",
            "--no-instructions",
            data_directory=cluster,
        )
        if finished.returncode != 0:
            raise DatabaseUnavailableError(
                f"initdb could not make a cluster in {home} as user {account.name}: free space, mend the "
                f"permissions, or set DATABASE_URL to a PostgreSQL server. It said: {finished.stdout.strip()}"
            )
        run_alone(cluster, programs, account, f"CREATE DATABASE {DATABASE};")
        cluster.rename(home / "cluster")
        _sync(home)
    finally:
        remove_unfinished(home)


def remove_unfinished(home: Path) -> None:
    """Remove what a creation that was killed has left."""
    for path in home.glob(f"{_PASSWORD_FILE}*"):
        path.unlink(missing_ok=True)
    for path in home.glob(f"{_UNFINISHED}*"):
        # An initdb whose parent was killed may be writing still; what it leaves goes the next time.
        shutil.rmtree(path, ignore_errors=True)


def reset_password(cluster: Path, programs: Path, account: ServerAccount, password: str) -> None:
    """Give the role a new password; the server must be down."""
    quoted = password.replace("'", "''")
    run_alone(cluster, programs, account, f"ALTER ROLE {ROLE} PASSWORD '{quoted}';")


def run_alone(cluster: Path, programs: Path, account: ServerAccount, statement: str) -> None:
    """Execute one statement with the server down, which needs no password."""
    finished = account.run(
        programs / "postgres",
        "--single",
        "-c",
        "exit_on_error=on",
        "-D",
        cluster,
        "postgres",
        text=statement + "\n",
    )
    if finished.returncode != 0:
        raise DatabaseUnavailableError(
            f"PostgreSQL could not prepare its database in {cluster}; mend what it complains of and start "
            f"again. It said: {finished.stdout.strip()}"
        )


def _hand_over(password: str, path: Path, account: ServerAccount) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(password + "\n")
    account.give(path)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
