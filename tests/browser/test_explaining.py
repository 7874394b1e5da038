"""Explanations on request, and what if, in a real browser before a real network and a real worker."""

import signal
import subprocess
from datetime import date

import pytest
from playwright.sync_api import expect

from app.clock import SystemClock
from components import formats
from components.explanation_words import as_sentence
from components.ids import Signals
from models.domain.explanations import SignalRequest
from services.queries.what_if import WhatIfQueries
from services.storage.engine import open_engine
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.explain_symbol import explain_symbol
from services.usecases.infer_signals import infer_signals
from tests.browser.conftest import serve_site
from tests.integration.attention.small_network import register_small_network
from tests.integration.processes.support import (
    ROOT,
    app_command,
    ask,
    environment,
    measured,
    without_first_training,
)
from tests.integration.scoring.conftest import no_progress
from tests.patience import patience
from tests.stored_explanations import store_explanations, store_model

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SESSION, PAST, EARLIER = date(2013, 3, 1), date(2012, 6, 1), date(2011, 6, 1)
SECTION, BODY = f"#{Signals.MODEL}", f"#{Signals.MODEL_WHY}"
ANSWER = f"#{Signals.WHAT_IF_ANSWER}"
THUMB = f"#{Signals.WHAT_IF} [role=slider]"
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def network_site(server_url, tmp_path_factory):
    """The sample, scored and explained by a small network that took the place of a model without files."""
    folder, clock = tmp_path_factory.mktemp("network"), SystemClock()
    with serve_site(server_url, folder) as site:
        site.fill()
        engine = open_engine(site.database_url, pooled=False)

        def open_work():
            return SqlUnitOfWork(engine)

        with open_work() as work:
            site.replaced = store_model(work, work.datasets.active().dataset.id)
            store_explanations(work, site.replaced, symbols=("AAPL", "MSFT"))
            work.commit()
        site.network = register_small_network(open_work, folder, clock, max_epochs=1)
        infer_signals(open_work, folder, clock, no_progress)
        for symbol in ("AAPL", "MSFT"):
            request = SignalRequest(symbol, SESSION, site.network)
            explain_symbol(open_work, folder, clock, no_progress, request)
        site.what_if = WhatIfQueries(engine, clock, folder)
        yield site
        engine.dispose()


