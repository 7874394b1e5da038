from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.health import VERSION
from models.domain.market import CircuitState
from models.tables import datasets, job_runs, leadership, provider_circuits
from tests.integration.web.conftest import PROD
from tests.patience import wait_until

HEADERS = {"Authorization": f"Bearer {PROD.metrics_token}"}


@pytest.fixture
def work_done(engine, clock):
    """One dataset, a leading worker, a failed and two good runs."""
    now = clock.now()
    with engine.begin() as connection:
        connection.execute(
            datasets.insert().values(
                provider="sample",
                fingerprint="f",
                label="Sample",
                price_basis="raw",
                historical=True,
                simulated=False,
                created_at=now,
                activated_at=now,
                refreshed_at=now - timedelta(hours=1),
            )
        )
        connection.execute(
            leadership.insert().values(
                id=1, token=7, owner="worker-1", backend_pid=1, acquired_at=now, heartbeat_at=now
            )
        )
        for minutes, state in ((3, "succeeded"), (2, "succeeded"), (1, "failed")):
            connection.execute(
                job_runs.insert().values(
                    job="ingest_bars",
                    scheduled_for=now - timedelta(minutes=minutes),
                    attempt=1,
                    state=state,
                    requested_by="schedule",
                    rows_written=5,
                    finished_at=now,
                )
            )


def scrape(client):
    families = text_string_to_metric_families(client.get("/metrics", headers=HEADERS).text)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def _knows_the_revision(client) -> bool:
    return client.get("/api/v1/revision", headers=HEADERS).json["database"]


def wait_for_the_first_answer(client) -> None:
    """The database is asked by a thread that begins with the first request."""
    wait_until(
        lambda: "Just started" not in client.get("/health").text and _knows_the_revision(client),
        20,
        "the first answer",
    )


def test_the_system_is_told_in_gauges(prod, work_done):
    wait_for_the_first_answer(prod)
    values = scrape(prod)
    assert values["glassbox_up",] == 1.0
    assert values["glassbox_leader",] == 1.0
    assert values["glassbox_leader_heartbeat_age_seconds",] < 10.0
    assert 3600.0 <= values["glassbox_data_age_seconds",] < 3700.0
    assert values["glassbox_revision",] == 2.0  # two accounts were added
    assert values["glassbox_process_resident_memory_bytes",] > 1e7
    assert values["glassbox_job_runs", "ingest_bars", "succeeded"] == 2.0
    assert values["glassbox_job_runs", "ingest_bars", "failed"] == 1.0


def test_requests_are_counted_by_route_and_not_by_what_clients_make_up(prod):
    for number in range(5):
        prod.get(f"/page-{number}")
        prod.open(f"/thing-{number}", method=f"M{number}")
    prod.get("/health")
    values = scrape(prod)
    assert values["glassbox_http_requests_total", "GET", "/<path:path>", "302"] == 5.0
    assert values["glassbox_http_requests_total", "other", "unmatched", "401"] == 5.0
    assert values["glassbox_http_request_duration_seconds_count", "GET", "/health"] == 1.0


def test_two_applications_in_one_process_do_not_collide(prod, dev):
    dev.get("/health")
    assert ("glassbox_http_requests_total", "GET", "/health", "200") not in scrape(prod)


def test_health_in_detail(prod, work_done):
    wait_for_the_first_answer(prod)
    body = prod.get("/health/detailed", headers=HEADERS).json
    assert body["status"] == "degraded"
    assert body["database"]["reachable"] is True
    assert body["database"]["latency_ms"] < 1000
    assert body["database"]["version"][0].isdigit()
    assert body["leader"]["owner"] == "worker-1"
    assert body["leader"]["token"] == 7
    assert body["leader"]["heartbeat_age_s"] < 10
    [run] = body["jobs"]
    assert (run["job"], run["state"], run["rows_written"]) == ("ingest_bars", "failed", 5)
    assert body["dataset"]["provider"] == "sample"
    assert body["dataset"]["last_session"] is None
    assert body["revision"]["number"] == 2
    assert 10 < body["memory_mb"] < 2000
    assert body["version"] == VERSION


def test_health_tells_the_public_no_more_than_what_is_wrong(prod, work_done):
    wait_for_the_first_answer(prod)
    answer = prod.get("/health")
    assert answer.status_code == 200
    assert set(answer.json) == {"status", "reasons"}
    assert len(answer.json["reasons"]) == 2


@pytest.fixture
def an_outage(engine, clock, work_done):
    """Another feed's circuit, open after six failures, and two of its three symbols failing."""
    rows = [
        {"provider": "elsewhere", "symbol": symbol, "state": state, "n_failures": n, "last_error": "late"}
        for symbol, state, n in (("", "open", 6), ("A", "closed", 1), ("B", "open", 5), ("C", "closed", 0))
    ]
    with engine.begin() as connection:
        connection.execute(provider_circuits.insert(), [row | {"opened_at": clock.now()} for row in rows])


def test_circuits_of_providers_are_told(prod, an_outage):
    wait_for_the_first_answer(prod)
    values = scrape(prod)
    states = {state: values["glassbox_provider_circuit", "elsewhere", state] for state in CircuitState}
    assert states == {"open": 1.0, "closed": 0.0, "half_open": 0.0}
    assert values["glassbox_provider_failures", "elsewhere"] == 6.0
    assert values["glassbox_provider_failing_symbols", "elsewhere"] == 2.0
    [provider] = prod.get("/health/detailed", headers=HEADERS).json["providers"]
    assert (provider["provider"], provider["state"], provider["failing_symbols"]) == ("elsewhere", "open", 2)
    assert (provider["last_error"], provider["last_success_at"]) == ("late", None)
    assert len(prod.get("/health").json["reasons"]) == 2, "its data are not those that are shown"
