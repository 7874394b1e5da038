"""The correlation page (app/pages/correlation.py) in a real browser."""

import pytest
from playwright.sync_api import expect

from components.ids import Correlation, Shell
from tests.patience import patience

pytestmark = pytest.mark.browser
CANVAS = f"#{Correlation.MATRIX} canvas"
SUMMARY = f"#{Correlation.SUMMARY}"
POINTED = f"#{Correlation.POINTED}"
HEAD = f"#{Correlation.PAIR_HEAD}"


def open_page(site, page, query: str = "") -> None:
    page.goto(f"{site.url}/correlation{query}")
    expect(page.locator(CANVAS)).to_be_visible(timeout=60_000)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_page_shows_everything_and_scrolls_in_one_direction_only(site, page, theme, width, height):
    page.set_viewport_size({"width": width, "height": height})
    page.add_init_script(f"localStorage.setItem('glassbox.theme', '{theme}')")
    open_page(site, page)
    expect(page.locator(SUMMARY)).to_contain_text("5 symbols behave like")
    expect(page.locator(f"#{Correlation.MEASURES}")).to_contain_text("independent ones would show")
    expect(page.locator(f"#{Correlation.EXTREMES}")).to_contain_text("Most alike")
    expect(page.locator(f"#{Shell.AS_OF}")).to_contain_text("1 Mar 2013")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # The matrix has the theme's colours: a cell of the diagonal is "up", whole.
    colour = page.evaluate(
        f"""() => {{ const c = document.querySelector('{CANVAS}'), x = c.getContext('2d');
        return Array.from(x.getImageData(c.width - 4, c.height - 4, 1, 1).data.slice(0, 3)); }}"""
    )
    assert colour == ([38, 166, 154] if theme == "dark" else [10, 121, 110])


def test_pointing_tells_the_pair_and_a_click_shows_its_history(site, page):
    open_page(site, page)
    box = page.locator(CANVAS).bounding_box()
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 40)
    expect(page.locator(f"{POINTED} .key-figure")).to_be_visible()
    told = page.locator(f"{POINTED} .pair-title").inner_text()
    page.mouse.click(box["x"] + box["width"] - 20, box["y"] + 40)
    expect(page.locator(f"{HEAD} .pair-title")).to_have_text(told)
    expect(page.locator(HEAD)).to_contain_text("95 %:")
    expect(page.locator(f"#{Correlation.PAIR_CHART} .main-svg").first).to_be_visible(timeout=60_000)
    assert "pair=" in page.url
    page.locator(f"#{Correlation.PAIR_CARD} >> text=Close").click()
    expect(page.locator(f"#{Correlation.PAIR_CARD}")).to_be_hidden()


def test_the_keyboard_reaches_every_cell(site, page):
    open_page(site, page)
    page.locator(CANVAS).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    told = page.locator(f"{POINTED} .pair-title").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator(f"{HEAD} .pair-title")).to_have_text(told)


def test_settings_stand_in_the_address_and_survive_a_reload(site, page):
    open_page(site, page)
    page.locator("text=Ledoit-Wolf").click()
    expect(page.locator(SUMMARY)).to_contain_text("Ledoit-Wolf, 252")
    page.locator(f"#{Correlation.WINDOW}").fill("60")
    page.keyboard.press("Enter")
    expect(page.locator(SUMMARY)).to_contain_text("Ledoit-Wolf, 60")
    page.locator("text=A to Z").click()
    assert all(part in page.url for part in ("method=ledoit-wolf", "window=60", "order=names"))
    page.reload()
    expect(page.locator(SUMMARY)).to_contain_text("Ledoit-Wolf, 60")
    expect(page.locator(f"#{Correlation.WINDOW}")).to_have_value("60")
    page.go_back()
    expect(page.locator("text=Clusters")).to_have_attribute("aria-pressed", "true")


def test_a_copied_address_opens_the_same_view(site, page):
    open_page(site, page, "?window=504&method=spearman&pair=AAPL,IBM&date=2012-10-06")
    expect(page.locator(SUMMARY)).to_contain_text("Spearman, 504 daily total returns")
    expect(page.locator(f"#{Correlation.PAST}")).to_contain_text("Session of 5 Oct 2012")
    expect(page.locator(f"{HEAD} .pair-title")).to_have_text("AAPL · IBM")
    expect(page.locator(f"#{Correlation.LEFT_OUT}")).to_contain_text("FB")
    page.locator(f"#{Correlation.PAST} >> text=Show the newest").click()
    expect(page.locator(f"#{Correlation.PAST}")).to_be_empty()


def test_what_there_is_none_of_is_said_and_left_out(site, page):
    open_page(site, page, "?method=magic&order=%3Cb%3E&window=3&pair=AAPL,NONE")
    expect(page.locator(f"#{Correlation.NOTICE} .notice")).to_have_count(3)
    expect(page.locator(SUMMARY)).to_contain_text("Pearson, 252")
    expect(page.locator(HEAD)).to_contain_text("No symbol 'NONE'")


def test_what_cannot_be_computed_says_so_and_the_last_matrix_stays(site, page):
    open_page(site, page)
    page.locator(f"#{Correlation.WINDOW}").fill("5040")
    page.keyboard.press("Enter")
    expect(page.locator(f"#{Correlation.ERROR}")).to_contain_text("choose a shorter window")
    expect(page.locator(SUMMARY)).to_contain_text("Pearson, 252")
    expect(page.locator(CANVAS)).to_be_visible()
    page.goto(f"{site.url}/correlation?window=5040")
    expect(page.locator(f"#{Correlation.STATE}")).to_contain_text("choose a shorter window")


def test_a_first_answer_that_comes_late_is_not_lost(site, page):
    n_asked = 0

    def answer(route) -> None:
        nonlocal n_asked
        n_asked += 1
        if n_asked == 1:
            page.wait_for_timeout(3_500)  # longer than from one question to the next
        route.continue_()

    page.route("**/api/v1/revision", answer)
    open_page(site, page)


def test_the_page_fills_itself_in_when_the_first_prices_arrive(empty_site, page):
    page.goto(f"{empty_site.url}/correlation")
    expect(page.locator(f"#{Correlation.STATE}")).to_contain_text("No worker is running")
    empty_site.fill()
    expect(page.locator(SUMMARY)).to_contain_text("5 symbols behave like", timeout=patience(10_000))
    expect(page.locator(CANVAS)).to_be_visible()


def test_the_rail_leads_here_and_back_without_a_new_page(site, page):
    open_page(site, page)
    page.locator(".rail >> text=Signals").click()
    expect(page.locator(f"#{Shell.TITLE}")).to_have_text("Signal feed")
    page.locator(".rail >> text=Correlation").click()
    expect(page.locator(CANVAS)).to_be_visible()
