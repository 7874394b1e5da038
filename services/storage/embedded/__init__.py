"""A PostgreSQL server of the application's own, run from the binaries inside a wheel."""

from services.storage.embedded.postgres import EmbeddedPostgres

__all__ = ["EmbeddedPostgres"]
