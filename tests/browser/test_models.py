"""The Models page (app/pages/models.py) in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.clock import SystemClock
from components.ids import Models, Promotion, Shell
from models.domain.registry import ModelAction
from services.providers.sample import SampleProvider
from services.storage.engine import open_engine
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from tests.browser.conftest import ADMIN_PASSWORD, serve_site
from tests.judged_market import judge, register
from tests.patience import patience

pytestmark = pytest.mark.browser
ROWS = f"#{Models.EVIDENCE} .evidence-row"
HEAD = f"#{Models.DETAIL_HEAD}"


class Market:
    """What the tests store behind a site."""

    def __init__(self, site) -> None:
        self.engine = open_engine(site.database_url, pooled=False)
        self.clock = SystemClock()
        self.data_dir = Path(site.environment["DATA_DIR"])

    def ingest(self) -> "Market":
        ingest_bars(lambda: SqlUnitOfWork(self.engine), SampleProvider(), self.clock, lambda *_: None)
        return self

    def judge(self, **found: float) -> "Market":
        judge(self.engine, self.clock, 1, **found)
        return self

    def register(self, content: str, ic: float, *actions: ModelAction) -> "Market":
        register(self.engine, self.clock, 1, content, ic, *actions, data_dir=self.data_dir)
        return self


@pytest.fixture(scope="module")
def models_site(server_url, tmp_path_factory):
    """A development site with a champion, a refused challenger and two baselines."""
    with serve_site(server_url, tmp_path_factory.mktemp("models")) as served:
        market = Market(served).ingest().judge(lightgbm=0.01, class_prior=0.0)
        market.register("a", 0.05, ModelAction.PROMOTE).register("b", 0.03, ModelAction.REFUSE)
        yield served


def open_page(site, page, query: str = "") -> None:
    page.goto(f"{site.url}/models{query}")
    # The first look at a site loads the code of charts and grids, which a busy machine is slow to read.
    expect(page.locator(ROWS).first).to_be_visible(timeout=60_000)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("width", "height"), [(1440, 1000), (390, 844)])
def test_the_page_shows_everything_and_scrolls_in_one_direction_only(models_site, page, theme, width, height):
    page.set_viewport_size({"width": width, "height": height})
    page.add_init_script(f"localStorage.setItem('glassbox.theme', '{theme}')")
    open_page(models_site, page)
    expect(page.locator(f"#{Models.SUMMARY}")).to_contain_text("Champion Fast has an IC of 0.050")
    expect(page.locator(f"#{Models.CARDS}")).to_contain_text("−0.020 (−0.020 to −0.020)")
    expect(page.locator(ROWS)).to_have_count(4)
    expect(page.locator(f"#{Models.CALIBRATION} .main-svg").first).to_be_visible()
    expect(page.locator(f"#{Models.CONFUSION}")).to_contain_text("as Neutral")
    expect(page.locator(f"#{Models.AUDIT}")).to_contain_text("disjoint dates")
    expect(page.locator(f"#{Models.HISTORY}")).to_contain_text("No edge found: it may be zero")
    expect(page.locator(f"#{Models.TRIALS} .ag-center-cols-container .ag-row")).to_have_count(4)
    expect(page.locator(f"#{Models.REGISTRY} .ag-center-cols-container .ag-row")).to_have_count(2)
    expect(page.locator(f"#{Shell.AS_OF}")).to_contain_text("1 Mar 2013")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    body = f"document.getElementById('{Models.ROOT}')"
    assert page.evaluate(f"{body}.scrollWidth <= {body}.clientWidth")


def test_a_line_is_examined_through_the_address(models_site, page):
    open_page(models_site, page)
    expect(page.locator(HEAD)).to_contain_text("champion · model 1")
    page.locator(f"{ROWS} >> text=LightGBM").click()
    expect(page.locator(HEAD)).to_contain_text("LightGBM")
    expect(page.locator(f"#{Models.CURVES_NOTE}")).to_contain_text("does not learn by epochs")
    assert "trial=" in page.url
    page.go_back()
    expect(page.locator(HEAD)).to_contain_text("champion · model 1")
    page.locator(f"{ROWS} button").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator(HEAD)).to_contain_text("challenger · model 2")
    page.reload()
    expect(page.locator(HEAD)).to_contain_text("challenger · model 2")
    expect(page.locator(f"#{Models.GATE}")).to_contain_text("it may be zero")


def test_a_copied_address_opens_the_part_it_names(models_site, page):
    open_page(models_site, page, "?model=2&section=registry")
    expect(page.locator(f"#{Models.REGISTRY}")).to_be_in_viewport()
    expect(page.locator(f"#{Models.REGISTRY} .ag-row-selected")).to_have_attribute("row-id", "model:2")
    page.locator(f"#{Models.SECTIONS} >> text=Evidence").click()
    expect(page.locator(f"#{Models.EVIDENCE}")).to_be_in_viewport()
    assert "section=evidence" in page.url


def test_what_there_is_none_of_is_said_and_left_out(models_site, page):
    open_page(models_site, page, "?model=99&section=%3Cscript%3E")
    expect(page.locator(f"#{Models.DETAIL_NOTE}")).to_contain_text("There is no model 99 on these data")
    expect(page.locator(f"#{Promotion.ACTIONS} button")).to_have_count(2)
    expect(page.locator(f"#{Promotion.PROMOTE}")).to_be_hidden()  # a guest decides nothing
    expect(page.locator(f"#{Promotion.ROLL_BACK}")).to_be_hidden()
    expect(page.locator(HEAD)).to_contain_text("champion · model 1")


def test_a_row_of_the_ledger_leads_back_to_its_details(models_site, page):
    open_page(models_site, page)
    cell = page.locator(f"#{Models.TRIALS} .ag-row >> text=Class prior")
    cell.scroll_into_view_if_needed()
    cell.click()
    expect(page.locator(HEAD)).to_contain_text("Class prior")
    expect(page.locator(HEAD)).to_be_in_viewport()


def test_the_page_fills_itself_in_and_follows_decisions(empty_site, page):
    page.goto(f"{empty_site.url}/models")
    state = page.locator(f"#{Models.STATE}")
    expect(state).to_contain_text("No worker is running")
    market = Market(empty_site).ingest()
    expect(state).to_contain_text("python -m app train", timeout=patience(8_000))
    market.judge(lightgbm=0.001)
    expect(page.locator(f"#{Models.SUMMARY}")).to_contain_text("No edge found", timeout=60_000)
    expect(page.locator(f"#{Models.CARDS}")).to_contain_text("No model has been promoted")
    market.register("a", 0.01, ModelAction.REFUSE)
    expect(page.locator(f"#{Models.SUMMARY}")).to_contain_text("serves unproven", timeout=patience(8_000))
    expect(page.locator(ROWS)).to_have_count(2)


def test_an_admin_asks_the_gate_forces_and_rolls_back(empty_site, page):
    Market(empty_site).ingest().judge(class_prior=0.05).register("a", 0.01, ModelAction.REFUSE)
    page.goto(f"{empty_site.url}/login")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", ADMIN_PASSWORD)
    page.click("button[type=submit]")
    expect(page.locator("header")).to_contain_text("admin")
    open_page(empty_site, page)
    dialog, result = page.locator(f"#{Promotion.DIALOG}"), page.locator(f"#{Promotion.RESULT}")
    page.locator(f"#{Promotion.PROMOTE}").click()
    expect(dialog).to_contain_text("No edge found: it may be zero")
    page.locator(f"#{Promotion.CANCEL}").click()
    expect(dialog).to_be_hidden()
    expect(result).to_be_empty()
    page.locator(f"#{Promotion.PROMOTE}").click()
    page.locator(f"#{Promotion.DECIDE}").click()
    expect(result).to_contain_text("Refused: Fast (model 1) stays out.")
    expect(result).to_contain_text("one-sided 90 % lower bound")
    page.locator(f"#{Promotion.PROMOTE}").click()
    page.locator(f"#{Promotion.FORCE}").click()
    expect(result).to_contain_text("Promoted by force, against the gate")
    expect(page.locator(f"#{Models.SUMMARY}")).to_contain_text("promoted by force", timeout=patience(8_000))
    expect(page.locator(f"#{Promotion.PROMOTE}")).to_be_hidden()
    page.locator(f"#{Promotion.ROLL_BACK}").click()
    expect(dialog).to_contain_text("Roll back Fast (model 1)?")
    page.locator(f"#{Promotion.DECIDE}").click()
    expect(result).to_contain_text("no model is the champion now")
    expect(page.locator(f"#{Models.SUMMARY}")).to_contain_text("No model serves", timeout=patience(8_000))
    expect(page.locator(f"#{Models.HISTORY}")).to_contain_text("rolled back by admin")
