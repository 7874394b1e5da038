"""Real workers, killed and stopped: somebody else leads at once, and the old leader does no harm."""

import os
import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta

import pytest

from tests.integration.processes.support import ask, measured, running
from tests.patience import wait_until

pytestmark = pytest.mark.slow
LEAD_SECONDS = 5.0


@pytest.fixture
def workers(database_url, tmp_path):
    """Start workers of one mode against one database."""
    with ExitStack() as stack:

        def start(mode="plain"):
            command = [sys.executable, "-m", "tests.integration.jobs.second_worker"]
            process = stack.enter_context(running([*command, database_url, str(tmp_path), mode], stderr=-3))
            wait_until(lambda: (process.pid, "up") in notes(tmp_path), 20, "a worker")
            return process

        yield start


def notes(folder):
    """What the workers noted: process and words."""
    path = folder / "log"
    lines = path.read_text().splitlines() if path.exists() else []
    return [(int(number), words) for number, words in (line.split(" ", 1) for line in lines)]


def leader(url):
    """Process and token of who leads now."""
    rows = ask(url, "SELECT owner, token FROM leadership WHERE heartbeat_at > now() - interval '2 s'")
    return (int(rows[0][0].rsplit(":", 1)[1]), rows[0][1]) if rows else None


def new_leader(url, process, what):
    """Wait until this process leads; return its token and the seconds that it took."""
    (_, token), seconds = wait_until(
        lambda: (found := leader(url)) and found[0] == process.pid and found, LEAD_SECONDS, what
    )
    return token, seconds


def first_leader(url, process):
    found, _ = wait_until(lambda: (now := leader(url)) and now[0] == process.pid and now, 20, "a leader")
    return found[1]


def run_states(url):
    return ask(url, "SELECT job, attempt, state FROM job_runs ORDER BY id")


def queue(url, job):
    ask(
        url,
        "INSERT INTO job_runs (job, scheduled_for, attempt, state, requested_by) "
        f"VALUES ('{job}', now(), 1, 'queued', 'test') RETURNING id",
    )


def test_one_of_two_leads_and_a_killed_leader_is_replaced(workers, database_url):
    one = workers()
    token = first_leader(database_url, one)
    other = workers()
    time.sleep(1.5)
    assert leader(database_url) == (one.pid, token)
    one.kill()
    new_token, seconds = new_leader(database_url, other, "lead after kill -9")
    measured("lead after kill -9: %.1f s", seconds)
    assert new_token > token


@pytest.mark.parametrize("where", ["outside", "inside"])
def test_a_leader_stopped_in_mid_run_is_replaced_and_its_commit_refused(
    workers, database_url, tmp_path, where
):
    hold = tmp_path / "hold"
    hold.touch()
    one = workers(where)
    wait_until(lambda: (one.pid, "wrote" if where == "inside" else "ingest") in notes(tmp_path), 20, "a run")
    token = leader(database_url)[1]
    other = workers(where)
    os.kill(one.pid, signal.SIGSTOP)
    new_token, seconds = new_leader(database_url, other, "lead after SIGSTOP")
    measured("lead after SIGSTOP: %.1f s", seconds)
    assert new_token > token
    # The new leader's attempt needs what the stopped process holds locked, if it holds anything.
    hold.unlink()
    wait_until(lambda: ("ingest_bars", 2, "succeeded") in run_states(database_url), 8, "the second attempt")
    os.kill(one.pid, signal.SIGCONT)
    refusals = {(one.pid, f"refused {name}") for name in ("FencedError", "DatabaseUnavailableError")}
    wait_until(lambda: refusals.intersection(notes(tmp_path)), 5, "the refusal")
    time.sleep(1.5)
    assert leader(database_url) == (other.pid, new_token)
    assert ask(database_url, "SELECT label FROM datasets") == [(str(other.pid),)]
    assert (one.pid, "committed") not in notes(tmp_path)
    assert run_states(database_url)[:2] == [("ingest_bars", 1, "failed"), ("ingest_bars", 2, "succeeded")]
    assert "running" not in {state for _, _, state in run_states(database_url)}


def test_a_leader_that_was_stopped_while_idle_runs_nothing_when_it_wakes(workers, database_url, tmp_path):
    one = workers("outside")
    wait_until(lambda: (one.pid, "committed") in notes(tmp_path), 20, "the first run")
    other = workers("outside")
    os.kill(one.pid, signal.SIGSTOP)
    (tmp_path / "hold").touch()  # the new leader's own first run keeps it busy
    new_leader(database_url, other, "lead after SIGSTOP")
    wait_until(lambda: (other.pid, "ingest") in notes(tmp_path), 5, "the new leader's run")
    queue(database_url, "score_indicators")
    os.kill(one.pid, signal.SIGCONT)
    time.sleep(2.5)
    assert ("score_indicators", 1, "queued") in run_states(database_url)
    (tmp_path / "hold").unlink()
    wait_until(lambda: ("score_indicators", 1, "succeeded") in run_states(database_url), 5, "the queued run")
    assert [pid for pid, words in notes(tmp_path) if words == "score"] == [other.pid]


def test_three_workers_run_each_tick_once(workers, database_url, tmp_path):
    processes = [workers("every-second") for _ in range(3)]
    count = "SELECT count(*) FROM job_runs WHERE state = 'succeeded' AND requested_by = 'schedule'"
    wait_until(lambda: ask(database_url, count)[0][0] >= 5, 20, "five ticks")
    for process in processes:
        process.terminate()
    for process in processes:
        assert process.wait(10) == 0
    runs = ask(
        database_url,
        "SELECT scheduled_for, owner, attempt FROM job_runs WHERE requested_by = 'schedule' "
        "AND state = 'succeeded' ORDER BY 1",
    )
    times = [moment for moment, _, _ in runs]
    assert times == [times[0] + timedelta(seconds=step) for step in range(len(times))]
    assert {attempt for _, _, attempt in runs} == {1}
    ran = Counter(words for _, words in notes(tmp_path))
    assert (
        ran["ingest"]
        == ran["committed"]
        == ask(database_url, "SELECT count(*) FROM job_runs WHERE state = 'succeeded'")[0][0]
    )


def test_a_worker_that_is_asked_to_end_makes_room_at_once(workers, database_url):
    one = workers()
    first_leader(database_url, one)
    other = workers()
    one.terminate()
    assert one.wait(5) == 0
    new_leader(database_url, other, "lead after SIGTERM")
