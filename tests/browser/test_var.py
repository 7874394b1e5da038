"""The value-at-risk page (app/pages/var.py) in a real browser."""

import pytest
from playwright.sync_api import expect

from components.ids import Shell, Var
from models.domain.risk_request import RiskRequest, RiskSettings
from services.storage.engine import open_engine
from services.storage.unit_of_work import SqlUnitOfWork
from tests.browser.conftest import ADMIN_PASSWORD, serve_site
from tests.patience import patience
from tests.risk_reports import make_report

pytestmark = pytest.mark.browser
SENTENCE = f"#{Var.SENTENCE}"
MESSAGE = f"#{Var.BOOK_MESSAGE}"
TOTAL = f"#{Var.BOOK_TOTAL}"
ROWS = f"#{Var.BOOK} .ag-center-cols-container .ag-row"
TOMORROW = RiskRequest(settings=RiskSettings(horizon_sessions=1))


def keep(site, report) -> None:
    with SqlUnitOfWork(open_engine(site.database_url, pooled=False)) as work:
        work.risk.add(work.datasets.active().dataset.id, report)
        work.touch("risk")
        work.commit()


@pytest.fixture(scope="module")
def risk_site(server_url, tmp_path_factory):
    """A development site with the sample scored and a report on its book, made by hand."""
    with serve_site(server_url, tmp_path_factory.mktemp("risk")) as served:
        served.fill()
        keep(served, make_report(TOMORROW))
        yield served


def open_page(site, page, query: str = "") -> None:
    page.goto(f"{site.url}/var{query}")
    # The first look at a site loads the code of charts and grids, which a busy machine is slow to read.
    expect(page.locator(ROWS).first).to_be_visible(timeout=60_000)


def weight_of(page, symbol: str):
    return page.locator(f"#{Var.BOOK} .ag-row[row-id='{symbol}'] [col-id=weight]")


def change_weight(page, symbol: str, text: str) -> None:
    weight_of(page, symbol).dblclick()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_page_shows_everything_and_scrolls_in_one_direction_only(risk_site, page, theme, width, height):
    page.set_viewport_size({"width": width, "height": height})
    page.add_init_script(f"localStorage.setItem('glassbox.theme', '{theme}')")
    open_page(risk_site, page)
    expect(page.locator(SENTENCE)).to_contain_text("the book loses less than 4.50")
    for name in (Var.OUTCOMES, Var.FAN, Var.DRAWDOWNS, Var.EXCEPTIONS):
        expect(page.locator(f"#{name} .main-svg").first).to_be_visible(timeout=60_000)
    expect(page.locator(f"#{Var.SECTORS}")).to_contain_text("over 30 % of the book in one sector")
    expect(page.locator(f"#{Var.BACKTEST}")).to_contain_text("yellow")
    expect(page.locator(f"#{Var.STRESS}")).to_contain_text("Dot-com bust")
    expect(page.locator(TOTAL)).to_contain_text("Invested 90 %, cash 10 %")
    expect(page.locator(f"#{Shell.AS_OF}")).to_contain_text("1 Mar 2013")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    body = f"document.getElementById('{Var.ROOT}')"
    assert page.evaluate(f"{body}.scrollWidth <= {body}.clientWidth")


def test_controls_stand_in_the_address_and_survive_a_reload(risk_site, page):
    open_page(risk_site, page)
    page.locator(f"#{Var.ROOT} .choice-button >> text=99").click()
    expect(page.locator(SENTENCE)).to_contain_text("loses less than 8.00")
    page.locator("text=Student-t").first.click()
    expect(page.locator(f"#{Var.BASIS}")).to_contain_text("Multivariate Student-t")
    assert "level=99" in page.url
    assert "method=student_t" in page.url
    page.reload()
    expect(page.locator(SENTENCE)).to_contain_text("With 99", timeout=60_000)
    expect(page.locator(f"#{Var.BASIS}")).to_contain_text("Multivariate Student-t")


def test_what_there_is_none_of_is_said_and_left_out(risk_site, page):
    open_page(risk_site, page, "?level=42&method=magic&paths=7&horizon=1000")
    expect(page.locator(f"#{Var.NOTICE} .notice")).to_have_count(4)
    expect(page.locator(SENTENCE)).to_contain_text("With 95")


