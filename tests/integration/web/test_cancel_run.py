"""The callback that cancels a run, as a page sends it and as anybody could forge it."""

import json

import pytest

from models.domain.jobs import JobName
from services.storage.unit_of_work import SqlUnitOfWork
from tests.integration.processes.support import ask

OUTPUTS = (
    ("job-dialog", "is_open"),
    ("job-question", "children"),
    ("job-asked", "data"),
    ("job-note", "children"),
)
STATE = "SELECT state, cancel_requested FROM job_runs"


@pytest.fixture
def run_id(engine, clock):
    with SqlUnitOfWork(engine) as work:
        found = work.jobs.enqueue(JobName.INGEST_BARS, clock.now())
        work.jobs.claim("worker:test:1", clock.now())
        work.commit()
    return found


def click(client, run_id, site=None):
    """Send what the page sends when the dialog's answer is to cancel."""
    given = [
        (name, "n_clicks", 1 if name == "job-stop" else None)
        for name in ("job-cancel", "job-keep", "job-stop")
    ]
    known = {"id": run_id, "title": "Ingesting prices"}
    body = {
        "output": f"..{'...'.join('.'.join(output) for output in OUTPUTS)}..",
        "outputs": [{"id": name, "property": prop} for name, prop in OUTPUTS],
        "inputs": [{"id": name, "property": prop, "value": value} for name, prop, value in given],
        "state": [{"id": name, "property": "data", "value": known} for name in ("job-run", "job-asked")],
        "changedPropIds": ["job-stop.n_clicks"],
    }
    return client.post("/_dash-update-component", data=json.dumps(body), content_type="application/json")


def note(answer):
    return answer.get_json()["response"]["job-note"]["children"]


def test_an_administrator_cancels_and_it_is_written_down(signed_in, run_id, database_url):
    answer = click(signed_in("ada"), run_id)
    assert (answer.status_code, note(answer)) == (200, "Asked to stop.")
    assert ask(database_url, STATE) == [("running", True)]
    query = "SELECT actor, subject, address FROM audit_log WHERE action = 'job_cancel'"
    assert ask(database_url, query) == [("ada", str(run_id), "127.0.0.1")]


def test_a_viewer_is_refused_in_words(signed_in, run_id, database_url):
    answer = click(signed_in("vera"), run_id)
    assert note(answer).startswith("Not cancelled. This needs the role admin")
    assert ask(database_url, STATE) == [("running", False)]


def test_a_guest_of_a_development_site_is_refused_in_words(dev, run_id, database_url):
    assert note(click(dev, run_id)).startswith("Not cancelled. This needs the role admin")
    assert ask(database_url, STATE) == [("running", False)]


def test_nobody_in_production_gets_an_answer(prod, run_id, database_url):
    assert click(prod, run_id).status_code == 401
    assert ask(database_url, STATE) == [("running", False)]


@pytest.mark.parametrize(("username", "has_button"), [("ada", True), ("vera", False)])
def test_only_administrators_get_a_button(signed_in, username, has_button):
    layout = signed_in(username).get("/_dash-layout").get_data(as_text=True)
    assert ('"job-cancel"' in layout) is has_button
    assert ('"job-dialog"' in layout) is has_button
    assert '"job-line"' in layout


def test_guests_get_no_button(dev):
    assert '"job-cancel"' not in dev.get("/_dash-layout").get_data(as_text=True)
