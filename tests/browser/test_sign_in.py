"""Signing in, in production mode, where nothing is open."""

import pytest
from dash.testing.browser import Browser
from playwright.sync_api import expect
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from components.ids import Signals
from tests.browser.conftest import ADMIN_PASSWORD, CHROMEDRIVER, CHROMIUM, FLAGS

pytestmark = pytest.mark.browser


def test_the_door_is_shut_opens_with_the_password_and_shuts_again(guarded_site, page):
    page.goto(f"{guarded_site.url}/signals?symbol=IBM")
    assert "/login?next=" in page.url
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", "not the password")
    page.click("button[type=submit]")
    expect(page.locator("body")).to_contain_text("not right")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", ADMIN_PASSWORD)
    page.click("button[type=submit]")
    expect(page.locator(f"#{Signals.PANEL_HEAD}")).to_contain_text("IBM")
    expect(page.locator("header")).to_contain_text("admin")
    page.locator("form[action='/logout'] button").first.click()
    assert "/login" in page.url
    page.goto(f"{guarded_site.url}/signals")
    assert "/login" in page.url
    # The refused password is an answer of status 401, and Chromium notes those.
    assert all("401" in line for line in page.console_log.lines), page.console_log.lines
    page.console_log.lines.clear()


@pytest.mark.skipif(CHROMEDRIVER is None, reason="chromedriver is not installed")
def test_the_feed_through_dash_testing(site, tmp_path):
    class Chromium(Browser):
        """dash[testing] with the distribution's Chromium: it looks for Chrome otherwise."""

        def get_webdriver(self):
            options = ChromeOptions()
            options.binary_location = CHROMIUM
            for flag in FLAGS:
                options.add_argument(flag)
            options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
            return Chrome(service=Service(CHROMEDRIVER), options=options)

    with Chromium("chrome", headless=True, download_path=str(tmp_path), percy_run=False) as browser:
        browser.driver.set_window_size(1440, 1000)
        browser.server_url = f"{site.url}/signals"
        browser.wait_for_contains_text(f"#{Signals.GRID}", "AAPL", timeout=15)
        browser.wait_for_contains_text(f"#{Signals.GRID}", "196 of 200 sessions")
        assert browser.get_logs() == []
