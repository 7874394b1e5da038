"""The value-at-risk query and commands on a real database."""

from datetime import date, timedelta

import pytest

from models.domain.errors import InvalidRequestError, NotYetComputedError, UnknownSymbolError
from models.domain.jobs import JobName, JobState
from models.domain.risk_request import RiskRequest, RiskSettings
from models.domain.users import Role
from services.commands.access import Actor, NotAllowedError, act_as
from services.commands.risk import RiskCommands, may_simulate
from services.providers.sample import SampleProvider
from services.queries.var import VarQueries
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from tests.risk_reports import BOOK, make_report

TOMORROW = RiskRequest(settings=RiskSettings(horizon_sessions=1))
EDITED = RiskRequest(weights=(("AAPL", 0.6), ("CASH", 0.4)), settings=TOMORROW.settings)


@pytest.fixture(autouse=True)
def _trader():
    act_as(Actor("tina", Role.TRADER))
    yield
    act_as(None)


@pytest.fixture
def filled(engine, clock):
    ingest_bars(lambda: SqlUnitOfWork(engine), SampleProvider(), clock, lambda *_: None)
    return engine


@pytest.fixture
def queries(filled, clock):
    return VarQueries(filled, clock)


@pytest.fixture
def commands(filled, clock):
    return RiskCommands(filled, clock)


def keep(engine, *reports):
    with SqlUnitOfWork(engine) as work:
        for report in reports:
            work.risk.add(work.datasets.active().dataset.id, report)
        work.commit()


def runs(engine):
    with SqlUnitOfWork(engine) as work:
        return [run for run in work.jobs.newest(20) if run.job is JobName.SIMULATE_RISK]


def set_state(engine, clock, run_id, state, message):
    with SqlUnitOfWork(engine) as work:
        _, token = work.jobs.claim("worker:test", clock.now(), None)
        work.jobs.finish(run_id, token, state, finished_at=clock.now(), message=message)
        work.commit()


def test_the_report_of_the_request_and_the_current_one_beside_it(filled, queries):
    assert queries.view(TOMORROW, 0.95).shown is None
    current, edited = make_report(TOMORROW), make_report(EDITED)
    keep(filled, current, edited)
    plain = queries.view(TOMORROW, 0.95)
    assert plain.report == plain.current == current
    assert plain.n_behind == 0
    changed = queries.view(EDITED, 0.95)
    assert (changed.report, changed.current) == (edited, current)
    unknown = queries.view(RiskRequest(weights=(("IBM", 1.0),)), 0.99)
    assert (unknown.report, unknown.shown) == (None, current)
    assert unknown.trust.confidence == 0.99


def test_a_report_of_an_older_book_says_how_far_it_is_behind(filled, queries):
    older = make_report(TOMORROW, book=type(BOOK)(**{**vars(BOOK), "session": date(2013, 2, 26)}))
    keep(filled, older)
    assert queries.view(TOMORROW, 0.95).n_behind == 3


def test_supposed_moves_act_on_the_book_that_is_shown(filled, queries):
    keep(filled, make_report(TOMORROW))
    (stress,) = queries.view(TOMORROW, 0.95, (("Utilities", -0.2), ("aapl", -0.1))).shocks
    assert stress.book_return == pytest.approx(0.1 * -0.2 + 0.5 * -0.1)


def test_a_simulation_is_queued_once_written_down_and_told_of(filled, queries, commands):
    run_id = commands.simulate(EDITED, "127.0.0.1")
    assert commands.simulate(EDITED) == run_id
    (run,) = runs(filled)
    assert (run.state, run.requested_by) == (JobState.QUEUED, "tina")
    assert RiskRequest.from_parameters(run.parameters) == EDITED
    told = queries.run(EDITED)
    assert (told.run_id, told.state, told.requested_by) == (run_id, JobState.QUEUED, "tina")
    assert queries.run(TOMORROW) is None


@pytest.mark.parametrize(
    ("weights", "error", "words"),
    [
        ((("AAPL", 0.6),), InvalidRequestError, "add up to 0.6"),
        ((("NOPE", 1.0),), UnknownSymbolError, "No symbol NOPE"),
        ((("CASH", 1.0),), InvalidRequestError, "nothing but cash"),
        ((("AAPL", float("nan")),), InvalidRequestError, "finite"),
    ],
)
def test_a_bad_book_is_refused_before_anything_is_written(filled, commands, weights, error, words):
    with pytest.raises(error, match=words):
        commands.simulate(RiskRequest(weights=weights))
    assert runs(filled) == []


def test_who_may_ask_and_who_may_stop_it(filled, commands):
    run_id = commands.simulate(EDITED)
    act_as(Actor("vera", Role.VIEWER))
    assert not may_simulate()
    with pytest.raises(NotAllowedError, match="role trader"):
        commands.simulate(TOMORROW)
    act_as(Actor("theo", Role.TRADER))
    with pytest.raises(NotAllowedError, match="somebody else's"):
        commands.cancel_run(run_id)
    act_as(Actor("tina", Role.TRADER))
    commands.cancel_run(run_id)
    assert runs(filled)[0].state is JobState.CANCELLED
    with pytest.raises(InvalidRequestError, match="may be over"):
        commands.cancel_run(run_id)
    act_as(Actor("guest", Role.VIEWER, guest=True))
    assert may_simulate()
    act_as(None)
    assert not may_simulate()


def test_nobody_fills_the_queue(filled, commands):
    for horizon in (1, 2, 3):
        commands.simulate(RiskRequest(settings=RiskSettings(horizon_sessions=horizon)))
    with pytest.raises(InvalidRequestError, match="3 of your simulations wait"):
        commands.simulate(EDITED)
    act_as(Actor("theo", Role.TRADER))
    commands.simulate(EDITED)
    assert len(runs(filled)) == 4


def test_a_simulation_that_failed_says_why(filled, clock, queries, commands):
    run_id = commands.simulate(EDITED)
    set_state(filled, clock, run_id, JobState.FAILED, "AAPL has too short a history")
    told = queries.run(EDITED)
    assert told.state is JobState.FAILED
    assert told.step == "failed: AAPL has too short a history"


def test_a_success_leaves_nothing_to_tell(filled, clock, queries, commands):
    run_id = commands.simulate(EDITED)
    set_state(filled, clock, run_id, JobState.SUCCEEDED, "done")
    assert queries.run(EDITED) is None


def test_the_evenings_run_computes_what_the_page_opens_with(filled, clock, queries):
    with SqlUnitOfWork(filled) as work:
        work.jobs.enqueue(JobName.SIMULATE_RISK, clock.now() - timedelta(seconds=1))
        work.commit()
    assert queries.run(TOMORROW).state is JobState.QUEUED
    assert queries.run(RiskRequest()).state is JobState.QUEUED
    assert queries.run(EDITED) is None


def test_before_the_first_prices_it_says_what_goes_on(engine, clock):
    with pytest.raises(NotYetComputedError, match="No worker is running"):
        VarQueries(engine, clock).view(TOMORROW, 0.95)
    with pytest.raises(NotYetComputedError, match="no prices yet"):
        RiskCommands(engine, clock).simulate(TOMORROW)
