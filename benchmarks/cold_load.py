"""The feed in a fresh browser: first paint, rows on the screen, the first click answered, a filter."""

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
from sqlalchemy.engine import make_url

from benchmarks.panel import Source
from benchmarks.table import Result

_ROOT = Path(__file__).resolve().parents[1]
_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
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
_REPEATS = 5
_SECTORS = ("Energy", "Utilities", "Materials", "Financials")
# As soon as rows are drawn a filter is clicked: the page counts as interactive when that is answered.
_WATCH = """
window.measured = {};
const count = () => (document.querySelector('#signals-count') || {}).textContent || '';
const answered = before => new Promise(done => {
  const look = () => {
    if (count() === before) { setTimeout(look, 1); return; }
    requestAnimationFrame(() => setTimeout(done, 0));
  };
  look();
});
window.filter = async sector => {
  const chip = document.querySelector(`[data-filter=sector][data-value="${sector}"]`);
  const before = count(), begun = performance.now();
  chip.click();
  await answered(before);
  return performance.now() - begun;
};
(function look() {
  const row = document.querySelector('.signals:not(.is-loading) .ag-row [col-id=symbol]');
  const chips = document.querySelectorAll('[data-filter=sector]');
  if (!row || !row.textContent || chips.length < 3 || !count()) { requestAnimationFrame(look); return; }
  window.measured.rows = performance.now();
  window.filter(chips[2].dataset.value).then(() => { window.measured.interactive = performance.now(); });
})();
"""
_READ = """() => {
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  return { paint: paint ? paint.startTime : NaN, ...window.measured };
}"""


def run(_: Source, url: str) -> list[Result]:
    """Measure the feed on what the storage benchmarks left; nothing where there is no Chromium."""
    if _CHROMIUM is None:
        print("No Chromium on this machine: the cold load of the feed is not measured", flush=True)
        return []
    database = make_url(url).set(database="bench_evening", drivername="postgresql")
    with _served(database.render_as_string(hide_password=False)) as address:
        loads = [_load(f"{address}/signals") for _ in range(_REPEATS)]
    best = {name: min(load[name] for load in loads) / 1000 for name in loads[0]}
    return [
        Result("feed in a fresh browser: first paint", best["paint"], "", None, 1.0),
        Result("feed in a fresh browser: rows drawn", best["rows"], "", None, 2.0),
        Result("feed in a fresh browser: first click answered", best["interactive"], "", None, 2.0),
        Result("feed: a filter answered", best["filter"], "", None, 0.2),
    ]


def _load(address: str) -> dict[str, float]:
    """Open the feed with an empty profile; return milliseconds."""
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path=_CHROMIUM, args=list(_FLAGS), viewport={"width": 1440, "height": 900}
        )
        try:
            page = browser.new_page()
            page.add_init_script(_WATCH)
            page.goto(address)
            measured = _until_interactive(page)
            page.wait_for_timeout(2_000)
            filters = [page.evaluate(f"window.filter('{sector}')") for sector in _SECTORS]
            return {**measured, "filter": min(filters)}
        finally:
            browser.close()


def _until_interactive(page: Page) -> dict[str, float]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        measured: dict[str, float] = page.evaluate(_READ)
        if "interactive" in measured:
            return measured
        time.sleep(0.2)
    raise TimeoutError("The feed did not answer a click within a minute")


@contextlib.contextmanager
def _served(database_url: str) -> Iterator[str]:
    """Serve the pages in a process of their own, with their cache filled."""
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
            _wait_for(f"{address}/api/v1/signals")
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
