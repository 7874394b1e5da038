"""What every command needs before it can work: a folder to write to and a database with its schema."""

import errno
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from app.clock import SystemClock
from models.domain.errors import DatabaseFullError, DatabaseUnavailableError, OperatorError
from models.domain.settings import Settings
from services.storage.embedded import EmbeddedPostgres
from services.storage.engine import open_engine
from services.storage.migrations import migrate

_PROBE_BYTES = 4096
# PostgreSQL ends where it finds no place for the next file of its log, which has 16 MB.
_LEAST_FREE_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Database:
    """A reachable database. ``embedded`` is None where DATABASE_URL names one."""

    url: str
    embedded: EmbeddedPostgres | None
    schema_before: str | None
    schema: str

    def engine(self, *, pooled: bool = True, statement_timeout_s: int | None = None) -> Engine:
        """Open connections to it."""
        return open_engine(self.url, pooled=pooled, statement_timeout_s=statement_timeout_s)


def prepare_data_dir(settings: Settings) -> Path:
    """Make DATA_DIR and write something there for a moment: a full disk makes empty files still.

    Raises
    ------
    OperatorError
        If it cannot be made or written to.
    """
    folder = settings.data_dir
    try:
        for place in (folder, folder / "logs"):
            place.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=place, buffering=0) as probe:
                probe.write(bytes(_PROBE_BYTES))
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise OperatorError(
                f"DATA_DIR={folder} cannot be written to: its disk is full ({error.strerror}). Free space "
                "there and try again, or set DATA_DIR to another folder; what is stored is kept"
            ) from error
        raise OperatorError(
            f"DATA_DIR={folder} cannot be written to ({error.strerror}: {error.filename}): "
            "make it writable for this user or set DATA_DIR to another folder"
        ) from error
    return folder


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Start or join the database, bring its schema up to date, and give it back afterwards.

    Raises
    ------
    DatabaseUnavailableError
        If it cannot be started or reached.
    OperatorError
        If DATA_DIR cannot be written to.
    """
    folder = prepare_data_dir(settings)
    embedded = None if settings.database_url else EmbeddedPostgres(folder)
    try:
        url = settings.database_url or (embedded.acquire() if embedded else "")
        engine = open_engine(url, pooled=False)
        before, after = migrate(engine)
        yield Database(url, embedded, before, after)
    except DatabaseUnavailableError as error:
        if not isinstance(error, DatabaseFullError):
            _refuse_full_disk(embedded, error)
        raise
    finally:
        if embedded is not None:
            embedded.release()


def _refuse_full_disk(embedded: EmbeddedPostgres | None, error: DatabaseUnavailableError) -> None:
    """Name the full disk where that is why PostgreSQL ended or does not start: it gives up without a word."""
    free = embedded.free_bytes if embedded is not None else None
    if free is not None and free < _LEAST_FREE_BYTES:
        raise DatabaseFullError(
            f"The disk of the database is full ({free / 2**20:.0f} MB left), so PostgreSQL cannot go on. "
            f"Free space there and try again; what is stored is kept. ({error})"
        ) from error


def session_secret(settings: Settings) -> str:
    """Return SECRET_KEY, or one made once and kept in DATA_DIR with mode 600."""
    if settings.secret_key is not None:
        return settings.secret_key
    path = settings.data_dir / "secret_key"
    if not path.exists():
        handle, name = tempfile.mkstemp(dir=settings.data_dir)  # mode 600
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(name, path)  # the first of two processes wins, and both then read the same
        except FileExistsError:
            pass
        finally:
            os.unlink(name)
    return path.read_text(encoding="ascii")


CLOCK = SystemClock()
