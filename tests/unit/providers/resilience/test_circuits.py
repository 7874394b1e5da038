"""Circuits on a clock that the tests move, against the rule in words and against a plain model."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.market import CircuitState, ProviderCircuit
from services.providers.resilience.circuits import Circuit, Circuits
from services.providers.resilience.faults import FaultKind, ProviderFault
from tests.conftest import FixedClock

FAULT = ProviderFault(FaultKind.TIMED_OUT, "no answer in time")
BEGAN = datetime(2001, 5, 4, 12, 0, tzinfo=UTC)  # long before the machine's own time


@pytest.fixture
def clock():
    return FixedClock(BEGAN)


def circuit(clock, **record):
    return Circuit(ProviderCircuit("feed", **record), clock)


def fail(one, n):
    for _ in range(n):
        one.check()
        one.failed(FAULT)


def is_asked(one):
    try:
        one.check()
    except ProviderFault:
        return False
    return True


def test_the_fifth_failure_in_a_row_opens_it(clock):
    one = circuit(clock)
    fail(one, 4)
    assert is_asked(one)
    one.succeeded()
    fail(one, 4)
    assert is_asked(one), "a success in between begins the count anew"
    fail(one, 1)
    assert not is_asked(one)
    assert one.record == ProviderCircuit(
        "feed", "", CircuitState.OPEN, 5, BEGAN, BEGAN, BEGAN, "no answer in time"
    )


def test_after_five_minutes_one_call_decides(clock):
    one = circuit(clock)
    fail(one, 5)
    clock.time = BEGAN + timedelta(seconds=299)
    assert not is_asked(one)
    clock.time = BEGAN + timedelta(seconds=300)
    assert is_asked(one)
    assert one.record.state is CircuitState.HALF_OPEN
    one.failed(FAULT)
    assert (one.record.state, one.record.n_failures) == (CircuitState.OPEN, 6)
    clock.time += timedelta(seconds=299)
    assert not is_asked(one)
    clock.time += timedelta(seconds=1)
    assert is_asked(one)
    one.succeeded()
    assert (one.record.state, one.record.n_failures) == (CircuitState.CLOSED, 0)


def test_it_says_until_when_and_why(clock):
    one = circuit(clock)
    fail(one, 5)
    told = r"until 12:05:00 UTC after 5 failures .*: no answer in time"
    with pytest.raises(ProviderFault, match=told) as caught:
        one.check()
    assert caught.value.kind is FaultKind.NOT_ASKED


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans(), st.booleans()), max_size=60))
def test_any_course_of_events_against_a_plain_model(steps):
    """Passing time, success or failure; now and then a restart, which only the record survives."""
    clock = FixedClock(BEGAN)
    one = circuit(clock)
    n_failures, opened = 0, None
    for seconds, succeeds, restarts in steps:
        clock.time += timedelta(seconds=seconds)
        if restarts:
            one = Circuit(one.record, clock)
        expected = opened is None or (clock.time - opened).total_seconds() >= 300
        assert is_asked(one) is expected
        if not expected:
            continue
        is_trial = opened is not None
        if succeeds:
            one.succeeded()
            n_failures, opened = 0, None
        else:
            one.failed(FAULT)
            n_failures += 1
            opened = clock.time if is_trial or n_failures >= 5 else None
        assert (one.record.n_failures, one.record.opened_at) == (n_failures, opened)


def test_what_changed_is_told_once(clock):
    stored = ProviderCircuit("feed", "AA", n_failures=2, last_error="x")
    circuits = Circuits("feed", clock, [stored])
    assert circuits.of_symbol("AA").record == stored
    assert circuits.take_changes()[1] is False
    circuits.of_symbol("AA").succeeded()
    circuits.provider.failed(FAULT)
    changed, changed_state = circuits.take_changes()
    assert {record.symbol: record.n_failures for record in changed} == {"AA": 0, "": 1}
    assert not changed_state
    assert circuits.take_changes() == ([], False)
    for _ in range(4):
        circuits.provider.failed(FAULT)
    changed, changed_state = circuits.take_changes()
    assert changed == [replace(circuits.provider.record)]
    assert changed_state
