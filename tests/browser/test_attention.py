"""The attention page (app/pages/attention.py) and the panel's section on the model, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from components.ids import Attention, Shell, Signals
from services.storage.engine import open_engine
from services.storage.unit_of_work import SqlUnitOfWork
from tests.browser.conftest import serve_site
from tests.patience import patience
from tests.stored_explanations import store_explanations, store_model

pytestmark = pytest.mark.browser
CANVAS = f"#{Attention.MATRIX} canvas"
HEAD = f"#{Attention.SYMBOL_HEAD}"
TOLD = f"#{Attention.MATRIX} .heat-told"
SUMMARY = f"#{Attention.SUMMARY}"


def store(site, model_id=None, symbols=None, content="a"):
    """Put a model's explanations where the site reads them; a new model without a number."""
    engine = open_engine(site.database_url, pooled=False)
    with SqlUnitOfWork(engine) as work:
        number = model_id or store_model(work, work.datasets.active().dataset.id, content)
        if symbols != ():
            store_explanations(work, number, symbols=symbols, content=content)
        work.touch("data")
        work.commit()
    engine.dispose()
    return number


@pytest.fixture(scope="module")
def explained_site(server_url, tmp_path_factory):
    with serve_site(server_url, tmp_path_factory.mktemp("explained")) as served:
        served.fill()
        store(served)
        yield served


def open_page(site, page, query: str = "") -> None:
    page.goto(f"{site.url}/attention{query}")
    expect(page.locator(CANVAS)).to_be_visible(timeout=60_000)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_page_shows_everything_and_scrolls_in_one_direction_only(
    explained_site, page, theme, width, height
):
    page.set_viewport_size({"width": width, "height": height})
    page.add_init_script(f"localStorage.setItem('glassbox.theme', '{theme}')")
    open_page(explained_site, page)
    expect(page.locator(SUMMARY)).to_contain_text("of the attention; evenly spread it would be 8.3")
    expect(page.locator(f"#{Attention.SYMBOL_CHART} .main-svg").first).to_be_visible(timeout=60_000)
    expect(page.locator(f"#{Attention.VERDICT}")).to_contain_text("Faithful")
    expect(page.locator(f"#{Attention.VERDICT}")).to_contain_text("n = 640 windows")
    expect(page.locator(f"#{Shell.AS_OF}")).to_contain_text("1 Mar 2013")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_click_and_the_keyboard_open_a_symbol_and_the_address_keeps_it(explained_site, page):
    open_page(explained_site, page)
    expect(page.locator(f"{HEAD} .pair-title")).to_have_text("AAPL")
    box = page.locator(CANVAS).bounding_box()
    page.mouse.click(box["x"] + box["width"] - 20, box["y"] + 34 + 36 * 1.5)
    expect(page.locator(f"{HEAD} .pair-title")).to_have_text("GOOG")
    assert "symbol=GOOG" in page.url
    page.locator(CANVAS).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(TOLD)).to_contain_text("IBM")
    expect(page.locator(TOLD)).to_contain_text("of the attention (even: 1.7 %)")
    page.keyboard.press("Enter")
    expect(page.locator(f"{HEAD} .pair-title")).to_have_text("IBM")
    page.go_back()
    expect(page.locator(f"{HEAD} .pair-title")).to_have_text("GOOG")


def test_a_sector_is_chosen_and_left_again(explained_site, page):
    open_page(explained_site, page, "?symbol=AAPL")
    sector = page.locator(f"#{Attention.SECTOR}")
    sector.select_option("Communication Services")
    expect(page.locator(SUMMARY)).to_contain_text("1 symbol of Communication Services")
    assert "sector=Communication+Services" in page.url
    # The symbol stays beside the matrix that it is no longer in.
    expect(page.locator(f"{HEAD} .pair-title")).to_have_text("AAPL")
    page.reload()
    expect(sector).to_have_value("Communication Services")
    page.go_back()
    expect(page.locator(SUMMARY)).to_contain_text("4 symbols")
    expect(sector).to_have_value("")


def test_settings_stand_in_the_address_and_survive_a_reload(explained_site, page):
    open_page(explained_site, page)
    page.locator(f"#{Attention.TOOLS} >> text=2").click()
    expect(page.locator(f"#{Attention.TOOLS} [aria-pressed=true]")).to_have_text("2")
    page.locator("text=Most uneven").click()
    page.locator(f"#{Attention.SYMBOL}").fill("msft")
    page.keyboard.press("Enter")
    expect(page.locator(f"{HEAD} .pair-title")).to_have_text("MSFT")
    assert all(part in page.url for part in ("head=2", "order=uneven", "symbol=MSFT"))
    page.reload()
    expect(page.locator(f"{HEAD} .pair-title")).to_have_text("MSFT")
    expect(page.locator(f"#{Attention.TOOLS} [aria-pressed=true]")).to_have_text("2")
    expect(page.locator("text=Most uneven")).to_have_attribute("aria-pressed", "true")


