"""The schema that migrations make is the one that the program expects."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from models.domain.errors import DatabaseUnavailableError
from models.tables import metadata
from services.storage import migrations
from services.storage.engine import open_engine
from services.storage.migrations import alembic_config, migrate
from tests.databases import new_database
from tests.integration.processes.support import ask, running

HEAD = ScriptDirectory.from_config(alembic_config()).get_current_head()
MIGRATE = """
import sys
from services.storage.engine import open_engine
from services.storage.migrations import migrate
sys.stdin.readline()
print(*migrate(open_engine(sys.argv[1], pooled=False)))
"""


@pytest.fixture
def empty_url(server_url):
    """A database without a schema."""
    with new_database(server_url, template=None) as url:
        yield url


def differences(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return compare_metadata(context, metadata)


# What compare_metadata does not look at: conditions, expressions, checks, sequences.
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
CONSTRAINTS = """
    SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 'alembic_version'::regclass"""
SEQUENCES = "SELECT sequencename || data_type FROM pg_sequences WHERE schemaname = 'public'"
COLUMNS = """
    SELECT table_name || '.' || column_name || ' ' || data_type || coalesce(column_default, '')
        || is_nullable || is_identity
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'"""
CATALOGUE = (INDEXES, CONSTRAINTS, SEQUENCES, COLUMNS)


def catalogue(url):
    return [sorted(value for (value,) in ask(url, query)) for query in CATALOGUE]


def test_migrations_make_what_the_tables_say(engine):
    assert differences(engine) == []


def test_conditions_checks_and_sequences_are_the_same_too(database_url, empty_url):
    by_migration = catalogue(database_url)
    ask(empty_url, "CREATE TABLE alembic_version (version_num varchar(32))")
    metadata.create_all(open_engine(empty_url, pooled=False))
    assert by_migration == catalogue(empty_url)
    assert any("fencing_tokens" in name for name in by_migration[2])


def test_from_nothing_and_again(empty_url):
    engine = open_engine(empty_url, pooled=False)
    assert migrate(engine) == (None, HEAD)
    assert migrate(engine) == (HEAD, HEAD)


def test_two_processes_at_once(empty_url):
    command_line = [sys.executable, "-c", MIGRATE, empty_url]
    pipes = {"stdin": -1, "stdout": -1, "stderr": -1, "text": True}
    with running(command_line, **pipes) as one, running(command_line, **pipes) as other:
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda process: process.communicate("\n", timeout=60), (one, other)))
        assert sorted(output.split() for output, _ in answers) == [[HEAD, HEAD], ["None", HEAD]], answers
    assert differences(open_engine(empty_url, pooled=False)) == []


def test_a_schema_of_a_later_version_is_refused_and_left_alone(engine, database_url):
    ask(database_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseUnavailableError, match=r"9999.*DATABASE_URL"):
        migrate(engine)
    assert ask(database_url, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_all_the_way_down_and_up_again(engine, database_url):
    config = alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    assert ask(database_url, "SELECT count(*) FROM pg_sequences") == [(0,)]
    assert migrate(engine) == (None, HEAD)
    assert differences(engine) == []


def test_who_waits_too_long_for_another_migration_says_so(engine, monkeypatch):
    monkeypatch.setattr(migrations, "_LOCK_WAIT_SECONDS", 0.3)
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": migrations._LOCK_KEY})
        with pytest.raises(DatabaseUnavailableError, match="pg_stat_activity"):
            migrate(engine)
