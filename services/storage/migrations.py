"""The schema, brought up to date under a lock."""

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, select

from models.domain.errors import DatabaseUnavailableError
from services.storage.engine import database_errors

_FOLDER = Path(__file__).resolve().parents[2] / "migrations"
_LOCK_KEY = 0x67627363686D  # one migration at a time, whoever starts it
_LOCK_WAIT_SECONDS = 60.0


def alembic_config() -> Config:
    """Return Alembic's configuration; it has no file of its own."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config


def migrate(engine: Engine) -> tuple[str | None, str]:
    """Bring the schema to the newest revision; return the one found and the one reached.

    Raises
    ------
    DatabaseUnavailableError
        If PostgreSQL cannot be reached, or its schema is newer than this program.
    """
    config = alembic_config()
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    if head is None:
        raise DatabaseUnavailableError(f"No migrations in {_FOLDER}: the installation is incomplete")
    with database_errors(engine), engine.begin() as connection:
        _wait_for_lock(connection)
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
            raise DatabaseUnavailableError(
                f"The database's schema {current} is unknown to this program: run the version that made it, "
                "or name another DATABASE_URL"
            )
        if current != head:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    return current, head


def _wait_for_lock(connection: Connection) -> None:
    deadline = time.monotonic() + _LOCK_WAIT_SECONDS
    while not connection.execute(select(func.pg_try_advisory_xact_lock(_LOCK_KEY))).scalar_one():
        if time.monotonic() > deadline:
            raise DatabaseUnavailableError(
                f"Another process has been migrating the schema for over {_LOCK_WAIT_SECONDS:.0f} s; "
                "look for it in pg_stat_activity"
            )
        time.sleep(0.1)
