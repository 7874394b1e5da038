"""The data-quality page (app/pages/data_quality.py) in a real browser."""

import pytest
from playwright.sync_api import expect

from app.clock import SystemClock
from components.ids import DataQuality, Quarantine, Shell
from services.storage.engine import open_engine
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from tests.browser.conftest import ADMIN_PASSWORD, serve_site
from tests.patience import patience
from tests.quality_source import TwoSymbols

pytestmark = pytest.mark.browser
SYMBOLS = f"#{DataQuality.GRID} .ag-center-cols-container .ag-row"
ROWS = f"#{Quarantine.GRID} .ag-center-cols-container .ag-row"
PANEL = f"#{DataQuality.PANEL}"


def fill(site) -> None:
    engine = open_engine(site.database_url, pooled=False)
    ingest_bars(lambda: SqlUnitOfWork(engine), TwoSymbols(), SystemClock(), lambda *_: None)


@pytest.fixture(scope="module")
def quality_site(server_url, tmp_path_factory):
    """A development site with one row in quarantine."""
    with serve_site(server_url, tmp_path_factory.mktemp("quality")) as served:
        fill(served)
        yield served


def open_page(site, page, query: str = "") -> None:
    page.goto(f"{site.url}/data-quality{query}")
    # The first look at a site loads the code of charts and grids, which a busy machine is slow to read.
    expect(page.locator(SYMBOLS).first).to_be_visible(timeout=60_000)


def sign_in(site, page) -> None:
    page.goto(f"{site.url}/login")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", ADMIN_PASSWORD)
    page.click("button[type=submit]")
    expect(page.locator("header")).to_contain_text("admin")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("width", "height"), [(1440, 1000), (390, 844)])
def test_the_page_shows_everything_and_scrolls_in_one_direction_only(
    quality_site, page, theme, width, height
):
    page.set_viewport_size({"width": width, "height": height})
    page.add_init_script(f"localStorage.setItem('glassbox.theme', '{theme}')")
    open_page(quality_site, page)
    expect(page.locator(f"#{DataQuality.SUMMARY}")).to_contain_text("1 of 2 symbols have nothing missing")
    expect(page.locator(f"#{DataQuality.FIGURES}")).to_contain_text("1 of 20 bars missing")
    expect(page.locator(f"#{DataQuality.CALENDAR} .main-svg").first).to_be_visible()
    expect(page.locator(f"#{DataQuality.WORST}")).to_contain_text("8 Feb 2013")
    expect(page.locator(f"#{DataQuality.SUPPLY}")).to_contain_text("nothing newer is expected")
    expect(page.locator(f"#{DataQuality.RULES}")).to_contain_text("Outside range1")
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator(f"#{Shell.AS_OF}")).to_contain_text("15 Feb 2013")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == theme
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    body = f"document.getElementById('{DataQuality.ROOT}')"
    assert page.evaluate(f"{body}.scrollWidth <= {body}.clientWidth")


def test_filters_stand_in_the_address_and_survive_a_reload(quality_site, page):
    open_page(quality_site, page)
    expect(page.locator(SYMBOLS)).to_have_count(2)
    page.locator(f"#{DataQuality.PROBLEMS} >> text=Rejected rows").click()
    expect(page.locator(SYMBOLS)).to_have_count(1)
    assert "problem=rejected" in page.url
    page.reload()
    expect(page.locator(SYMBOLS)).to_have_count(1)
    page.locator(f"#{DataQuality.SECTORS} >> text=Utilities").click()
    expect(page.locator(f"#{DataQuality.GRID_NO_MATCH}")).to_contain_text("No symbol matches")
    page.locator(f"#{DataQuality.GRID_NO_MATCH} button").click()
    expect(page.locator(SYMBOLS)).to_have_count(2)
    page.locator(f"#{DataQuality.RULES} >> text=No session").click()
    expect(page.locator(f"#{Quarantine.NO_MATCH}")).to_contain_text("No row matches")
    page.go_back()
    expect(page.locator(ROWS)).to_have_count(1)


