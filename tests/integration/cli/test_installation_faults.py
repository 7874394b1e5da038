"""What is wrong with the installation: one clear message with value and cure, and nothing written."""

import socket

import pytest
from sqlalchemy.engine import make_url

from tests.integration.cli.conftest import one_error
from tests.integration.processes.support import contents, free_port, port_is_free, run_app

pytestmark = pytest.mark.slow

COMMANDS = [("ingest",), ("migrate",), ("export", "bars"), ("users", "list"), ("worker",)]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_server_out_of_reach(call, command):
    url = f"postgresql://glassbox:topsecret@127.0.0.1:{free_port()}/glassbox"
    error = one_error(call(*command, DATABASE_URL=url), 1)
    assert "DATABASE_URL" in error
    assert str(make_url(url).port) in error
    assert "topsecret" not in error


@pytest.mark.parametrize("change", [{"password": "wrong"}, {"database": "nowhere"}, {"username": "nobody"}])
def test_a_server_that_refuses(call, database_url, change):
    url = make_url(database_url).set(**change).render_as_string(hide_password=False)
    error = one_error(call("ingest", DATABASE_URL=url), 1)
    assert "DATABASE_URL" in error
    assert str(make_url(url).password) not in error


@pytest.mark.parametrize(
    "url",
    ["mysql://u:topsecret@host/name", "postgresql://", "nonsense", "postgresql://u:topsecret@host:port/name"],
)
def test_an_address_that_is_none(call, url):
    done = call("ingest", DATABASE_URL=url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "DATABASE_URL" in done.stderr
    assert "postgresql://user:password@host:5432/name" in done.stderr
    assert "topsecret" not in done.stderr


def test_every_wrong_setting_is_told_at_once(call):
    done = call("ingest", DATA_PROVIDER="bloomberg", PORT="http", LOG_LEVEL="loud")
    assert done.returncode == 2
    for name, value, cure in (
        ("DATA_PROVIDER", "bloomberg", "sample"),
        ("PORT", "http", "65535"),
        ("LOG_LEVEL", "loud", "INFO"),
    ):
        (line,) = (line for line in done.stderr.splitlines() if name in line)
        assert value in line
        assert cure in line


def test_an_unknown_provider_touches_nothing(call, filled_url):
    before = contents(filled_url)
    assert call("ingest", DATABASE_URL=filled_url, DATA_PROVIDER="bloomberg").returncode == 2
    assert contents(filled_url) == before


@pytest.mark.parametrize("where", ["a file/var", "a file"])
def test_a_data_dir_that_cannot_be(call, filled_url, tmp_path, where):
    (tmp_path / "a file").touch()
    before = contents(filled_url)
    folder = tmp_path / where
    error = one_error(call("ingest", DATABASE_URL=filled_url, DATA_DIR=str(folder)), 1)
    assert f"DATA_DIR={folder}" in error
    assert "another folder" in error
    assert contents(filled_url) == before


def test_a_log_that_cannot_be_written(call, filled_url, tmp_path):
    (tmp_path / "logs").touch()
    error = one_error(call("export", "bars", DATABASE_URL=filled_url, DATA_DIR=str(tmp_path)), 1)
    assert str(tmp_path / "logs") in error


def test_a_port_in_use(database_url, tmp_path):
    before = contents(database_url)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run_app("serve", DATABASE_URL=database_url, DATA_DIR=tmp_path, PORT=port)
        assert not port_is_free(port)
    error = one_error(done, 1)
    assert f"{port} on 127.0.0.1" in error
    assert "PORT=" in error
    assert contents(database_url) == before
    assert list(tmp_path.iterdir()) == []


def test_an_address_of_another_machine(tmp_path):
    error = one_error(run_app("serve", HOST="192.0.2.1", PORT=free_port(), DATA_DIR=tmp_path), 1)
    assert "192.0.2.1" in error


def test_production_without_its_secrets(tmp_path):
    done = run_app("serve", APP_ENV="prod", DATA_DIR=tmp_path)
    assert done.returncode == 2
    assert {"SECRET_KEY", "ADMIN_PASSWORD"} <= set(done.stderr.replace(":", " ").split())
