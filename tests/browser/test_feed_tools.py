"""Labels by quantile, the confidence filter and the session of the feed, in a real browser."""

import csv
import json
import urllib.request

import pytest
from playwright.sync_api import expect

from components.ids import Shell, Signals

pytestmark = pytest.mark.browser
GRID = f"#{Signals.GRID}"
ROWS = f"{GRID} .ag-center-cols-container .ag-row"
PANEL = f"#{Signals.PANEL}"
DATE = f"#{Signals.SESSION} input"


def open_feed(site, page, query: str = "") -> None:
    page.goto(f"{site.url}/signals{query}")
    expect(page.locator(f"{GRID} .ag-row").first).to_be_visible()


def signals(site) -> dict[str, dict]:
    with urllib.request.urlopen(f"{site.url}/api/v1/signals", timeout=10) as answer:
        return {row["symbol"]: row for row in json.load(answer)["signals"]}


def shown_labels(page) -> dict[str, str]:
    rows = page.locator(ROWS)
    return {
        row.get_attribute("row-id"): row.locator("[col-id=label]").inner_text().lstrip("▲▼■ \n").upper()
        for row in rows.all()
    }


def wanted_labels(site, kind: str) -> dict[str, str]:
    return {symbol: row[kind] for symbol, row in signals(site).items() if row[kind]}


def expect_labels(page, wanted: dict[str, str]) -> None:
    """Facebook has no label; the others have the wanted one, at once or soon."""
    for _ in range(30):
        shown = {symbol: label for symbol, label in shown_labels(page).items() if symbol != "FB"}
        if shown == wanted:
            return
        page.wait_for_timeout(100)
    assert shown == wanted


def test_labels_by_quantile_are_a_switch_that_stands_in_the_address(site, page):
    thresholds, quantiles = wanted_labels(site, "label"), wanted_labels(site, "quantile_label")
    assert thresholds != quantiles
    open_feed(site, page, "?symbol=MSFT")
    expect_labels(page, thresholds)
    expect(page.locator(".legend-words.by-threshold")).to_be_visible()
    page.locator(".choice-button", has_text="Quantiles").click()
    expect(page.locator(".legend-words.by-quantile")).to_be_visible()
    expect(page.locator(".legend-words.by-threshold")).to_be_hidden()
    expect_labels(page, quantiles)
    assert "labels=quantile" in page.url
    verdict = page.locator(f"{PANEL} .ticker-verdict")
    expect(verdict).to_contain_text(quantiles["MSFT"].capitalize(), use_inner_text=True)
    expect(page.locator(".choice-button", has_text="Quantiles")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator(".legend-words.by-quantile")).to_be_visible()
    expect(page.locator(ROWS)).to_have_count(5)
    expect_labels(page, quantiles)
    page.locator(".choice-button", has_text="Thresholds").click()
    expect_labels(page, thresholds)
    assert "labels" not in page.url


def test_labels_by_quantile_are_counted_and_filtered(site, page):
    quantiles = wanted_labels(site, "quantile_label")
    label = quantiles["MSFT"]
    slug = label.lower().replace(" ", "-")
    same = sorted(symbol for symbol, each in quantiles.items() if each == label)
    open_feed(site, page, f"?labels=quantile&label={slug}")
    expect(page.locator(ROWS)).to_have_count(len(same))
    assert sorted(shown_labels(page)) == same
    segment = page.locator(f"#{Signals.LABELS} [data-value={slug}] .segment-count")
    expect(segment).to_have_text(str(len(same)))


def test_the_export_means_the_same_whichever_labels_are_shown(site, page):
    open_feed(site, page, "?labels=quantile")
    with page.expect_download() as download:
        page.locator(f"#{Signals.EXPORT}").click()
    with open(download.value.path(), encoding="utf-8-sig") as file:
        rows = {row["symbol"]: row for row in csv.DictReader(file)}
    for symbol, row in signals(site).items():
        assert rows[symbol]["label"] == (row["label"] or "")
        assert rows[symbol]["quantile_label"] == (row["quantile_label"] or "")
        assert (rows[symbol]["confidence"] != "") == (row["confidence"] is not None)


