"""A fresh browser before a served copy of the pages."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

_ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@contextlib.contextmanager
def fresh_page(script: str) -> Iterator[Page]:
    """Open a page with an empty profile that runs ``script`` before anything else."""
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=list(_FLAGS), viewport={"width": 1440, "height": 900}
        )
        try:
            page = browser.new_page()
            page.add_init_script(script)
            yield page
        finally:
            browser.close()


def measured_until(page: Page, script: str, name: str) -> dict[str, float]:
    """Return what ``script`` tells of the page once ``name`` is among it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        measured: dict[str, float] = page.evaluate(script)
        if name in measured:
            return measured
        time.sleep(0.2)
    raise TimeoutError(f"The page showed no {name} within a minute")


@contextlib.contextmanager
def served(database_url: str, first: str = "/api/v1/signals") -> Iterator[str]:
    """Serve the pages in a process of their own, once it has answered a first address.

    By default that fills the cache of the feed, which needs scored signals.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,  # noqa: TID251 - handed on to the server
            "DATABASE_URL": database_url,
            "DATA_DIR": folder,
            "HOST": "127.0.0.1",
            "PORT": str(port),
        }
        server = subprocess.Popen(
            [sys.executable, "-m", "app", "web"],
            cwd=_ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address + first)
            yield address
        finally:
            server.terminate()
            server.wait(15)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=10):  # noqa: S310 - ours
            return
        time.sleep(0.2)
    raise TimeoutError(f"{address} did not answer within a minute")
