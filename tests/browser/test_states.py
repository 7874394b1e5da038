"""What the pages say while data are missing, and while something is down."""

import pytest
from playwright.sync_api import expect

from components.ids import Shell, Signals
from tests.patience import patience

pytestmark = pytest.mark.browser
ROWS = f"#{Signals.GRID} .ag-row"


def test_the_page_fills_itself_in_when_the_first_data_arrive(empty_site, page):
    page.goto(f"{empty_site.url}/signals")
    expect(page.locator(f"#{Signals.STATE}")).to_contain_text("No worker is running")
    empty_site.fill()
    expect(page.locator(ROWS).first).to_be_visible(timeout=patience(8_000))
    expect(page.locator(f"#{Shell.AS_OF}")).to_contain_text("1 Mar 2013")


def test_the_page_keeps_its_data_while_the_server_is_away(empty_site, page):
    empty_site.fill()
    page.goto(f"{empty_site.url}/signals")
    expect(page.locator(ROWS).first).to_be_visible()
    empty_site.stop()
    expect(page.locator(f"#{Shell.CONNECTION_BANNER}")).to_be_visible(timeout=patience(10_000))
    expect(page.locator(ROWS).first).to_be_visible()
    empty_site.start()
    expect(page.locator(f"#{Shell.CONNECTION_BANNER}")).to_be_hidden(timeout=patience(10_000))
    # A browser notes each request that nobody answered; nothing else may stand there.
    lines = page.console_log.lines
    assert all("ERR_CONNECTION" in line or "ERR_EMPTY_RESPONSE" in line for line in lines), lines
    lines.clear()


def test_unknown_addresses_say_where_to_go(site, page):
    page.goto(f"{site.url}/nowhere")
    expect(page.locator(f"#{Shell.CONTENT}")).to_contain_text("No page has this address")
