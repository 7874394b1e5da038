"""Databases of a test's own, on the run's one server."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.engine import make_url

from services.storage.engine import open_engine

TEMPLATE = "glassbox_template"
_numbers = itertools.count()


def url_of(server_url: str, name: str) -> str:
    """Return the address of one database of a server."""
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def new_database(server_url: str, template: str | None = TEMPLATE) -> Iterator[str]:
    """Make a database for the block, migrated or like another, and yield its address."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    like = f" TEMPLATE {template}" if template else ""
    admin = open_engine(server_url, pooled=False).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        # One copy at a time, over parallel test processes too; the lock ends with the connection.
        connection.execute(text("SELECT pg_advisory_lock(2)"))
        connection.execute(text(f"CREATE DATABASE {name}{like}"))
    try:
        yield url_of(server_url, name)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
