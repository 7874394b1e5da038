import json
from dataclasses import replace

import plotly.io
import pytest
from dash import no_update

from callbacks.job_line import cancel_run
from callbacks.var_request import read_asked, read_book, read_moves
from callbacks.var_run import present_run, simulate
from callbacks.var_view import READY, WAITING, chosen_snapshot, present_risk
from components.ids import Shell
from components.var_cards import sentence
from models.domain.errors import DatabaseUnavailableError, InvalidRequestError, NotYetComputedError
from models.domain.jobs import JobState
from models.domain.risk import BaselZone, Contribution, TestResult, ZoneResult
from models.domain.risk_request import CASH, Book, BookOrigin, RiskMethod, RiskRequest, RiskSettings
from models.domain.risk_view import AskedRun, Verdict
from models.domain.users import Role
from services.commands.access import Actor, NotAllowedError, act_as
from services.quant.risk.trust import judge_methods
from tests.component_text import text_of
from tests.fakes_risk import TOMORROW, FakeRiskDesk, FakeVarQueries
from tests.risk_reports import SESSION, make_backtest, make_report

ASKED = {"level": "95", "method": "trusted", "paths": 100_000, "horizon": 1, "book": "", "shock": ""}
EDITED = "w60*AAPL*w30*IBM"
GONE = FakeVarQueries(fault=DatabaseUnavailableError("gone"))
RUNNING = AskedRun(7, JobState.RUNNING, "paths: 3 of 10", 0.3, False, "ada")


@pytest.fixture(autouse=True)
def _guest():
    act_as(Actor("guest", Role.VIEWER, guest=True))
    yield
    act_as(None)


def asked(**changes):
    return {**ASKED, **changes}


def test_a_report_fills_the_page():
    view = present_risk(FakeVarQueries(), ASKED, None)
    assert view.page_class == READY
    assert len(view.outputs()) == 20
    words = text_of(view.sentence)
    assert "With 95\u202f% confidence the book loses less than 4.50\u202f% (± 0.04) by tomorrow" in words
    assert "the worst 5\u202f% average 5.85\u202f% (± 0.06)." in words
    assert view.frame[Shell.STATUS]["data"]["last_session"] == "2013-03-01"
    assert view.error is None
    assert view.is_simulate_hidden


def test_every_figure_is_json_without_nan():
    view = present_risk(FakeVarQueries(), ASKED, None)
    for source in (view.outcomes, view.fan, view.drawdowns, view.exceptions):
        text = plotly.io.json.to_json_plotly(source)
        assert "NaN" not in text
        assert json.loads(text)["figure"]["data"]


def test_the_tail_beyond_value_at_risk_stands_apart():
    calm, tail = present_risk(FakeVarQueries(), ASKED, None).outcomes["figure"]["data"]
    assert all(middle < -0.045 for middle in tail["x"])
    assert all(middle > -0.045 for middle in calm["x"])
    # Counts 40, 400, 450, 60, and 50 outside of the edges.
    assert sum(calm["y"]) + sum(tail["y"]) == pytest.approx(950 / 1_000)


@pytest.mark.parametrize(("level", "loss"), [("90", "3.00"), ("99", "8.00")])
def test_another_confidence_is_another_loss(level, loss):
    words = text_of(present_risk(FakeVarQueries(), asked(level=level), None).sentence)
    assert f"loses less than {loss}" in words


def test_a_longer_horizon_is_said():
    request = RiskRequest(settings=RiskSettings(horizon_sessions=10))
    queries = FakeVarQueries(others=(make_report(request),))
    view = present_risk(queries, asked(horizon=10), None)
    assert "over 10 sessions" in text_of(view.sentence)
    assert len(view.fan["figure"]["data"][0]["x"]) == 11


