"""Retries and circuits together, around calls that do what a test wants."""

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from models.domain.errors import JobCancelledError
from models.domain.market import CircuitState, ProviderCircuit
from services.providers.resilience.backoff import Backoff
from services.providers.resilience.calls import GuardedCalls
from services.providers.resilience.circuits import Circuits
from services.providers.resilience.faults import FaultKind, ProviderFault
from tests.conftest import FixedClock

BEGAN = datetime(2024, 3, 1, 22, 0, tzinfo=UTC)
SYMBOLS = [f"S{n:02}" for n in range(40)]


class Desk:
    def __init__(self, stored=()):
        self.clock = FixedClock(BEGAN)
        self.pauses = []
        self.circuits = Circuits("feed", self.clock, stored)
        self.changes = []
        backoff = Backoff(self.clock, self.sleep, np.random.default_rng(5))
        self.calls = GuardedCalls(
            self.circuits, backoff, lambda: self.changes.append(self.state), threading.Event()
        )
        self.attempts = []

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.clock.time += timedelta(seconds=seconds)

    @property
    def state(self):
        return self.circuits.provider.record.state

    def answer(self, *kinds, retry_after_s=None):
        """Return a call that fails in these ways, one a time, and then answers."""
        left = list(kinds)

        def attempt():
            self.attempts.append(self.clock.time)
            if left:
                raise ProviderFault(left.pop(0), "it failed", retry_after_s)
            return "answer"

        return attempt


@pytest.fixture
def desk():
    return Desk()


def test_three_retries_after_one_two_and_four_seconds(desk):
    assert desk.calls.call(desk.answer(*[FaultKind.TIMED_OUT] * 3)) == "answer"
    assert [1 <= desk.pauses[0] <= 1.25, 2 <= desk.pauses[1] <= 2.5, 4 <= desk.pauses[2] <= 5] == [True] * 3
    assert desk.circuits.provider.record.n_failures == 0


def test_the_fourth_failure_is_one_of_the_call(desk):
    with pytest.raises(ProviderFault):
        desk.calls.call(desk.answer(*[FaultKind.UNREACHABLE] * 4))
    assert (len(desk.attempts), desk.circuits.provider.record.n_failures) == (4, 1)


@pytest.mark.parametrize(
    ("kind", "n_attempts", "blamed"),
    [
        (FaultKind.NOT_FOUND, 1, 0),
        (FaultKind.NO_DATA, 4, 0),
        (FaultKind.BROKEN_ANSWER, 4, 1),
        (FaultKind.REFUSED, 4, 1),
        (FaultKind.RATE_LIMITED, 4, 1),
    ],
)
def test_who_is_blamed_and_who_is_asked_again(desk, kind, n_attempts, blamed):
    with pytest.raises(ProviderFault):
        desk.calls.call(desk.answer(*[kind] * 9), symbol="AA")
    assert len(desk.attempts) == n_attempts
    assert desk.circuits.provider.record.n_failures == blamed
    assert desk.circuits.of_symbol("AA").record.n_failures == 1


@pytest.mark.parametrize(("asked_s", "waits"), [(None, [15, 30, 60]), (7.0, [7, 7, 7]), (300.0, [300] * 3)])
def test_a_rate_limit_is_waited_for(desk, asked_s, waits):
    kinds = [FaultKind.RATE_LIMITED] * 3
    assert desk.calls.call(desk.answer(*kinds, retry_after_s=asked_s)) == "answer"
    gaps = [(later - one).total_seconds() for one, later in pairwise(desk.attempts)]
    assert all(wait <= gap <= wait + 0.25 for gap, wait in zip(gaps, waits, strict=True))


def test_who_comes_next_waits_too(desk):
    with pytest.raises(ProviderFault):
        desk.calls.call(desk.answer(FaultKind.RATE_LIMITED, retry_after_s=301.0))
    assert len(desk.attempts) == 1, "a longer wait than five minutes is not waited for"
    desk = Desk()
    first = desk.answer(FaultKind.RATE_LIMITED, retry_after_s=50.0)
    original = desk.sleep
    others = []

    def sleep(seconds):
        # While the first one waits, another comes: it is asked only when that time is over.
        if not others:
            others.append(None)
            desk.calls.call(lambda: others.append(desk.clock.time))
        original(seconds)

    desk.calls._backoff._sleep = sleep
    desk.calls.call(first)
    assert others[1] >= BEGAN + timedelta(seconds=50)


def test_five_calls_open_the_circuit_and_nobody_else_is_asked(desk):
    seen = []

    def attempt(symbol):
        seen.append(symbol)
        raise ProviderFault(FaultKind.UNREACHABLE, "no connection")

    answers, faults = desk.calls.call_each(SYMBOLS, attempt, lambda *_: None)
    assert answers == {}
    assert set(faults) == set(SYMBOLS)
    assert 5 <= len(set(seen)) <= 5 + 6, "five, and who was under way"
    assert desk.state is CircuitState.OPEN
    assert desk.changes == [CircuitState.OPEN]
    not_asked = {symbol for symbol, fault in faults.items() if not fault.was_asked}
    assert set(SYMBOLS) - set(seen) <= not_asked
    assert all(desk.circuits.of_symbol(symbol).record.n_failures == 0 for symbol in not_asked)


def test_one_bad_symbol_never_loses_the_others(desk):
    def attempt(symbol):
        if symbol in {"S03", "S04", "S31"}:
            raise ProviderFault(FaultKind.BROKEN_ANSWER, "half")
        return symbol.lower()

    told = []
    answers, faults = desk.calls.call_each(SYMBOLS, attempt, lambda n, symbol: told.append((n, symbol)))
    assert set(faults) == {"S03", "S04", "S31"}
    assert answers == {symbol: symbol.lower() for symbol in set(SYMBOLS) - set(faults)}
    assert told[-1][0] == len(SYMBOLS)
    assert [n for n, _ in told] == sorted(n for n, _ in told)


@pytest.mark.parametrize("is_back", [True, False])
def test_after_the_pause_one_call_without_retries_decides_for_all(is_back):
    stored = ProviderCircuit("feed", "", CircuitState.OPEN, 5, BEGAN - timedelta(minutes=5))
    desk = Desk([stored])
    together = []

    def attempt(symbol):
        together.append(symbol)
        if not is_back:
            raise ProviderFault(FaultKind.TIMED_OUT, "no answer in time")
        return symbol

    answers, _ = desk.calls.call_each(SYMBOLS, attempt, lambda *_: None)
    assert together[0] == SYMBOLS[0]
    assert len(answers) == (len(SYMBOLS) if is_back else 0)
    assert (len(together), desk.pauses) == (len(SYMBOLS) if is_back else 1, [])
    assert desk.state is (CircuitState.CLOSED if is_back else CircuitState.OPEN)


def test_what_the_progress_raises_ends_it(desk):
    asked, stopped = [], threading.Event()

    def attempt(symbol):
        asked.append(symbol)
        if symbol != SYMBOLS[0]:
            stopped.wait(10.0)

    def stop(n_done, symbol):
        stopped.set()
        raise JobCancelledError("enough")

    with pytest.raises(JobCancelledError):
        desk.calls.call_each(SYMBOLS, attempt, stop)
    assert len(asked) < len(SYMBOLS)
