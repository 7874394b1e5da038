"""The database dies, hangs and comes back; the web process goes on."""

import os
import signal
import time
from dataclasses import replace

import pytest

from app.web import create_app
from models.domain.users import Role
from models.tables import metadata
from services.storage.embedded import EmbeddedPostgres
from services.storage.engine import open_engine
from services.storage.revisions import bump_revision
from tests.integration.web.conftest import PASSWORD, PROD, SITE, make_services
from tests.patience import patience

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path):
    """A database server that a test may kill."""
    postgres = EmbeddedPostgres(tmp_path)
    postgres.url = postgres.acquire()
    yield postgres
    postgres.ensure_running()
    postgres.destroy()


@pytest.fixture
def services(server, clock):
    engine = open_engine(server.url)
    metadata.create_all(engine)
    services = make_services(engine, clock)
    services.accounts.add("ada", PASSWORD, Role.ADMIN)
    yield services
    services.revision.stop()
    services.health.stop()
    engine.dispose()


def kill(server):
    os.kill(server.pid, signal.SIGQUIT)


def health(client):
    began = time.perf_counter()
    answer = client.get("/health", base_url=SITE)
    # Far below any time-out of the database: the answer did not wait for it.
    assert time.perf_counter() - began < 1.0
    return answer


@pytest.fixture
def client(services):
    return create_app(PROD, services).test_client()


def test_health_tells_of_a_dead_database_and_of_its_return(client, server, eventually):
    assert health(client).status_code == 200
    kill(server)
    eventually(lambda: health(client).status_code == 503)
    assert health(client).json == {"status": "unhealthy", "reasons": ["The database cannot be reached."]}
    server.ensure_running()
    eventually(lambda: health(client).status_code == 200)


def test_the_first_answers_are_quick_without_a_database(client, server, eventually):
    kill(server)
    eventually(lambda: health(client).status_code == 503)


def test_health_answers_while_the_database_hangs(client, server, eventually):
    assert health(client).status_code == 200
    processes = [server.pid, *children(server.pid)]
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    try:
        eventually(lambda: health(client).status_code == 503, seconds=10.0)
    finally:
        for pid in processes:
            os.kill(pid, signal.SIGCONT)
    eventually(lambda: health(client).status_code == 200, seconds=15.0)


def test_the_revision_survives_its_database(services, server, eventually):
    watcher = services.revision
    eventually(lambda: watcher.current.database)
    number = watcher.current.number
    kill(server)
    eventually(lambda: not watcher.current.database)
    assert watcher.current.number == number
    server.ensure_running()
    eventually(lambda: watcher.current.database, seconds=10)
    bump(services.engine)
    eventually(lambda: watcher.current.number == number + 1)


def test_changes_are_heard_of_within_a_moment(services, eventually):
    eventually(lambda: services.revision.current.database)
    number = services.revision.current.number
    for step in range(1, 6):
        bump(services.engine)
        eventually(lambda wanted=number + step: services.revision.current.number == wanted, seconds=1.5)


def test_who_is_signed_in_keeps_the_page_and_nobody_else_gets_in(client, services, server, eventually):
    client.post("/login", data={"username": "ada", "password": PASSWORD}, base_url=SITE)
    assert client.get("/signals", base_url=SITE).status_code == 200
    tag = client.get("/api/v1/revision", base_url=SITE).headers["ETag"]
    kill(server)
    eventually(lambda: not services.revision.current.database)
    assert client.get("/signals", base_url=SITE).status_code == 200
    changed = client.get("/api/v1/revision", base_url=SITE, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.json["database"]) == (200, False)
    stranger = create_app(PROD, services).test_client()
    answer = stranger.post("/login", data={"username": "ada", "password": PASSWORD}, base_url=SITE)
    assert answer.status_code == 503
    assert "The database is out of reach" in answer.text
    wrong = stranger.get("/metrics", base_url=SITE, headers={"Authorization": "Bearer nobody"})
    assert wrong.status_code == 503
    right = stranger.get("/metrics", base_url=SITE, headers={"Authorization": f"Bearer {PROD.metrics_token}"})
    assert "glassbox_up 0.0" in right.text
    signed_out = client.post("/logout", base_url=SITE)
    assert signed_out.status_code == 303
    assert client.get("/signals", base_url=SITE).status_code == 302


def test_threads_begin_anew_in_a_forked_process(services):
    number = services.revision.current.number
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            bump(open_engine(services.engine.url.render_as_string(hide_password=False), pooled=False))
            deadline = time.monotonic() + patience(3)
            while services.revision.current.number != number + 1 and time.monotonic() < deadline:
                time.sleep(0.02)
            os.write(writing, b"new" if services.revision.current.number == number + 1 else b"old")
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reading, 3) == b"new"


def test_making_the_application_connects_to_nothing(services):
    nowhere = open_engine("postgresql://nobody@127.0.0.1:9/none")
    create_app(PROD, replace(make_services(nowhere, services.clock), secret_key="k" * 40))


def bump(engine):
    with engine.begin() as connection:
        bump_revision(connection, "data")


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]
