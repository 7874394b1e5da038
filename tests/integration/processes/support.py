"""What tests of whole processes share: start, wait, count, ask, end."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil
from sqlalchemy import text

from models.domain.jobs import JobName, JobState
from services.storage.engine import open_engine
from services.storage.migrations import migrate
from services.storage.unit_of_work import SqlUnitOfWork
from tests.patience import wait_until

measured = logging.getLogger("measured").info  # shown by --log-cli-level=INFO
ROOT = Path(__file__).resolve().parents[3]
SETTINGS = ("APP_ENV", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DATA_PROVIDER", "DATA_PATH", "BENCHMARK")
SETTINGS += ("UNIVERSE", "DATA_DIR", "LOG_LEVEL", "LOG_FORMAT", "ADMIN_PASSWORD", "METRICS_TOKEN")


def environment(**settings):
    """This process's environment with these settings, the sample unless they say otherwise, and no others."""
    outside = {name: value for name, value in os.environ.items() if name not in {*SETTINGS, "HOST", "PORT"}}
    return outside | {"DATA_PROVIDER": "sample"} | {name: str(value) for name, value in settings.items()}


def app_command(*arguments):
    return [sys.executable, "-m", "app", *map(str, arguments)]


def run_app(*arguments, stdin="", timeout=60, **settings):
    """Run a command to its end."""
    return subprocess.run(
        app_command(*arguments),
        cwd=ROOT,
        env=environment(**settings),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@contextmanager
def running(command, **options):
    """Keep a process for the block; whatever of it and its children is left is killed."""
    process = subprocess.Popen(command, cwd=ROOT, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            # Stopped first, so that it starts nobody anew while its children are killed.
            process.send_signal(signal.SIGSTOP)
            family = psutil.Process(process.pid).children(recursive=True)
            for member in family:
                with suppress(psutil.NoSuchProcess):
                    member.kill()
            process.kill()
            wait_until(lambda: not any(is_alive(member.pid) for member in family), 10, "the children's end")
        process.communicate()


def without_first_training(url):
    """Have the worker believe that the training it would begin by itself was cancelled: it takes minutes."""
    engine = open_engine(url, pooled=False)
    migrate(engine)
    with SqlUnitOfWork(engine) as work:
        work.jobs.enqueue(JobName.TRAIN_MODELS, datetime(2000, 1, 1, tzinfo=UTC), state=JobState.CANCELLED)
        work.commit()
    engine.dispose()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def is_alive(pid):
    """Whether the process runs; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def fetch(url, timeout=3.0, **headers):
    """Return status and body; status 0 where nobody answers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def fetch_json(url):
    status, body = fetch(url)
    return json.loads(body) if status == 200 else None


def ask(database_url, query):
    """Run one statement on a connection of its own and return the rows."""
    engine = open_engine(database_url, pooled=False)
    with engine.begin() as connection:
        result = connection.execute(text(query))
        return [tuple(row) for row in result] if result.returns_rows else []


CONTENTS = ("datasets", "instruments", "bars", "bar_versions", "events", "indicators", "signals", "job_runs")


def contents(database_url):
    """How many rows each table holds and when each was last written, to tell an untouched database."""
    counts = ", ".join(f"(SELECT count(*) FROM {name})" for name in CONTENTS)
    newest = ", ".join(f"(SELECT max(xmin::text::bigint) FROM {name})" for name in CONTENTS)
    return ask(database_url, f"SELECT {counts}, {newest}")