def test_what_was_not_simulated_is_said_and_the_current_book_stays_shown():
    view = present_risk(FakeVarQueries(), asked(book=EDITED), None)
    assert "has not been simulated" in text_of(view.error)
    assert view.is_simulate_hidden is False
    assert "4.50" in text_of(view.sentence)
    rows = {row["symbol"]: row for row in view.book}
    assert (rows["AAPL"]["weight"], rows["AAPL"]["current"]) == (60, 50)
    assert (rows["XU"]["weight"], rows["XU"]["current"]) == (0, 10)


def test_an_edited_book_stands_beside_todays():
    request = read_asked(asked(book=EDITED)).request
    book = Book(BookOrigin.EDITED, "Edited book", SESSION, ("AAPL", "IBM"), (0.6, 0.3), ("IT", "IT"), 0.1)
    view = present_risk(FakeVarQueries(others=(make_report(request, book=book),)), asked(book=EDITED), None)
    assert view.error is None
    assert "the edited book loses" in text_of(view.sentence)
    assert "today's book: 4.50" in text_of(view.figures)


def test_a_reference_book_is_labelled_as_such():
    book = Book(
        BookOrigin.REFERENCE, "Reference: the universe at equal weights", SESSION, ("AAPL",), (1.0,), ("IT",),
        0.0, "Nobody holds this book.",
    )  # fmt: skip
    view = present_risk(FakeVarQueries(current=make_report(TOMORROW, book=book)), ASKED, None)
    assert "the equal-weight reference book loses" in text_of(view.sentence)
    assert "Nobody holds this book." in text_of(view.basis)


def test_sectors_over_thirty_per_cent_are_warned_of():
    sectors = text_of(present_risk(FakeVarQueries(), ASKED, None).sectors)
    assert "Information Technology: over 30 % of the book in one sector." in sectors
    assert "notice-warn" in sectors


def test_newer_prices_ask_for_a_new_simulation():
    view = present_risk(FakeVarQueries(n_behind=3), ASKED, None)
    assert "3 sessions of prices came since" in text_of(view.basis)
    assert view.is_simulate_hidden is False


def test_contributions_beyond_the_largest_are_added_up():
    report = make_report(TOMORROW)
    tail = report.snapshots[0].tail(0.95)
    many = tuple(Contribution(f"S{n:02d}", 0.01, 0.001 * n, 0.1, 0.002) for n in range(20))
    snapshots = tuple(
        replace(one, tails=tuple(replace(each, by_symbol=many) for each in one.tails))
        for one in report.snapshots
    )
    table = str(
        present_risk(FakeVarQueries(current=replace(report, snapshots=snapshots)), ASKED, None).symbols
    )
    assert "8 others" in table
    assert "S19" in table
    assert "S07" not in table
    assert "nan" not in table.lower()
    assert tail.value_at_risk.value == 0.045


@pytest.mark.parametrize(
    ("book", "words"),
    [
        ("w60*AAPL*w70*IBM", "add up to 130 %, so 30 % would be borrowed"),
        ("wabc*AAPL", "“abc” is no weight"),
        ("wnan*AAPL", "is no weight"),
        ("winf*AAPL", "is no weight"),
        ("AAPL", "AAPL has no weight"),
        ("w5*<script>", "is no ticker"),
        ("w5*AAPL*AAPL", "stands in the book twice"),
        ("w0*AAPL", "nothing but cash"),
        ("w0.05*" + "*".join(f"S{n}" for n in range(1_001)), "1,001 positions"),
    ],
)
def test_a_bad_book_gets_one_clear_sentence_and_nothing_is_lost(book, words):
    view = present_risk(FakeVarQueries(), asked(book=book), None)
    assert words in view.book_message
    assert "4.50" in text_of(view.sentence)
    assert view.is_simulate_hidden
    assert "NaN" not in text_of([view.outcomes, view.figures, view.symbols, view.book])


def test_books_are_read_with_their_cash():
    assert read_book("") is None
    assert read_book("w2*MSFT*AAPL*w-1.5*XOM") == (
        ("AAPL", 0.02), ("MSFT", 0.02), ("XOM", -0.015), (CASH, 0.975),
    )  # fmt: skip
    thirds = read_book("w33.33*A*B*C")
    assert sum(weight for _, weight in thirds) == pytest.approx(1.0)
    assert read_book("w50*A*B") == (("A", 0.5), ("B", 0.5))


