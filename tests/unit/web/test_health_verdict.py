from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from models.domain.jobs import JobState
from services.queries.system_health import HealthStatus, SystemState, judge
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
