from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from models.domain.jobs import JobState
from models.domain.market import CircuitState, ProviderCircuit
from services.queries.system_health import HealthStatus, SystemState, describe_age, judge
from services.storage.health import DatasetState, Leader, NewestRun

NOW = datetime(2024, 3, 1, 22, 0, tzinfo=UTC)


def run(state: JobState) -> NewestRun:
    return NewestRun("ingest_bars", state, 1, NOW, NOW, NOW, 10, "")


FINE = SystemState(
    asked=True,
    database=True,
    leader=Leader("worker", 3, NOW - timedelta(seconds=1)),
    runs=(run(JobState.SUCCEEDED),),
    dataset=DatasetState("sample", "Sample", NOW, date(2024, 2, 29)),
)


def test_all_is_well():
    verdict = judge(FINE, NOW)
    assert verdict.status is HealthStatus.HEALTHY
    assert verdict.reasons == ()


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (replace(FINE, leader=None), "No worker has run yet"),
        (replace(FINE, leader=Leader("worker", 3, NOW - timedelta(seconds=11))), "11 s ago"),
        (replace(FINE, runs=(run(JobState.FAILED),)), "ingest_bars failed"),
        (replace(FINE, dataset=None), "no data yet"),
        (replace(FINE, dataset=DatasetState("sample", "Sample", None, None)), "no signals yet"),
    ],
)
def test_one_fault_degrades(state, says):
    verdict = judge(state, NOW)
    assert verdict.status is HealthStatus.DEGRADED
    assert len(verdict.reasons) == 1
    assert says in verdict.reasons[0]


def test_a_heartbeat_of_ten_seconds_is_in_time_and_a_skipped_run_is_no_failure():
    state = replace(
        FINE, leader=Leader("worker", 3, NOW - timedelta(seconds=10)), runs=(run(JobState.SKIPPED),)
    )
    assert judge(state, NOW).status is HealthStatus.HEALTHY


def test_a_heartbeat_from_a_clock_that_runs_ahead_is_no_fault():
    state = replace(FINE, leader=Leader("worker", 3, NOW + timedelta(seconds=30)))
    assert judge(state, NOW).status is HealthStatus.HEALTHY


def test_without_a_database_nothing_else_is_said():
    verdict = judge(replace(FINE, database=False, leader=None), NOW)
    assert verdict.status is HealthStatus.UNHEALTHY
    assert verdict.reasons == ("The database cannot be reached.",)


def circuit(state: CircuitState, provider: str = "sample") -> ProviderCircuit:
    return ProviderCircuit(provider, "", state, 7, NOW, None, NOW, "no answer in time")


@pytest.mark.parametrize("state", [CircuitState.OPEN, CircuitState.HALF_OPEN])
def test_a_provider_that_is_not_asked_degrades_with_reason_and_age(state):
    old = replace(FINE.dataset, refreshed_at=NOW - timedelta(hours=25))
    verdict = judge(replace(FINE, dataset=old, circuits=(circuit(state),)), NOW)
    assert verdict.status is HealthStatus.DEGRADED
    (reason,) = verdict.reasons
    assert "sample failed 7 times in a row and is tried again every 5 minutes (no answer in time)" in reason
    assert reason.endswith("the last good data, 25 hours old, stay.")


@pytest.mark.parametrize("fine", [circuit(CircuitState.CLOSED), circuit(CircuitState.OPEN, "another"), None])
def test_other_circuits_do_not(fine):
    assert judge(replace(FINE, circuits=(fine,) if fine else ()), NOW).status is HealthStatus.HEALTHY


def test_quotes_that_failed_once_are_no_matter():
    quotes = replace(run(JobState.FAILED), job="refresh_quotes")
    assert judge(replace(FINE, runs=(*FINE.runs, quotes)), NOW).status is HealthStatus.HEALTHY


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7199, "119 minutes"),
        (7200, "2 hours"),
        (172_799, "47 hours"),
        (172_800, "2 days"),
    ],
)
def test_ages_are_told_in_the_largest_unit_of_two_or_more(seconds, words):
    assert describe_age(seconds) == words