def test_supposed_moves_are_read_or_refused():
    assert read_moves("Energy:-20*AAPL:5") == (("Energy", -0.2), ("AAPL", 0.05))
    for wrong in ("Energy", "Energy:much", "AAPL:-150", ":5"):
        with pytest.raises(InvalidRequestError):
            read_moves(wrong)
    view = present_risk(FakeVarQueries(), asked(shock="AAPL:-150"), None)
    assert "shock of -1.5 for AAPL" in view.book_message


def test_the_method_is_the_trusted_one_unless_another_is_chosen():
    queries = FakeVarQueries()
    view = queries.view(TOMORROW, 0.95)
    assert chosen_snapshot(view, view.shown, None).method is view.trust.best
    assert chosen_snapshot(view, view.shown, RiskMethod.STUDENT_T).method is RiskMethod.STUDENT_T
    untested = replace(view, trust=None)
    assert chosen_snapshot(untested, view.shown, None) is view.shown.snapshots[0]


def back_tested(method, n_exceptions=31, kupiec=0.5, joint=0.5, zone=BaselZone.GREEN):
    result = next(one for one in make_backtest().results if one.method is method and one.confidence == 0.95)
    return replace(
        result, n_exceptions=n_exceptions, n_expected=30.0, kupiec=TestResult(1.0, kupiec),
        joint=None if joint is None else TestResult(1.0, joint), zone=ZoneResult(zone, 250, 3),
    )  # fmt: skip


def test_trust_goes_to_the_method_that_its_back_test_rejects_least():
    results = (
        back_tested(RiskMethod.GBM, 60, kupiec=0.001),
        back_tested(RiskMethod.STUDENT_T, 31, joint=0.01),
        back_tested(RiskMethod.BLOCK_BOOTSTRAP, 32, joint=0.30),
        back_tested(RiskMethod.FILTERED_HISTORICAL, 29, kupiec=0.6, joint=None),
    )
    trust = judge_methods(replace(make_backtest(), results=results), 0.95)
    assert [one.verdict for one in trust.methods] == [
        Verdict.TOO_MANY, Verdict.CLUSTERED, Verdict.PASSES, Verdict.PASSES,
    ]  # fmt: skip
    assert trust.best is RiskMethod.FILTERED_HISTORICAL
    assert trust.passes


def test_where_none_passes_the_nearest_is_named_as_such():
    results = (
        back_tested(RiskMethod.GBM, 60, kupiec=0.001),
        back_tested(RiskMethod.STUDENT_T, 12, kupiec=0.001),
    )
    backtest = replace(make_backtest(), results=results)
    trust = judge_methods(backtest, 0.95)
    assert (trust.best, trust.passes) == (RiskMethod.STUDENT_T, False)
    assert [one.verdict for one in trust.methods] == [Verdict.TOO_MANY, Verdict.TOO_FEW]
    view = present_risk(FakeVarQueries(current=make_report(TOMORROW, backtest=backtest)), ASKED, None)
    assert "No method passes its back-test at 95" in text_of(view.trust)


def test_a_red_zone_is_never_trusted():
    results = (
        back_tested(RiskMethod.GBM, 31, zone=BaselZone.RED),
        back_tested(RiskMethod.STUDENT_T, 33, kupiec=0.1),
    )
    trust = judge_methods(replace(make_backtest(), results=results), 0.95)
    assert trust.methods[0].verdict is Verdict.TOO_MANY
    assert trust.best is RiskMethod.STUDENT_T


def test_a_book_too_young_for_a_back_test_says_so():
    view = present_risk(FakeVarQueries(current=make_report(TOMORROW, backtest=None)), ASKED, None)
    assert "too short" in text_of(view.trust)
    assert view.exceptions is None


def test_a_stress_that_is_partly_known_says_how_far():
    stress = text_of(present_risk(FakeVarQueries(), ASKED, None).stress)
    assert "−41.0\u202f% (−46.0\u202f%)" in stress
    assert "89\u202f%" in stress


