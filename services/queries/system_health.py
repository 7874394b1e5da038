"""Whether the system works: read every second by a thread, judged on request from memory."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import Connection, Engine

from models.domain.jobs import JobName, JobState
from models.domain.market import CircuitState, ProviderCircuit
from services.ports import Clock
from services.queries.background import BackgroundReader
from services.storage.engine import database_errors
from services.storage.health import DatasetState, Leader, NewestRun, RunCount, SqlSystemState
from services.storage.revisions import own_engine

_READ_EVERY_S = 1.0
_COSTLY_EVERY_S = 30.0
_STALE_S = 5.0
HEARTBEAT_LIMIT_S = 10.0


class HealthStatus(StrEnum):
    """Degraded still serves; unhealthy does not."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True)
class Health:
    """The verdict, with a sentence for each thing that is wrong."""

    status: HealthStatus
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class SystemState:
    """What was read last; ``latency_s`` is that of one trivial statement.

    ``asked``: whether the database has answered or failed to since this process began.
    """

    asked: bool = False
    database: bool = False
    server_version: str = ""
    latency_s: float | None = None
    leader: Leader | None = None
    runs: tuple[NewestRun, ...] = ()
    run_counts: tuple[RunCount, ...] = ()
    dataset: DatasetState | None = None
    circuits: tuple[ProviderCircuit, ...] = ()
    failing_symbols: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


class SystemHealth(BackgroundReader):
    """Keeps the state of the system at hand; no method queries."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        super().__init__("system-health")
        self._engine = engine
        self._clock = clock
        self._state = SystemState()
        self._read_at = 0.0
        self._costly_at = float("-inf")

    @property
    def state(self) -> SystemState:
        """What is known; ``database`` is False when the last reading failed or is too old."""
        self.start()
        state = self._state
        if state.database and time.monotonic() - self._read_at > _STALE_S:
            return replace(state, database=False)
        return state

    def heartbeat_age_s(self) -> float | None:
        """Return the seconds since a worker that leads was last heard of, None if none ever led."""
        leader = self.state.leader
        return None if leader is None else _age_s(self._clock.now(), leader.heartbeat_at)

    def data_age_s(self) -> float | None:
        """Return the seconds since the data were last refreshed, None before the first time."""
        dataset = self.state.dataset
        if dataset is None or dataset.refreshed_at is None:
            return None
        return _age_s(self._clock.now(), dataset.refreshed_at)

    def verdict(self) -> Health:
        """Judge the state that is known now."""
        return judge(self.state, self._clock.now())

    def _read_until_stopped(self) -> None:
        own = own_engine(self._engine)
        with database_errors(own), own.connect() as connection:
            while not self._stopping.is_set():
                self._state = self._read(connection)
                self._read_at = time.monotonic()
                self._published()
                self._stopping.wait(_READ_EVERY_S)

    def _read(self, connection: Connection) -> SystemState:
        source = SqlSystemState(connection)
        began = time.perf_counter()
        version = source.server_version()
        latency_s = time.perf_counter() - began
        cheap = SystemState(
            asked=True,
            database=True,
            server_version=version,
            latency_s=latency_s,
            leader=source.leader(),
            runs=source.newest_runs(),
            run_counts=self._state.run_counts,
            dataset=self._state.dataset,
            circuits=source.circuits(),
            failing_symbols=self._state.failing_symbols,
        )
        if not self._costly_is_due(cheap):
            return cheap
        self._costly_at = time.monotonic()
        return replace(
            cheap,
            run_counts=source.run_counts(),
            dataset=source.dataset(),
            failing_symbols=source.failing_symbols(),
        )

    def _costly_is_due(self, newer: SystemState) -> bool:
        # The costly part changes only with a run's end, but for what somebody does to the database by hand.
        ended = [(run.job, run.finished_at) for run in newer.runs]
        known = [(run.job, run.finished_at) for run in self._state.runs]
        return ended != known or newer.dataset is None or time.monotonic() - self._costly_at > _COSTLY_EVERY_S

    def _publish_lost(self) -> None:
        self._state = replace(self._state, asked=True, database=False)


def judge(state: SystemState, now: datetime) -> Health:
    """Return the verdict on a state.

    Parameters
    ----------
    state : SystemState
    now : datetime
        Aware UTC time that the leader's heartbeat is compared with.
    """
    if not state.asked:
        return Health(HealthStatus.DEGRADED, ("Just started: the database has not answered yet.",))
    if not state.database:
        return Health(HealthStatus.UNHEALTHY, ("The database cannot be reached.",))
    reasons = [
        *_worker_reasons(state.leader, now),
        *_provider_reasons(state.circuits, state.dataset, now),
        *_run_reasons(state.runs),
    ]
    if state.dataset is None:
        reasons.append("There are no data yet: the first ingestion has not finished.")
    elif state.dataset.last_session is None:
        reasons.append("There are no signals yet: the data have not been scored.")
    return Health(HealthStatus.DEGRADED if reasons else HealthStatus.HEALTHY, tuple(reasons))


def _worker_reasons(leader: Leader | None, now: datetime) -> list[str]:
    if leader is None:
        return ["No worker has run yet: nothing is ingested or scored."]
    age_s = _age_s(now, leader.heartbeat_at)
    if age_s <= HEARTBEAT_LIMIT_S:
        return []
    return [f"No worker leads: the last one was heard of {age_s:.0f} s ago; nothing new is computed."]


def _provider_reasons(
    circuits: tuple[ProviderCircuit, ...], dataset: DatasetState | None, now: datetime
) -> list[str]:
    """Say that the source of the data shown is not asked; who falls back to other data says so there."""
    if dataset is None:
        return []
    age = "" if dataset.refreshed_at is None else f", {describe_age(_age_s(now, dataset.refreshed_at))} old,"
    return [
        f"The provider {circuit.provider} failed {circuit.n_failures} times in a row and is tried again "
        f"every 5 minutes ({circuit.last_error}); the last good data{age} stay."
        for circuit in circuits
        if circuit.provider == dataset.provider and circuit.state is not CircuitState.CLOSED
    ]


def describe_age(age_s: float) -> str:
    """Return an age in the largest unit of which there are two or more: "3 hours", "45 seconds"."""
    for unit, unit_s in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if age_s >= 2.0 * unit_s:
            return f"{age_s // unit_s:.0f} {unit}"
    return f"{age_s:.0f} seconds"


def _run_reasons(runs: tuple[NewestRun, ...]) -> list[str]:
    # Of quotes the next ones come in minutes, or after the night; what lasts shows in the circuit.
    failed = [run.job for run in runs if run.state is JobState.FAILED and run.job != JobName.REFRESH_QUOTES]
    return [f"The newest run of {job} failed; what it computed before is kept." for job in failed]


def _age_s(now: datetime, then: datetime) -> float:
    return max((now - then).total_seconds(), 0.0)
