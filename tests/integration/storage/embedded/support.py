"""Leases in other processes, and questions to the server."""

import os
import secrets
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import psycopg2
import pytest
import sqlalchemy as sa

from services.storage.embedded import EmbeddedPostgres
from services.storage.embedded.home import recorded_home
from tests.patience import patience

ROOT = Path(__file__).resolve().parents[4]
IS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root runs the server as somebody else")

HOLDER = """
import os, sys, time
from pathlib import Path
from services.storage.embedded import EmbeddedPostgres

postgres = EmbeddedPostgres(Path(sys.argv[1]))
url = postgres.acquire()
child = 0
if "fork" in sys.argv:
    done, tell = os.pipe()
    child = os.fork()
    if child == 0:
        postgres.release()
        os.write(tell, b".")
        time.sleep(60)
        os._exit(0)
    os.read(done, 1)
print(url, postgres.pid, child, flush=True)
sys.stdin.readline()
postgres.release()
"""


class Holder:
    """Another process with a lease, or on its way to one."""

    def __init__(self, data_dir, *arguments, **options):
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(data_dir), *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            **options,
        )

    def wait(self):
        url, pid, child = self.process.stdout.readline().split()
        self.url, self.pid, self.child = url, int(pid), int(child)
        return self

    def release(self):
        self.process.communicate("\n", timeout=30)
        assert self.process.returncode == 0

    def kill(self):
        self.process.kill()
        self.process.communicate()


@contextmanager
def destroyed_afterwards(folder):
    try:
        yield folder
    finally:
        EmbeddedPostgres(folder).destroy()


def connect(url, **changes):
    parts = sa.make_url(url)
    wanted = {"user": parts.username, "password": parts.password, "dbname": parts.database}
    return psycopg2.connect(host=parts.host, port=parts.port, **(wanted | changes))


def ask(url, statement):
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def keep_a_row(url):
    table = f"kept_{secrets.token_hex(4)}"
    ask(url, f"create table {table} as select 7 as number")
    return table


def is_kept(url, table):
    return ask(url, f"select number from {table}") == [(7,)]


def is_gone(pid):
    """Whether the process ends; a zombie has ended, however late its parent notices."""
    deadline = time.monotonic() + patience(10)
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


def password_file(data_dir):
    return data_dir / "postgres" / "password"


def home_of(data_dir):
    return recorded_home(data_dir / "postgres")