def test_the_same_is_not_sent_twice_and_an_edit_is():
    queries = FakeVarQueries()
    first = present_risk(queries, ASKED, None)
    again = present_risk(queries, ASKED, first.loaded)
    assert {again.loaded, again.sentence, again.outcomes, again.book} == {no_update}
    assert present_risk(queries, asked(level="99"), first.loaded).sentence is not no_update


@pytest.mark.parametrize("fault", [DatabaseUnavailableError("gone"), NotYetComputedError("Computing.")])
def test_figures_on_the_screen_are_never_taken_away(fault):
    view = present_risk(FakeVarQueries(fault=fault), ASKED, {"version": "1"})
    assert {view.sentence, view.outcomes, view.book, view.state, view.page_class} == {no_update}


def test_before_the_first_simulation_the_running_job_is_quoted():
    view = present_risk(FakeVarQueries(current=None), ASKED, None)
    assert view.page_class == WAITING
    assert "Scoring indicators: 2 of 5 symbols" in text_of(view.state)
    assert not view.is_activity_poll_off
    without = present_risk(GONE, ASKED, None)
    assert "Nothing is lost" in str(without.state)


def test_a_viewer_sees_figures_and_is_told_what_simulating_takes():
    act_as(Actor("vera", Role.VIEWER))
    view = present_risk(FakeVarQueries(), asked(book=EDITED), None)
    assert view.is_simulate_hidden
    assert "takes the role trader" in text_of(view.error)


def test_the_run_shows_its_progress_and_its_cancel_to_whom_it_belongs():
    queries = FakeVarQueries(going_on=RUNNING)
    act_as(Actor("ada", Role.TRADER))
    view = present_run(queries, ASKED)
    assert view.step == "Simulation: paths: 3 of 10"
    assert view.bar == {"width": "30.0%"}
    assert (view.is_hidden, view.is_poll_off, view.is_cancel_hidden) == (False, False, False)
    act_as(Actor("bob", Role.TRADER))
    assert present_run(queries, ASKED).is_cancel_hidden
    failed = replace(RUNNING, state=JobState.FAILED, step="failed: no history")
    over = present_run(FakeVarQueries(going_on=failed), ASKED)
    assert "was not finished; failed: no history" in over.step
    assert over.is_poll_off
    assert present_run(FakeVarQueries(), ASKED).is_hidden


def test_a_simulation_is_asked_for_as_the_address_says():
    desk = FakeRiskDesk()
    assert simulate(desk, asked(book=EDITED, horizon=5, paths=10_000)) == "Queued."
    (request,) = desk.simulated
    assert request.weights == (("AAPL", 0.6), ("IBM", 0.3), (CASH, 0.1))
    assert (request.settings.horizon_sessions, request.settings.n_paths) == (5, 10_000)


def test_what_cannot_be_simulated_or_cancelled_says_why():
    assert "Not simulated. The weights add up" in simulate(FakeRiskDesk(), asked(book="w130*AAPL"))
    assert "takes" in simulate(FakeRiskDesk(fault=NotAllowedError("It takes the role trader")), ASKED)
    assert "out of reach" in simulate(FakeRiskDesk(fault=DatabaseUnavailableError("x")), ASKED)
    assert "Not cancelled" in cancel_run(FakeRiskDesk(fault=InvalidRequestError("it is over")), {"id": 7})
    desk = FakeRiskDesk()
    assert cancel_run(desk, {"id": 7}) == "Asked to stop."
    assert desk.cancelled == [7]


def test_a_book_that_gains_even_then_says_so():
    report = make_report(TOMORROW)
    tail = report.snapshots[0].tail(0.95)
    gains = replace(tail, value_at_risk=replace(tail.value_at_risk, value=-0.01))
    snapshot = replace(report.snapshots[0], tails=(gains,))
    assert "gains more than 1.00" in text_of(sentence(report, snapshot, 0.95))