def test_what_there_is_none_of_is_said_and_left_out(quality_site, page):
    open_page(quality_site, page, "?problem=nonsense&sector=%3Cscript%3E&status=x&year=0001")
    expect(page.locator(f"#{DataQuality.NOTICE} .notice")).to_have_count(3)
    expect(page.locator(SYMBOLS)).to_have_count(2)
    expect(page.locator(f"#{DataQuality.YEARS}")).to_contain_text("2013")


def test_the_keyboard_opens_a_symbol_and_closes_it(quality_site, page):
    open_page(quality_site, page)
    page.locator(f"{SYMBOLS} [col-id=symbol]").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(PANEL)).to_contain_text("AAA.csv:6 · waiting")
    expect(page.locator(PANEL)).to_contain_text("8 Feb 2013")
    assert "symbol=AAA" in page.url
    page.keyboard.press("Escape")
    expect(page.locator(PANEL)).to_be_hidden()


def test_a_copied_address_opens_the_same_view(quality_site, page):
    open_page(quality_site, page, "?symbol=AAA&problem=rejected")
    expect(page.locator(f"#{DataQuality.PANEL_HEAD}")).to_contain_text("Aaa Inc. · Energy")
    expect(page.locator(f"#{DataQuality.GRID} .ag-row-selected")).to_have_attribute("row-id", "AAA")
    expect(page.locator(f"#{DataQuality.GRID}")).to_be_in_viewport(ratio=0.9)
    page.locator("#search").fill("bbb")
    expect(page.locator(f"#{DataQuality.GRID_NO_MATCH}")).to_be_visible()


def test_a_guest_sees_a_row_among_its_neighbours_and_no_buttons(quality_site, page):
    open_page(quality_site, page)
    page.locator(f"{ROWS} [col-id=symbol]").click()
    expect(page.locator(f"#{Quarantine.DETAIL} .is-rejected")).to_contain_text("8 Feb 2013")
    expect(page.locator(f"#{Quarantine.DETAIL} .is-stored")).to_have_count(6)
    expect(page.locator(f"#{Quarantine.DETAIL}")).to_contain_text("takes the role admin")
    expect(page.locator(f"#{Quarantine.RELEASE}")).to_be_hidden()


def test_an_admin_releases_a_row_and_the_page_follows(empty_site, page):
    fill(empty_site)
    sign_in(empty_site, page)
    open_page(empty_site, page)
    page.locator(f"{ROWS} [col-id=symbol]").focus()
    page.keyboard.press("Enter")
    page.locator(f"#{Quarantine.RELEASE}").click()
    dialog = page.locator(f"#{Quarantine.DIALOG}")
    expect(dialog).to_contain_text("Release AAA of 8 Feb 2013?")
    expect(dialog).to_contain_text("audit log under your name")
    page.locator(f"#{Quarantine.CANCEL}").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(f"#{Quarantine.RESULT}")).to_be_empty()
    page.locator(f"#{Quarantine.RELEASE}").click()
    page.locator(f"#{Quarantine.DECIDE}").click()
    expect(page.locator(f"#{Quarantine.RESULT}")).to_contain_text("Released: the row of AAA is a bar now")
    expect(page.locator(ROWS)).to_contain_text("Released", timeout=patience(5_000))
    expect(page.locator(f"#{Quarantine.RELEASE}")).to_be_hidden()


def test_the_page_fills_itself_in_when_the_first_assessment_arrives(empty_site, page):
    page.goto(f"{empty_site.url}/data-quality")
    expect(page.locator(f"#{DataQuality.STATE}")).to_contain_text("No worker is running")
    fill(empty_site)
    expect(page.locator(SYMBOLS).first).to_be_visible(timeout=patience(8_000))


def test_the_rail_leads_here_and_back_without_a_new_page(quality_site, page):
    open_page(quality_site, page)
    page.locator(".rail >> text=Signals").click()
    expect(page.locator(f"#{Shell.TITLE}")).to_have_text("Signal feed")
    page.locator(".rail >> text=Data").click()
    expect(page.locator(SYMBOLS)).to_have_count(2)
