"""``serve`` from its first start on: what is killed comes back, and nothing is lost or doubled."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from sqlalchemy.exc import OperationalError

from tests.integration.processes.conftest import Service
from tests.integration.processes.support import ROOT, is_alive, measured, run_app
from tests.patience import patience, wait_until

pytestmark = pytest.mark.slow
FIRST_SECONDS, BACK_SECONDS = 30.0, 10.0
HEAVY = ("torch", "shap", "yfinance", "pandas_ta_classic", "apscheduler")


@pytest.fixture(scope="module")
def service(data_dir):
    with Service(data_dir).running() as started:
        yield started


def test_the_first_start_serves_scored_signals(service):
    measured("first start: %.1f s", service.wait_until_healthy(FIRST_SECONDS))
    found = service.signals()
    assert sorted(found) == ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
    for symbol in ("AAPL", "GOOG", "IBM", "MSFT"):
        assert found[symbol]["session"] == "2013-03-01"
        assert 0 <= found[symbol]["confluence"] <= 1
        assert found[symbol]["reason"] == ""
    assert found["FB"]["confluence"] is None
    assert "196 of 200" in found["FB"]["reason"]


def test_the_process_file_names_who_runs(service):
    processes = service.processes()
    assert list(processes) == ["serve", "database", "worker", "web"]
    assert processes["serve"] == service.process.pid
    assert psutil.Process(processes["database"]).name() == "postgres"
    for name in ("worker", "web"):
        assert psutil.Process(processes[name]).cmdline()[2:4] == ["app", name]


def test_the_web_process_stays_small(service):
    for _ in range(5):
        assert service.callbacks() >= 3
        for path in ("/", "/signals", "/_dash-layout", "/api/v1/revision", "/health/detailed"):
            assert service.page(path) in {200, 401}, path
    child = psutil.Process(service.web_child())
    megabytes = child.memory_info().rss / 2**20
    measured("web process: %.0f MB", megabytes)
    assert megabytes < 250
    # Whatever way a library is loaded, its files show among what is mapped.
    mapped = {entry.path for entry in child.memory_maps()}
    assert not [path for path in mapped for name in HEAVY if f"/{name}/" in path or f"lib{name}" in path]


def test_importing_the_web_application_brings_nothing_heavy():
    found = subprocess.run(
        [sys.executable, "-c", "import app.web, app.server, app.web_services, sys; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not set(HEAVY) & set(found)


def test_a_second_serve_on_the_port_is_refused_and_harms_nobody(service, tmp_path):
    before = service.processes()
    done = run_app("serve", DATA_DIR=tmp_path, PORT=service.port)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"Port {service.port}" in done.stderr
    assert service.processes() == before
    assert service.is_healthy()


def test_commands_work_beside_it(service):
    done = run_app("ingest", "--json", DATA_DIR=service.data_dir)
    assert done.returncode == 0, done
    assert '"rows_written": 0' in done.stdout
    assert service.is_healthy()


LAST_RUN = "SELECT max(id) FROM job_runs"
VICTIMS = {
    "worker": lambda service: service.processes()["worker"],
    "web": lambda service: service.processes()["web"],
    "web child": Service.web_child,
    "database": lambda service: service.processes()["database"],
}


@pytest.mark.parametrize("victim", VICTIMS)
def test_who_is_killed_comes_back(service, victim):
    wait_until(service.is_quiet, 20, "an empty queue")
    before, ((last_run,),), token = service.counts(), service.ask(LAST_RUN), leader_token(service)
    pid = VICTIMS[victim](service)
    begun = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), 5, "the end")
    wait_until(lambda: VICTIMS[victim](service) not in {None, pid}, BACK_SECONDS, "another process")
    loses_the_lead = victim in {"worker", "database"}
    if loses_the_lead:
        wait_until(lambda: leader_token(service) > token, BACK_SECONDS, "a new leader")
    service.wait_until_healthy(BACK_SECONDS)
    seconds = time.monotonic() - begun
    measured("%s: back after %.1f s", victim, seconds)
    assert seconds < patience(BACK_SECONDS)
    if loses_the_lead:  # a new leader asks for the whole chain
        wait_until(lambda: service.ask(LAST_RUN)[0][0] >= last_run + 2, 10, "both jobs")
    wait_until(service.is_quiet, 20, "an empty queue")
    assert service.counts() == before
    doubles = "SELECT count(*) - count(DISTINCT (job, scheduled_for)) FROM job_runs WHERE state = 'succeeded'"
    assert service.ask(doubles) == [(0,)]
    states = f"SELECT DISTINCT state, rows_written FROM job_runs WHERE id > {last_run}"
    assert set(service.ask(states)) <= {("succeeded", 0)}
    assert len(service.signals()) == 5


def leader_token(service):
    """Return the newest leader's token, 0 while the database is out of reach."""
    try:
        return service.ask("SELECT token FROM leadership")[0][0]
    except OperationalError:
        return 0


def test_a_worker_killed_in_mid_run_loses_and_doubles_nothing(service):
    """All is ingested and scored anew; the worker dies as soon as something is being written."""
    wait_until(service.is_quiet, 20, "an empty queue")
    before = service.counts()
    service.ask("TRUNCATE bars, events, indicators, signals")
    service.ask(
        "INSERT INTO job_runs (job, scheduled_for, attempt, state, requested_by) "
        "VALUES ('ingest_bars', now(), 1, 'queued', 'schedule') RETURNING id"
    )
    running = "SELECT id FROM job_runs WHERE state = 'running' AND job = '{}'"
    for job in ("ingest_bars", "score_indicators"):
        wait_until(lambda job=job: service.ask(running.format(job)), 15, job)
        time.sleep(0.1)
        os.kill(service.processes()["worker"], signal.SIGKILL)
    done = "SELECT count(*) FROM job_runs WHERE attempt = 2 AND state = 'succeeded'"
    wait_until(lambda: service.ask(done)[0][0] >= 1 and service.is_quiet(), 30, "second attempts")
    assert service.counts() == before
    service.wait_until_healthy()
