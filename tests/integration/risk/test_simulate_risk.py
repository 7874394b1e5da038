"""The job on the sample: the book that the rules hold, edited ones, and what is stored of them."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from models.domain.errors import (
    InsufficientHistoryError,
    InvalidRequestError,
    JobCancelledError,
    NotYetComputedError,
    UnknownSymbolError,
)
from models.domain.risk import StressKind
from models.domain.risk_request import BookOrigin, RiskMethod, RiskRequest, RiskSettings, UserShock
from services.quant.risk import books
from services.usecases.simulate_risk import SCHEDULED, simulate_risk
from tests.integration.scoring.conftest import no_progress

QUICK = RiskSettings(n_paths=2_000, horizon_sessions=3)
GBM = (RiskMethod.GBM,)


def edited(*weights, **changes):
    return replace(RiskRequest(weights=weights, methods=GBM, settings=QUICK), **changes)


@pytest.fixture
def ask(scored, clock):
    """Run the job and return the stored reports of its requests."""
    desk = scored.desk

    def run(*requests, progress=no_progress):
        result = simulate_risk(desk.work, clock, progress, requests)
        with desk.work() as work:
            dataset_id = work.datasets.active().dataset.id
            return result, [work.risk.newest(dataset_id, request.key) for request in requests]

    run.desk = desk
    return run


@pytest.mark.slow
def test_the_portfolio_of_today_and_nothing_twice(ask):
    requests = tuple(replace(one, settings=replace(one.settings, n_paths=2_000)) for one in SCHEDULED)
    result, (tomorrow, fortnight) = ask(*requests)
    assert result.rows_written == 2
    assert (tomorrow.book.origin, tomorrow.book.symbols) == (BookOrigin.PORTFOLIO, ("GOOG", "IBM"))
    assert tomorrow.book.session == date(2013, 3, 1)
    assert "10 % of the account" in tomorrow.book.note
    assert [one.method for one in fortnight.snapshots] == list(RiskMethod)
    assert tomorrow.backtest == fortnight.backtest
    assert tomorrow.backtest.n_sessions > 1_500
    assert len(tomorrow.backtest.results) == 8
    assert sum(exposure.weight for exposure in tomorrow.exposures) == pytest.approx(1.0)
    again, _ = ask(*requests)
    assert again.rows_written == 0
    assert again.detail["figures"] == result.detail["figures"]


@pytest.mark.slow
def test_an_edited_book_with_a_short_history_and_cash(ask):
    _, (report,) = ask(edited(("AAPL", 0.4), ("FB", 0.4), ("CASH", 0.2)))
    (snapshot,) = report.snapshots
    (completion,) = snapshot.completions
    assert (completion.symbol, completion.n_own) == ("FB", 195)
    assert completion.share == pytest.approx(1 - 195 / snapshot.n_history)
    assert report.book.cash == pytest.approx(0.2)
    assert report.exposures[0].is_alert


@pytest.mark.slow
def test_a_young_company_alone_is_completed_too(ask):
    _, (report,) = ask(edited(("FB", 1.0)))
    assert report.snapshots[0].n_history == 1_260
    assert "No back-test" in report.notes[0]


@pytest.mark.slow
def test_the_same_book_in_another_order_is_the_same_answer(ask):
    _, (one,) = ask(edited(("AAPL", 0.5), ("IBM", 0.5)))
    result, (other,) = ask(edited(("IBM", 0.5), ("AAPL", 0.5)))
    assert result.rows_written == 0
    assert one == other


@pytest.mark.slow
def test_stresses_say_what_is_missing(ask):
    shock = UserShock("mine", by_symbol=(("FB", -0.5),), by_sector=(("Information Technology", -0.1),))
    _, (report,) = ask(edited(("AAPL", 0.5), ("FB", 0.5), shocks=(shock,)))
    by_name = {stress.name: stress for stress in report.stresses}
    crisis, covid, mine = by_name["Financial crisis"], by_name["Covid-19"], by_name["mine"]
    assert (crisis.missing, crisis.coverage) == (("FB",), pytest.approx(0.5))
    prices = ask.desk.panel(symbols=["AAPL"])
    adjusted = prices.close * prices.gross_growth
    begin, end = np.searchsorted(
        prices.session, np.array(["2007-10-09", "2009-03-09"], dtype="datetime64[D]")
    )
    assert crisis.book_return == pytest.approx(0.5 * (adjusted[end] / adjusted[begin] - 1.0), rel=1e-9)
    assert (covid.book_return, covid.coverage, covid.missing) == (None, 0.0, ("AAPL", "FB"))
    assert "2013-03-01" in covid.note
    assert (mine.kind, mine.missing) == (StressKind.USER, ())
    own = {part.name: part.contribution for part in mine.by_symbol}
    assert own["FB"] == pytest.approx(-0.25)


@pytest.mark.slow
def test_without_a_portfolio_the_reference_is_labelled(ask, monkeypatch):
    monkeypatch.setattr(books, "MIN_GROSS", 9.0)
    request = RiskRequest(methods=GBM, settings=QUICK)
    _, (report,) = ask(request)
    assert (report.book.origin, report.book.is_reference) == (BookOrigin.REFERENCE, True)
    assert report.book.weights == (pytest.approx(0.2),) * 5
    assert "Nobody holds" in report.book.note


@pytest.mark.slow
@pytest.mark.parametrize(
    ("weights", "error", "words"),
    [
        ([("AAPL", 0.5)], InvalidRequestError, "add up to 0.5.*CASH the other 0.5"),
        ([("AAPL", 60.0), ("IBM", 40.0)], InvalidRequestError, "add up to 100"),
        ([("AAPL", 0.5), ("ZZZ", 0.5)], UnknownSymbolError, "No symbol ZZZ"),
        ([("AAPL", 0.5), ("AAPL", 0.5)], InvalidRequestError, "AAPL stands in the book twice"),
        ([("AAPL", float("nan")), ("IBM", 1.0)], InvalidRequestError, "finite"),
        ([("CASH", 1.0)], InvalidRequestError, "nothing but cash"),
        ([("AAPL", 9.0), ("IBM", -8.0)], InvalidRequestError, "sizes of the weights add up to 17"),
        ([], InvalidRequestError, "0 positions"),
    ],
)
def test_books_that_are_none_are_refused_in_a_sentence(ask, weights, error, words):
    with pytest.raises(error, match=words) as refused:
        ask(edited(*weights))
    assert "\n" not in str(refused.value)
    assert ask.desk.count("risk_reports") == 0


def test_too_short_a_history_is_named(desk, market, clock):
    bars = market.bars[(market.bars["symbol"] != "FB") | (market.bars["session"] >= "2013-01-15")]
    desk.ingest(replace(market, bars=bars))
    with pytest.raises(InsufficientHistoryError, match=r"FB \(31\)"):
        simulate_risk(desk.work, clock, no_progress, [edited(("FB", 1.0))])


def test_before_there_is_anything(desk, clock, market):
    with pytest.raises(NotYetComputedError, match="ingest"):
        simulate_risk(desk.work, clock, no_progress)
    desk.ingest(market)
    with pytest.raises(NotYetComputedError, match="score"):
        simulate_risk(desk.work, clock, no_progress)


def test_a_cancelled_run_stores_nothing(ask):
    def cancel(done, total, message):
        if message.startswith("simulating"):
            raise JobCancelledError("stopped on request")

    with pytest.raises(JobCancelledError):
        ask(edited(("AAPL", 1.0)), progress=cancel)
    assert ask.desk.count("risk_reports") == 0


@pytest.mark.parametrize(
    "parameters",
    [{"weights": "AAPL"}, {"settings": {"n_paths": 10}}, {"methods": ["magic"]}, {"settings": {"seed": "x"}}],
)
def test_parameters_that_make_no_request(parameters):
    with pytest.raises(InvalidRequestError):
        RiskRequest.from_parameters(parameters)