def test_importance_is_a_tab_of_its_own(explained_site, page):
    open_page(explained_site, page)
    page.locator("text=Importance").click()
    expect(page.locator(f"#{Attention.RANKING}")).to_contain_text("Log-loss without it")
    expect(page.locator(f"#{Attention.SWARM} .main-svg").first).to_be_visible(timeout=60_000)
    expect(page.locator(f"#{Attention.COURSE} canvas")).to_be_visible()
    expect(page.locator(f"#{Attention.SECTORS} canvas")).to_be_visible()
    expect(page.locator(f"#{Attention.MAPS}")).to_be_hidden()
    assert "tab=importance" in page.url


def test_a_wrong_address_is_said_and_left_out(explained_site, page):
    open_page(explained_site, page, "?head=two&order=colour&symbol=ZZZ")
    expect(page.locator(f"#{Attention.NOTICE}")).to_contain_text("“two”")
    expect(page.locator(f"#{Attention.NOTICE}")).to_contain_text("“colour”")
    expect(page.locator(f"#{Attention.ERROR}")).to_contain_text("“ZZZ” has no window")
    page.goto(f"{explained_site.url}/attention?model=99")
    expect(page.locator(f"#{Attention.STATE}")).to_contain_text("There is no model 99")


def test_the_panel_explains_and_the_strip_stands_under_the_price(explained_site, page):
    page.goto(f"{explained_site.url}/signals?symbol=AAPL")
    section = page.locator(f"#{Signals.MODEL}")
    expect(section).to_contain_text("Integrated gradients on the logit of Up", timeout=60_000)
    expect(section).to_contain_text("From the baseline to this forecast, by family")
    expect(page.locator(f"#{Signals.DAY_HEAT} canvas")).to_be_visible()
    expect(page.locator(f"#{Signals.MODEL_EVIDENCE}")).to_contain_text("n = 4,210")
    # The bars of the strip are drawn into the price chart.
    strip = page.locator(f"#{Signals.CHART} .subplot.xy4 .bars .point")
    expect(strip).to_have_count(60, timeout=60_000)
    page.locator("[data-value=FB], .ag-row >> text=FB").first.click()
    expect(section).to_contain_text("196 of the")
    expect(strip).not_to_have_count(60)


def test_nothing_moves_when_reasons_arrive_and_none_stand_under_another_symbol(explained_site, page):
    held = []

    def hold_reasons(route):
        wanted = f"..{Signals.MODEL_SHOWN}.data" in (route.request.post_data or "")
        held.append(route) if wanted else route.continue_()

    def let_through():
        while held:
            held.pop().continue_()
        expect(section).to_contain_text("Integrated gradients on the logit of", timeout=60_000)

    page.route("**/_dash-update-component*", hold_reasons)
    page.goto(f"{explained_site.url}/signals?symbol=AAPL")
    section, record = page.locator(f"#{Signals.MODEL}"), page.get_by_text("The model's record")
    expect(page.locator(f"#{Signals.PANEL_HEAD}")).to_contain_text("AAPL", timeout=60_000)
    expect(section).to_have_class(re.compile("is-loading"))
    before = record.bounding_box()["y"]
    let_through()
    expect(section).to_have_attribute("aria-busy", "false")
    assert abs(record.bounding_box()["y"] - before) <= 24
    page.evaluate("glassbox.write({ symbol: 'MSFT' })")
    expect(page.locator(f"#{Signals.PANEL_HEAD}")).to_contain_text("MSFT")
    expect(page.locator(f"#{Signals.MODEL_WHY} .model-says")).to_be_hidden()
    expect(page.locator(f"#{Signals.MODEL_EVIDENCE} .figures")).to_be_hidden()
    let_through()
    expect(page.locator(f"#{Signals.MODEL_WHY} .model-says")).to_be_visible()


def test_results_that_arrive_fill_the_page_within_five_seconds(empty_site, page):
    empty_site.fill()
    page.goto(f"{empty_site.url}/attention")
    expect(page.locator(f"#{Attention.STATE}")).to_contain_text("python -m app train", timeout=60_000)
    number = store(empty_site, symbols=())
    expect(page.locator(f"#{Attention.STATE}")).to_contain_text(
        "has explained no signal", timeout=patience(5_000)
    )
    store(empty_site, number)
    expect(page.locator(CANVAS)).to_be_visible(timeout=patience(5_000))
    expect(page.locator(f"#{Attention.STATE}")).to_be_empty()
    # A newer model takes its place: the panel says whose explanation it shows.
    store(empty_site, symbols=(), content="b")
    page.goto(f"{empty_site.url}/signals?symbol=AAPL")
    expect(page.locator(f"#{Signals.MODEL}")).to_contain_text("has taken its place since", timeout=60_000)
