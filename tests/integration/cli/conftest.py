"""The commands as a user types them, against a database of their own."""

import io
import logging
import os
import tempfile
from collections import namedtuple
from contextlib import redirect_stderr, redirect_stdout
from unittest import mock

import pytest
from sqlalchemy.engine import make_url

from app.cli.main import main
from tests.databases import new_database
from tests.integration.processes.support import run_app

Ended = namedtuple("Ended", "returncode stdout stderr")


@pytest.fixture(scope="session")
def filled(server_url):
    """The sample, ingested and scored through the commands. For reading alone."""
    with new_database(server_url) as url, tempfile.TemporaryDirectory() as folder:
        done = [run_app(name, "--json", DATABASE_URL=url, DATA_DIR=folder) for name in ("ingest", "score")]
        assert [one.returncode for one in done] == [0, 0], done
        yield url, done


@pytest.fixture(scope="session")
def filled_url(filled):
    return filled[0]


@pytest.fixture
def own_filled_url(server_url, filled_url):
    """A copy of it to write to."""
    with new_database(server_url, make_url(filled_url).database) as url:
        yield url


@pytest.fixture(scope="module")
def call(tmp_path_factory):
    """Run a command in this process, which takes a tenth of the time; return status, output and errors."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    folder = tmp_path_factory.mktemp("data")

    def run(*arguments, stdin="", **settings):
        given = {"DATA_DIR": str(folder), "DATA_PROVIDER": "sample", **settings}
        output, errors = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, given),
            mock.patch("sys.stdin", io.StringIO(stdin)),
            redirect_stdout(output),
            redirect_stderr(errors),
            pytest.raises(SystemExit) as end,
        ):
            main(arguments)
        for handler in set(root.handlers) - set(handlers):
            handler.close()
        root.handlers[:], root.level = handlers, level
        return Ended(end.value.code or 0, output.getvalue(), errors.getvalue())

    return run


@pytest.fixture
def app(tmp_path):
    """Run a command with DATA_DIR in a folder of this test."""

    def run(*arguments, url, **options):
        return run_app(*arguments, **{"DATABASE_URL": url, "DATA_DIR": tmp_path, **options})

    return run


def one_error(done, status):
    """Return the one line that a failed command prints; there is nothing on standard output."""
    assert done.returncode == status, done
    assert done.stdout == "", done
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("error: ")
    return done.stderr
