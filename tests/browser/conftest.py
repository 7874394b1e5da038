"""The application as people meet it: a served copy on real prices, and headless Chromium before it."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright
from sqlalchemy.engine import make_url

from app.clock import SystemClock
from services.providers.sample import SampleProvider
from services.storage.engine import open_engine
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from services.usecases.score_indicators import score_indicators
from tests.databases import new_database
from tests.patience import patience

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMEDRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
ADMIN_PASSWORD = "correct horse battery"
_ROOT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items):
    if CHROMIUM is None:
        skip = pytest.mark.skip(reason="chromium is not installed")
        for item in items:
            if "browser" in Path(item.path).parts:
                item.add_marker(skip)


@dataclass
class Site:
    """A served application: its address, its database, its process."""

    url: str
    database_url: str
    environment: dict[str, str]
    process: subprocess.Popen | None = None

    def start(self) -> None:
        log = Path(self.environment["DATA_DIR"]) / "web-output.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "web"],
                cwd=_ROOT,
                env={**os.environ, **self.environment},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + patience(30)
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/login", timeout=2):
                return
            time.sleep(0.1)
        raise AssertionError(f"the site did not answer: {log.read_text()[-2000:]}")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(15)
        self.process = None

    def fill(self) -> None:
        """Ingest and score the sample."""
        engine, clock = open_engine(self.database_url, pooled=False), SystemClock()

        def open_work() -> SqlUnitOfWork:
            return SqlUnitOfWork(engine)

        ingest_bars(open_work, SampleProvider(), clock, lambda *_: None)
        score_indicators(open_work, clock, lambda *_: None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serve_site(server_url: str, folder: Path, **settings: str) -> Iterator[Site]:
    """Serve the application on an empty database of its own."""
    port = _free_port()
    with new_database(server_url) as url:
        environment = {
            "DATABASE_URL": make_url(url).set(drivername="postgresql").render_as_string(hide_password=False),
            "DATA_DIR": str(folder),
            "PORT": str(port),
            "ADMIN_PASSWORD": ADMIN_PASSWORD,
            **settings,
        }
        site = Site(f"http://127.0.0.1:{port}", environment["DATABASE_URL"], environment)
        site.start()
        try:
            yield site
        finally:
            site.stop()


@pytest.fixture(scope="module")
def site(server_url, tmp_path_factory) -> Iterator[Site]:
    """A development site, open to guests, with the sample scored."""
    with serve_site(server_url, tmp_path_factory.mktemp("site")) as served:
        served.fill()
        yield served


@pytest.fixture
def empty_site(server_url, tmp_path) -> Iterator[Site]:
    """A development site before its first ingestion."""
    with serve_site(server_url, tmp_path) as served:
        yield served


@pytest.fixture
def guarded_site(server_url, tmp_path) -> Iterator[Site]:
    """A site in production mode: nothing without signing in. Cookies are Secure, which loopback may carry."""
    with serve_site(server_url, tmp_path, APP_ENV="prod", SECRET_KEY="x" * 48) as served:
        served.fill()
        yield served


@pytest.fixture(scope="session")
def chromium():
    expect.set_options(timeout=patience(15_000))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


class Console:
    """What a page complained about."""

    def __init__(self, page) -> None:
        self.lines: list[str] = []
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self._note("pageerror", str(error)))

    def _note(self, kind: str, message: str) -> None:
        if kind in {"error", "warning", "trace", "pageerror"}:  # Plotly warns in traces
            self.lines.append(f"{kind}: {message}")


@pytest.fixture
def page(chromium):
    """A fresh 1440 x 1000 page; the test fails at its end if the console is not empty."""
    context = chromium.new_context(viewport={"width": 1440, "height": 1000})
    opened = context.new_page()
    opened.set_default_timeout(patience(15_000))
    console = Console(opened)
    opened.console_log = console
    yield opened
    context.close()
    assert console.lines == []