@pytest.fixture
def worker(network_site):
    """A worker beside the site; it would train by itself if nothing were said."""
    without_first_training(network_site.database_url)
    process = subprocess.Popen(
        app_command("worker"),
        cwd=ROOT,
        env=environment(**network_site.environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield process
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def open_panel(site, page, query):
    page.goto(f"{site.url}/signals?{query}")
    expect(page.locator(SECTION)).not_to_have_class("is-loading", timeout=PATIENCE_MS)


def open_question(site, page, query):
    open_panel(site, page, query)
    page.get_by_role("button", name="What if the values were others?").click(timeout=PATIENCE_MS)
    expect(page.locator(THUMB)).to_have_count(5, timeout=PATIENCE_MS)
    expect(page.locator(ANSWER)).to_contain_text("Move a slider", timeout=PATIENCE_MS)


def told(site, symbol, model_id, value):
    """What the model itself says with the strongest feature at a value."""
    strongest = site.what_if.ground(symbol, SESSION, model_id).features[0]
    return strongest, site.what_if.answer(symbol, SESSION, model_id, {strongest.name: value})


def shows(page, answer):
    expect(page.locator(ANSWER)).to_contain_text("Hypothetical", timeout=PATIENCE_MS)
    for name, share in zip(answer.class_names, answer.then.probabilities, strict=True):
        row = page.locator(f"{ANSWER} .what-if-change", has_text=f"P({name})")
        expect(row).to_contain_text(formats.percent(share), timeout=PATIENCE_MS)
    expect(page.locator(ANSWER)).to_contain_text("The signal would")


def test_the_keyboard_asks_what_if_and_a_value_never_seen_is_refused(network_site, page):
    model_id = network_site.network
    open_question(network_site, page, "symbol=AAPL")
    thumb = page.locator(THUMB).first
    thumb.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    _, answer = told(network_site, "AAPL", model_id, float(thumb.get_attribute("aria-valuenow")))
    assert answer.then.probabilities != answer.now.probabilities
    shows(page, answer)
    page.keyboard.press("End")
    expect(page.locator(ANSWER)).to_contain_text("lies outside what training has seen", timeout=PATIENCE_MS)
    expect(page.locator(ANSWER)).to_contain_text("would only guess there")
    expect(page.locator(ANSWER)).not_to_contain_text("Hypothetical")
    page.get_by_role("button", name="As it was").click()
    expect(page.locator(ANSWER)).to_contain_text("Move a slider", timeout=PATIENCE_MS)


def test_the_pointer_asks_what_if(network_site, page):
    open_question(network_site, page, "symbol=AAPL")
    thumb = page.locator(THUMB).first
    thumb.scroll_into_view_if_needed()
    box, before = thumb.bounding_box(), thumb.get_attribute("aria-valuenow")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 40, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    value = thumb.get_attribute("aria-valuenow")
    assert float(value) > float(before)
    strongest, answer = told(network_site, "AAPL", network_site.network, float(value))
    shows(page, answer)
    expect(page.locator(ANSWER)).to_contain_text(strongest.title)


@pytest.mark.parametrize("change", ["symbol", "model"])
def test_nothing_hypothetical_outlives_its_signal(network_site, page, change):
    open_question(network_site, page, "symbol=AAPL")
    page.locator(THUMB).first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(ANSWER)).to_contain_text("Hypothetical", timeout=PATIENCE_MS)
    value = "MSFT" if change == "symbol" else str(network_site.replaced)
    page.evaluate(f"glassbox.write({{ {change}: '{value}' }})")
    expect(page.locator(THUMB)).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.locator(ANSWER)).to_be_empty(timeout=PATIENCE_MS)
    expect(page.locator(f"#{Signals.WHAT_IF} button")).to_have_text("What if the values were others?")


def test_without_a_worker_the_panel_says_so_and_fills_itself_in_with_one(network_site, page, request):
    open_panel(network_site, page, f"symbol=AAPL&date={PAST}")
    body = page.locator(BODY)
    expect(body).to_contain_text(
        "No worker is running, so 1 Jun 2012 is not explained yet", timeout=PATIENCE_MS
    )
    page.evaluate("window.wasNotReloaded = true")
    request.getfixturevalue("worker")
    expect(body).to_contain_text("Integrated gradients on the logit of", timeout=PATIENCE_MS)
    assert page.evaluate("window.wasNotReloaded")
    # Another one, of a worker that is awake.
    page.evaluate(f"glassbox.write({{ date: '{EARLIER}' }})")
    expect(body.locator(".spinner")).to_be_visible(timeout=PATIENCE_MS)
    expect(body).to_contain_text("is explaining 1 Jun 2011")
    expect(body).to_contain_text("Integrated gradients on the logit of", timeout=PATIENCE_MS)
    assert page.evaluate("window.wasNotReloaded")
    query = (
        "SELECT state, requested_by, extract(epoch FROM finished_at - started_at) FROM job_runs "
        "WHERE job = 'explain_symbol' ORDER BY id"
    )
    (*_, seconds), (*_, again) = runs = ask(network_site.database_url, query)
    assert [run[:2] for run in runs] == [("succeeded", "guest")] * 2
    measured("explained in %.2f s, then in %.2f s", seconds, again)
    assert float(again) <= patience(1.5)


def test_a_request_that_fails_says_why(network_site, page, worker):
    replaced = network_site.replaced
    open_panel(network_site, page, f"symbol=MSFT&date={PAST}&model={replaced}")
    body = page.locator(BODY)
    expect(body).to_contain_text(f"(model {replaced}) could not explain 1 Jun 2012", timeout=PATIENCE_MS)
    message = "SELECT message FROM job_runs WHERE job = 'explain_symbol' AND state = 'failed'"
    ((said,),) = ask(network_site.database_url, message)
    expect(body).to_contain_text(as_sentence(said))
    assert worker.poll() is None
