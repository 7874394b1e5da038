"""A running job on every page, and its end by an administrator's hand."""

import threading
import time
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from app.clock import SystemClock
from components.ids import Shell
from models.domain.errors import JobCancelledError
from models.domain.jobs import JobName, JobResult
from services.jobs.runner import JobRunner
from services.storage.engine import open_engine
from tests.browser.conftest import ADMIN_PASSWORD
from tests.integration.processes.support import ask

pytestmark = pytest.mark.browser
N_ROWS = 2_400_000
PATIENCE_MS = 30_000
LINE, CANCEL, DIALOG = f"#{Shell.JOB}", f"#{Shell.JOB_CANCEL}", f"#{Shell.JOB_DIALOG}"


@contextmanager
def slow_ingestion(site, seconds=600.0):
    """Run a job that takes its time, as a command beside the site does; yield how it ended."""
    ended, stop = [], threading.Event()

    def ingest(open_work, progress, parameters):
        begun = time.monotonic()
        progress(0, N_ROWS, f"storing {N_ROWS:,} bars")
        while (done := (time.monotonic() - begun) / seconds) < 1.0 and not stop.is_set():
            progress(int(done * N_ROWS), N_ROWS, f"storing {N_ROWS:,} bars")
            time.sleep(0.1)
        return JobResult(N_ROWS, "stored")

    def run():
        engine = open_engine(site.database_url)
        try:
            runner = JobRunner(engine, SystemClock(), "cli:here:1", {JobName.INGEST_BARS: ingest})
            ended.append(runner.run_now(JobName.INGEST_BARS, {}))
        except JobCancelledError as stopped:
            ended.append(stopped)
        finally:
            engine.dispose()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ended
    finally:
        stop.set()
        thread.join(20)


def sign_in(site, page):
    page.goto(f"{site.url}/login")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", ADMIN_PASSWORD)
    page.click("button[type=submit]")
    expect(page.locator("header")).to_contain_text("admin")


def test_a_guest_sees_how_far_it_is_and_cannot_cancel(site, page):
    page.goto(f"{site.url}/signals")
    expect(page.locator(f"#{Shell.AS_OF}")).to_contain_text("2013")
    expect(page.locator(LINE)).to_be_hidden()
    with slow_ingestion(site):
        line = page.locator(LINE)
        expect(line).to_be_visible(timeout=PATIENCE_MS)
        expect(line).to_contain_text("Ingesting prices")
        expect(line).to_contain_text("of 2,400,000")
        expect(line).to_contain_text("a second")
        expect(line).to_contain_text("s left")
        before = page.locator(f"#{Shell.JOB_STEP}").inner_text()
        expect(page.locator(f"#{Shell.JOB_STEP}")).not_to_have_text(before, timeout=PATIENCE_MS)
        assert page.locator(CANCEL).count() == 0
        page.goto(f"{site.url}/nowhere")
        expect(page.locator(LINE)).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(LINE)).to_be_hidden(timeout=PATIENCE_MS)


def test_an_administrator_cancels_it(site, page):
    sign_in(site, page)
    with slow_ingestion(site) as ended:
        expect(page.locator(CANCEL)).to_be_visible(timeout=PATIENCE_MS)
        page.click(CANCEL, timeout=PATIENCE_MS)
        expect(page.locator(DIALOG)).to_contain_text("Cancel “Ingesting prices”?")
        page.click(f"#{Shell.JOB_KEEP}")
        expect(page.locator(DIALOG)).to_be_hidden()
        assert not ended
        page.click(CANCEL, timeout=PATIENCE_MS)
        page.click(f"#{Shell.JOB_STOP}")
        expect(page.locator(DIALOG)).to_be_hidden()
        expect(page.locator(LINE)).to_contain_text("cancelled: stopped on request", timeout=PATIENCE_MS)
        expect(page.locator(CANCEL)).to_be_hidden()
    assert isinstance(ended[0], JobCancelledError)
    newest = "SELECT id, state FROM job_runs ORDER BY id DESC LIMIT 1"
    ((run_id, state),) = ask(site.database_url, newest)
    assert state == "cancelled"
    audit = "SELECT actor, subject FROM audit_log WHERE action = 'job_cancel'"
    assert ask(site.database_url, audit) == [("admin", str(run_id))]
    expect(page.locator(LINE)).to_be_hidden(timeout=PATIENCE_MS)


def test_while_nothing_runs_nothing_is_asked(site, page):
    page.goto(f"{site.url}/signals")
    expect(page.locator(f"#{Shell.AS_OF}")).to_contain_text("2013")
    page.wait_for_timeout(3_000)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(6_000)
    assert any(url.endswith("/api/v1/revision") for url in asked)
    assert not [url for url in asked if "_dash-update-component" in url]


def test_it_fits_a_phone(site, page):
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(site, page)
    with slow_ingestion(site):
        expect(page.locator(LINE)).to_be_visible(timeout=PATIENCE_MS)
        box = page.locator(LINE).bounding_box()
        rail = page.locator(".rail").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["y"] + box["height"] <= rail["y"] + 1
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
