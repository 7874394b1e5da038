"""A request for an explanation is a row in the queue: shared, bounded, and only for who is signed in."""

from datetime import timedelta

import pytest

from models.domain.errors import InvalidRequestError
from models.domain.explanations import SignalRequest
from models.domain.jobs import JobName
from models.domain.users import Role
from services.commands.access import Actor, NotAllowedError, act_as
from services.commands.explanations import ExplanationCommands
from services.storage.unit_of_work import SqlUnitOfWork


@pytest.fixture
def viewer():
    act_as(Actor("vera", Role.VIEWER))
    yield
    act_as(None)


@pytest.fixture
def commands(engine, clock):
    return ExplanationCommands(engine, clock)


@pytest.mark.usefixtures("viewer")
def test_the_same_request_is_one_run(engine, clock, commands):
    first = commands.request(SignalRequest("AAPL"))
    clock.time += timedelta(seconds=1)
    assert commands.request(SignalRequest("AAPL")) == first
    assert commands.request(SignalRequest("AAPL", model_id=2)) != first
    with SqlUnitOfWork(engine) as work:
        run = work.jobs.get(first)
    assert (run.job, run.requested_by, run.parameters) == (
        JobName.EXPLAIN_SYMBOL,
        "vera",
        {"symbol": "AAPL"},
    )


@pytest.mark.usefixtures("viewer")
def test_a_long_queue_takes_no_more(clock, commands):
    for number in range(20):
        clock.time += timedelta(seconds=1)
        commands.request(SignalRequest(f"S{number}"))
    with pytest.raises(InvalidRequestError, match="20 explanations are being computed"):
        commands.request(SignalRequest("AAPL"))


def test_nobody_is_refused(commands):
    with pytest.raises(NotAllowedError):
        commands.request(SignalRequest("AAPL"))