def test_confidence_narrows_the_rows_and_leads_back(site, page):
    known = {symbol: row["confidence"] for symbol, row in signals(site).items() if row["confidence"]}
    assert known
    open_feed(site, page)
    page.locator(f"#{Signals.CONFIDENCE}").select_option("50")
    passing = sorted(symbol for symbol, confidence in known.items() if confidence >= 0.5)
    expect(page.locator(ROWS)).to_have_count(len(passing))
    assert sorted(shown_labels(page)) == passing
    assert "confidence=50" in page.url
    open_feed_or_empty(site, page, "?confidence=55&label=hold")
    expect(page.locator(f"#{Signals.NO_MATCH}")).to_contain_text("that confidence")
    page.locator("text=Show all").click()
    expect(page.locator(ROWS)).to_have_count(5)
    expect(page.locator(f"#{Signals.CONFIDENCE}")).to_have_value("")


def open_feed_or_empty(site, page, query: str) -> None:
    page.goto(f"{site.url}/signals{query}")
    expect(page.locator(f"#{Signals.COUNT}")).to_contain_text("of")


def test_an_earlier_session_is_picked_kept_and_left(site, page):
    open_feed(site, page, "?symbol=IBM")
    field = page.locator(DATE)
    expect(field).to_have_value("2013-03-01")
    field.fill("2008-10-11")
    past = page.locator(f"#{Signals.PAST}")
    expect(past).to_contain_text("Session of 10 Oct 2008")
    expect(past).to_contain_text("There was no session on 11 Oct 2008.")
    assert "date=2008-10-11" in page.url
    expect(page.locator(ROWS)).to_have_count(4)
    expect(page.locator(f"#{Shell.AS_OF}")).to_contain_text("10 Oct 2008")
    expect(page.locator(f"#{Signals.PANEL_HEAD}")).to_contain_text("10 Oct 2008 close")
    page.reload()
    expect(past).to_contain_text("Session of 10 Oct 2008")
    expect(page.locator(DATE)).to_have_value("2008-10-11")
    page.locator("text=Show the newest").click()
    expect(page.locator(ROWS)).to_have_count(5)
    expect(past).not_to_contain_text("Session of")
    assert "date" not in page.url
    expect(page.locator(f"#{Signals.PANEL_HEAD}")).to_contain_text("1 Mar 2013 close")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?date=2008-99-99", "the day “2008-99-99”"),
        ("?date=yesterday", "the day “yesterday”"),
        ("?labels=astrology", "the kind of label “astrology”"),
        ("?confidence=certain", "the confidence “certain”"),
    ],
)
def test_what_the_address_asks_for_and_there_is_none_of_is_said(site, page, query, words):
    open_feed(site, page, query)
    expect(page.locator(f"#{Signals.NOTICE}")).to_contain_text(words)
    expect(page.locator(ROWS)).to_have_count(5)
    page.locator("text=Remove it").click()
    expect(page.locator(f"#{Signals.NOTICE}")).to_be_empty()


def test_a_day_before_the_first_bar_says_so_and_leads_back(site, page):
    page.goto(f"{site.url}/signals?date=1990-01-02")
    expect(page.locator(f"#{Signals.STATE}")).to_contain_text("the prices begin on 2000-03-01")
    page.locator("text=Show the newest").click()
    expect(page.locator(ROWS)).to_have_count(5)


def test_the_chart_is_not_asked_for_before_the_rows_stand_there(site, page):
    """Plotly keeps the browser busy for a while, which the rows must not wait for."""
    page.add_init_script(
        "new MutationObserver(() => {"
        " if (!window.rowsAt && document.querySelector('.ag-row [col-id=symbol]'))"
        " { window.rowsAt = performance.now(); }"
        " }).observe(document, { childList: true, subtree: true });"
    )
    open_feed(site, page, "?symbol=IBM")
    expect(page.locator(f"#{Signals.CHART} .main-svg").first).to_be_visible()
    asked_at = page.evaluate(
        "performance.getEntriesByType('resource').find(each => each.name.includes('/plotly')).startTime"
    )
    assert 0 < page.evaluate("window.rowsAt") < asked_at


def test_a_phone_does_not_scroll_sideways_with_the_tools(site, page):
    page.set_viewport_size({"width": 390, "height": 844})
    open_feed(site, page, "?labels=quantile&date=2008-10-10")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_leaving_for_another_page_and_coming_back_draws_the_chart_again(site, page):
    open_feed(site, page, "?symbol=IBM")
    chart = page.locator(f"#{Signals.CHART} .main-svg").first
    expect(chart).to_be_visible()
    page.locator("a[href='/data-quality']").click()
    expect(page.locator(GRID)).to_have_count(0)
    page.locator("a[href='/signals']").click()
    expect(page.locator(ROWS)).to_have_count(5)
    page.locator(f"{ROWS} [col-id=symbol]", has_text="AAPL").click()
    expect(chart).to_be_visible()
