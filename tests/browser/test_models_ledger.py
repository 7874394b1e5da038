"""Drift and benchmarks on the Models page, in a real browser."""

from datetime import date

import pytest
from playwright.sync_api import expect

from components.ids import Models
from models.domain.drift import Drift
from models.domain.registry import ModelAction
from models.domain.trials import Trial, TrialKind
from services.storage.unit_of_work import SqlUnitOfWork
from tests.browser.conftest import serve_site
from tests.browser.test_models import Market, open_page

pytestmark = pytest.mark.browser
DRIFT = Drift(
    session=date(2013, 3, 1),
    first_session=date(2012, 12, 4),
    n=52,
    feature_names=(
        "return_5d",
        "rsi_14",
        "realized_volatility_20",
        "market_volatility",
        "month_sine",
        "adx_14",
    ),
    indices=(0.04, 0.31, 0.42, 1.96, 3.2, 0.08),
    usual=(0.3, 0.25, 0.38, 2.4, 4.1, 0.5),
    score_index=0.07,
    score_usual=0.12,
    slight=0.1,
    marked=0.25,
)
FIGURE = {"mean": 0.508, "low": 0.43, "high": 0.59, "confidence": 0.95, "by_seed": [0.5, 0.51, 0.52]}


@pytest.fixture(scope="module")
def ledger_site(server_url, tmp_path_factory):
    """A champion whose drift was measured, a refused challenger, and a try on a benchmark."""
    with serve_site(server_url, tmp_path_factory.mktemp("ledger")) as served:
        market = Market(served).ingest().judge(lightgbm=0.01)
        market.register("a", 0.05, ModelAction.PROMOTE).register("b", 0.03, ModelAction.REFUSE)
        tried = Trial(
            TrialKind.VALIDATION,
            "bilstm_attention",
            {"protocol": {"name": "ACL18"}, "model": {"batch_size": 256}},
            "d" * 64,
            "c" * 64,
        )
        with SqlUnitOfWork(market.engine) as work:
            now = market.clock.now()
            work.explanations.save_summary(1, 1, DRIFT.session, DRIFT, now)
            evaluation = {"accuracy": FIGURE, "mcc": {**FIGURE, "mean": 0.047}, "epochs_by_seed": [2, 1, 1]}
            work.trials.record(tried, dataset_id=None, evaluation=evaluation, returns=None, now=now)
            work.touch("models")
            work.commit()
        yield served


@pytest.mark.parametrize("width", [1440, 390])
def test_what_moved_is_named_and_what_always_moves_is_said(ledger_site, page, width):
    page.set_viewport_size({"width": width, "height": 900})
    open_page(ledger_site, page)
    card = page.locator(f"#{Models.DRIFT}")
    expect(card).to_contain_text("2 of 6 features have moved: realized_volatility_20, rsi_14.")
    expect(card).to_contain_text("2 more features are above that too, as in many a quarter of the training")
    expect(card.locator("tbody tr")).to_have_count(6)
    expect(card.locator("tbody tr.is-moved")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    open_page(ledger_site, page, "?model=2")
    expect(card).to_contain_text("Only the model that serves")


def test_a_benchmark_stands_in_the_ledger_and_opens_nothing(ledger_site, page):
    open_page(ledger_site, page)
    expect(page.locator(f"#{Models.TRIALS_NOTE}")).to_contain_text("1 configuration on published benchmarks")
    row = page.locator(f"#{Models.TRIALS} .ag-center-cols-container .ag-row", has_text="batch_size 256")
    expect(row).to_contain_text("0.047")
    expect(row).to_contain_text("ACL18 validation")
    before = page.url
    row.click()
    expect(page.locator(f"#{Models.DETAIL_HEAD}")).to_contain_text("model 1")
    assert page.url == before