def test_a_position_is_dropped_simulated_and_cancelled(risk_site, page):
    open_page(risk_site, page)
    page.locator(f"{ROWS}[row-id=IBM] >> text=Drop").click()
    expect(page.locator(TOTAL)).to_contain_text("Invested 60 %, cash 40 % · 1 weight differs")
    expect(page.locator(f"{ROWS}[row-id=IBM]")).to_contain_text("Restore")
    page.locator(f"{ROWS}[row-id=XU] >> text=Drop").click()  # the sample has no such symbol
    expect(page.locator(f"#{Var.ERROR}")).to_contain_text("has not been simulated")
    assert "book=w50*AAPL" in page.url
    page.locator(f"#{Var.SIMULATE}").click()
    run = page.locator(f"#{Var.RUN}")
    expect(run).to_contain_text("Simulation:")
    page.locator(f"#{Var.RUN_CANCEL}").click()
    expect(run).to_contain_text("was not finished")
    page.locator(f"{ROWS}[row-id=IBM] >> text=Restore").click()
    expect(page.locator(TOTAL)).to_contain_text("1 weight differs")
    page.locator(f"{ROWS}[row-id=XU] >> text=Restore").click()
    expect(page.locator(TOTAL)).to_have_text("Invested 90 %, cash 10 % · today's book")
    assert "book=" not in page.url


def test_the_result_of_an_edited_book_arrives_by_itself(risk_site, page):
    open_page(risk_site, page, "?book=w25*AAPL*IBM")
    expect(page.locator(f"#{Var.ERROR}")).to_contain_text("has not been simulated")
    request = RiskRequest(weights=(("AAPL", 0.25), ("IBM", 0.25), ("CASH", 0.5)), settings=TOMORROW.settings)
    keep(risk_site, make_report(request))
    expect(page.locator(f"#{Var.ERROR}")).to_be_empty(timeout=patience(8_000))
    expect(page.locator(f"#{Var.FIGURES}")).to_contain_text("today's book: 4.50")


def test_bad_weights_are_refused_in_one_sentence_and_nothing_is_lost(risk_site, page):
    open_page(risk_site, page)
    change_weight(page, "AAPL", "plenty")
    expect(page.locator(MESSAGE)).to_contain_text("“plenty” is no weight")
    expect(weight_of(page, "AAPL")).to_have_text("50.00")
    change_weight(page, "AAPL", "130")
    expect(page.locator(MESSAGE)).to_contain_text("would be borrowed")
    expect(page.locator(f"#{Var.SIMULATE}")).to_be_hidden()
    page.locator(f"#{Var.BOOK_SCALE}").click()
    expect(page.locator(MESSAGE)).to_be_empty()
    expect(page.locator(TOTAL)).to_contain_text("Invested 100 %, cash 0 %")
    change_weight(page, "IBM", "-5")
    expect(page.locator(TOTAL)).to_contain_text("short −5 %")
    page.locator(f"#{Var.BOOK_SYMBOL}").fill("<b>")
    page.locator(f"#{Var.BOOK_ADD}").click()
    expect(page.locator(MESSAGE)).to_contain_text("is no ticker")
    page.locator(f"#{Var.BOOK_SYMBOL}").fill("nope")
    page.locator(f"#{Var.BOOK_WEIGHT}").fill("1,5 %")
    page.locator(f"#{Var.BOOK_ADD}").click()
    expect(weight_of(page, "NOPE")).to_have_text("1.50")
    page.locator(f"#{Var.BOOK_RESET}").click()
    expect(page.locator(TOTAL)).to_contain_text("today's book")


def test_an_unknown_symbol_is_refused_when_it_is_to_be_simulated(risk_site, page):
    open_page(risk_site, page, "?book=w50*AAPL*NOPE")
    page.locator(f"#{Var.SIMULATE}").click()
    expect(page.locator(f"#{Var.SIMULATE_NOTE}")).to_contain_text("No symbol NOPE in this dataset")


def test_a_supposed_move_shows_what_it_does(risk_site, page):
    open_page(risk_site, page)
    page.locator(f"#{Var.SHOCK_TARGET}").fill("Utilities")
    page.locator(f"#{Var.SHOCK_MOVE}").fill("-20")
    page.locator(f"#{Var.SHOCK_ADD}").click()
    expect(page.locator(f"#{Var.STRESS}")).to_contain_text("What you suppose")
    expect(page.locator(f"#{Var.STRESS}")).to_contain_text("−2.0")
    page.locator("text=Clear").click()
    expect(page.locator(f"#{Var.STRESS}")).not_to_contain_text("What you suppose")


def test_before_the_first_simulation_the_page_says_so_and_fills_itself_in(empty_site, page):
    page.goto(f"{empty_site.url}/var")
    expect(page.locator(f"#{Var.STATE}")).to_contain_text("No worker is running")
    empty_site.fill()
    keep(empty_site, make_report(TOMORROW))
    expect(page.locator(SENTENCE)).to_contain_text("the book loses", timeout=patience(10_000))


def test_in_production_a_viewer_may_look_and_an_admin_simulate(guarded_site, page):
    keep(guarded_site, make_report(TOMORROW))
    page.goto(f"{guarded_site.url}/login")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", ADMIN_PASSWORD)
    page.click("button[type=submit]")
    open_page(guarded_site, page, "?book=w25*AAPL")
    page.locator(f"#{Var.SIMULATE}").click()
    expect(page.locator(f"#{Var.RUN}")).to_contain_text("Simulation:")
