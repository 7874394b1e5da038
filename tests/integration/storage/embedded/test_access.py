"""Who reaches the server: by password, by network, by inheritance."""

import os
import socket
import stat
from pathlib import Path

import psutil
import psycopg2
import pytest
import sqlalchemy as sa

from tests.integration.storage.embedded.support import (
    ask,
    connect,
    home_of,
    is_kept,
    keep_a_row,
    password_file,
)

pytestmark = pytest.mark.slow


def test_wrong_password_is_refused_for_every_database(postgres):
    url = postgres.acquire()
    for database in ("glassbox", "postgres", "template1"):
        for password in ("", "wrong"):
            with pytest.raises(psycopg2.OperationalError, match="password"):
                connect(url, password=password, dbname=database)
    methods = ask(url, "select distinct auth_method from pg_hba_file_rules")
    assert methods == [("scram-sha-256",)]
    stored = ask(url, "select rolpassword from pg_authid where rolname = 'glassbox'")
    assert stored[0][0].startswith("SCRAM-SHA-256$")


def test_password_is_for_us_alone_and_left_nowhere_else(postgres, data_dir):
    url = postgres.acquire()
    path = password_file(data_dir)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    password = sa.make_url(url).password
    assert path.read_text() == password
    assert len(password) >= 32
    for folder in {data_dir / "postgres", home_of(data_dir)}:
        assert not [name for name in os.listdir(folder) if ".new-" in name]
    command_lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    assert not [line for line in command_lines if password in line]


def test_lost_password_is_replaced_and_the_rows_stay(postgres, data_dir):
    kept = keep_a_row(postgres.acquire())
    old = password_file(data_dir).read_text()
    postgres.release()
    password_file(data_dir).unlink()
    url = postgres.acquire()
    assert password_file(data_dir).read_text() != old
    assert is_kept(url, kept)


def test_listens_on_the_loopback_address_only(postgres):
    url = postgres.acquire()
    port = sa.make_url(url).port
    addresses = [
        (address.family, address.address)
        for interface in psutil.net_if_addrs().values()
        for address in interface
        if address.family in {socket.AF_INET, socket.AF_INET6} and address.address != "127.0.0.1"
    ]
    for family, address in [*addresses, (socket.AF_INET, "127.0.0.2")]:
        with socket.socket(family, socket.SOCK_STREAM) as client:
            client.settimeout(2)
            assert client.connect_ex((address, port)) != 0, address
    assert ask(url, "show listen_addresses") == [("127.0.0.1",)]
    assert ask(url, "show unix_socket_directories") == [("",)]


def test_server_is_out_of_the_terminals_reach_and_inherits_no_lease(postgres, data_dir):
    postgres.acquire()
    assert os.getsid(postgres.pid) != os.getsid(0)
    try:
        inherited = {Path(file.path).name for file in psutil.Process(postgres.pid).open_files()}
    except psutil.AccessDenied:
        pytest.skip("without CAP_SYS_PTRACE root cannot see another user's open files")
    assert "alive.lock" in inherited
    assert not inherited & {"lease.lock", "control.lock"}
