"""Circuit breakers of a provider and of its symbols, on the application's clock, kept in the database."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from purgatory.domain.model import HALF_OPENED, OPENED, Context, HalfOpenedState, OpenedState, State

from models.domain.market import CircuitState, ProviderCircuit
from services.ports import Clock
from services.providers.resilience.faults import FaultKind, ProviderFault

FAILURES_TO_OPEN = 5  # in a row
OPEN_SECONDS = 300.0
_STATES = {OPENED: CircuitState.OPEN, HALF_OPENED: CircuitState.HALF_OPEN}
_NAMES = {state: name for name, state in _STATES.items()}


class _ClockedContext(Context):
    """The library's circuit with another clock than the machine's."""

    def __init__(self, circuit: ProviderCircuit, clock: Clock) -> None:
        self._clock = clock
        super().__init__(
            f"{circuit.provider}/{circuit.symbol}",
            FAILURES_TO_OPEN,
            OPEN_SECONDS,
            _NAMES.get(circuit.state, "closed"),
            circuit.n_failures,
            circuit.opened_at.timestamp() if circuit.opened_at else None,
        )

    def set_state(self, state: State) -> None:
        if isinstance(state, OpenedState):
            state.opened_at = self._clock.now().timestamp()
        super().set_state(state)

    def handle_new_request(self) -> None:
        if isinstance(self._state, OpenedState):
            if self._clock.now().timestamp() < self._state.opened_at + self.ttl:
                raise self._state
            self.set_state(HalfOpenedState())
        super().handle_new_request()


class Circuit:
    """One breaker with its record. Threads may share it."""

    def __init__(self, record: ProviderCircuit, clock: Clock) -> None:
        self._record = record
        self._clock = clock
        self._context = _ClockedContext(record, clock)
        self._lock = threading.Lock()

    @property
    def record(self) -> ProviderCircuit:
        """What is to be stored of it."""
        return self._record

    @property
    def is_trial(self) -> bool:
        """Whether the next call only tries if it works again."""
        return self._record.state is not CircuitState.CLOSED

    def check(self) -> None:
        """Let a call pass.

        Raises
        ------
        ProviderFault
            ``NOT_ASKED`` while the circuit is open.
        """
        with self._lock:
            try:
                self._context.handle_new_request()
            except OpenedState as opened:
                again = datetime.fromtimestamp(opened.opened_at + OPEN_SECONDS, UTC)
                raise ProviderFault(
                    FaultKind.NOT_ASKED,
                    f"not asked until {again:%H:%M:%S} UTC after {self._record.n_failures} failures in a "
                    f"row, the last: {self._record.last_error}",
                ) from opened
            self._settle()

    def succeeded(self) -> None:
        """Note a call that was answered."""
        with self._lock:
            self._context.handle_end_request()
            self._settle(n_failures=0, last_success_at=self._clock.now())

    def failed(self, fault: ProviderFault) -> None:
        """Note a call that failed for good."""
        with self._lock:
            self._context.handle_exception(fault)
            self._settle(
                n_failures=self._record.n_failures + 1,
                last_failure_at=self._clock.now(),
                last_error=str(fault),
            )

    def _settle(self, **changes: object) -> None:
        self._context.messages.clear()
        opened_at = self._context.opened_at
        self._record = replace(
            self._record,
            state=_STATES.get(self._context.state, CircuitState.CLOSED),
            opened_at=None if opened_at is None else datetime.fromtimestamp(opened_at, UTC),
            **changes,  # type: ignore[arg-type]
        )


class Circuits:
    """The circuits of one provider, by symbol."""

    def __init__(self, provider: str, clock: Clock, stored: Iterable[ProviderCircuit] = ()) -> None:
        self._name = provider
        self._clock = clock
        self._lock = threading.Lock()
        self._stored = {record.symbol: record for record in stored}
        self._circuits = {symbol: Circuit(record, clock) for symbol, record in self._stored.items()}
        self.provider = self.of_symbol("")

    def of_symbol(self, symbol: str) -> Circuit:
        """Return a symbol's circuit, a closed one if nothing is known of it."""
        with self._lock:
            if symbol not in self._circuits:
                self._circuits[symbol] = Circuit(ProviderCircuit(self._name, symbol), self._clock)
            return self._circuits[symbol]

    def take_changes(self) -> tuple[list[ProviderCircuit], bool]:
        """Return what is to be stored since the last time, and whether the provider's state is another."""
        with self._lock:
            records = {symbol: circuit.record for symbol, circuit in self._circuits.items()}
            changed = [record for symbol, record in records.items() if record != self._stored.get(symbol)]
            before = self._stored.get("", ProviderCircuit(self._name))
            self._stored = records
        return changed, before.state is not records[""].state
