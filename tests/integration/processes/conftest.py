"""One running ``serve``, and what tests look at in it."""

import json
import time
import urllib.request
from contextlib import contextmanager
from urllib.parse import quote

import psutil
import pytest

from models.domain.errors import DatabaseUnavailableError
from services.storage.embedded import EmbeddedPostgres
from tests.integration.processes.support import (
    app_command,
    ask,
    environment,
    fetch,
    fetch_json,
    free_port,
    running,
    wait_until,
    without_first_training,
)

TABLES = ("bars", "bar_versions", "events", "indicators", "signals", "signal_versions")
COUNTS = ", ".join(f"(SELECT count(*) FROM {name})" for name in TABLES)


class Service:
    """A ``serve`` on a free port, with its data in a folder."""

    def __init__(self, data_dir):
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    @contextmanager
    def running(self):
        settings = environment(DATA_DIR=self.data_dir, PORT=self.port, DATA_PROVIDER="sample")
        output = (self.data_dir / "output").open("a")
        with output, running(app_command("serve"), env=settings, stdout=output, stderr=output) as process:
            self.process = process
            yield self

    @property
    def process_file(self):
        return self.data_dir / "processes.json"

    def processes(self):
        """Return name and number of each process, by the file that operators read."""
        return json.loads(self.process_file.read_text())

    def web_child(self):
        """Return gunicorn's worker, which answers the requests."""
        children = psutil.Process(self.processes()["web"]).children()
        return children[0].pid if children else None

    @property
    def database_url(self):
        folder = self.data_dir / "postgres"
        password, port = (
            quote((folder / name).read_text().strip(), safe="") for name in ("password", "port")
        )
        return f"postgresql://glassbox:{password}@127.0.0.1:{port}/glassbox"

    def ask(self, query):
        return ask(self.database_url, query)

    def counts(self):
        return dict(zip(TABLES, self.ask(f"SELECT {COUNTS}")[0], strict=True))

    def signals(self):
        """Return the feed by symbol, None while it is not served."""
        feed = fetch_json(f"{self.url}/api/v1/signals")
        return feed and {row["symbol"]: row for row in feed["signals"]}

    def is_healthy(self):
        health = fetch_json(f"{self.url}/health")
        return health is not None and health["status"] == "healthy" and self.signals() is not None

    def is_quiet(self):
        """Whether no run is queued or running."""
        return self.ask("SELECT count(*) FROM job_runs WHERE state IN ('queued', 'running')") == [(0,)]

    def wait_until_healthy(self, seconds=30):
        return wait_until(self.is_healthy, seconds, f"healthy at {self.url}")[1]

    def callbacks(self):
        """Ask every callback of the server once; return how many answered."""
        values = {
            "page": "signals",
            "selected-symbol": "AAPL",
            "activity-poll": 0,
            "revision": {"revision": 1},
        }
        answered = 0
        for callback in fetch_json(f"{self.url}/_dash-dependencies"):
            if callback["clientside_function"]:
                continue
            names = callback["output"].strip(".").split("...")
            outputs = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]
            body = {
                "output": callback["output"],
                "outputs": outputs if callback["output"].startswith("..") else outputs[0],
                "inputs": [{**given, "value": values.get(given["id"])} for given in callback["inputs"]],
                "state": [{**given, "value": None} for given in callback["state"]],
                "changedPropIds": [f"{given['id']}.{given['property']}" for given in callback["inputs"][:1]],
            }
            request = urllib.request.Request(
                f"{self.url}/_dash-update-component",
                json.dumps(body).encode(),
                {"Content-Type": "application/json", "Origin": self.url},
            )
            with urllib.request.urlopen(request, timeout=5) as answer:
                answered += answer.status == 200
        return answered

    def page(self, path):
        return fetch(f"{self.url}{path}")[0]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A folder for one service after the other; its database is deleted at the end."""
    folder = tmp_path_factory.mktemp("served")
    server = EmbeddedPostgres(folder)
    without_first_training(server.acquire())
    server.release()
    yield folder
    # The children of a service that was killed give their leases back a moment after it.
    deadline = time.monotonic() + 20
    while True:
        try:
            return EmbeddedPostgres(folder).destroy()
        except DatabaseUnavailableError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.25)
