"""An hour without the vendor, minute by minute on a simulated clock, and back without a restart."""

from datetime import timedelta
from itertools import pairwise

import pytest

from models.domain.errors import GlassboxError
from models.domain.jobs import JobName, JobState
from models.domain.market import CircuitState
from models.domain.settings import Settings
from services.jobs.due import DueChecks
from services.jobs.runner import JobRunner
from services.queries.signal_feed import SignalFeedQueries
from services.queries.system_health import HealthStatus, SystemState, judge
from services.storage.health import Leader
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from services.usecases.score_indicators import score_indicators
from tests.integration.providers.conftest import SESSIONS
from tests.integration.providers.vendor_market import closed

pytestmark = pytest.mark.slow


class Evening:
    """A worker's minute: what is due is queued, what is queued runs."""

    def __init__(self, desk):
        self.desk, self.time = desk, desk.time
        self.is_due = DueChecks(Settings(data_provider="yfinance"), desk.time, lambda *_: desk.make())
        self.runner = JobRunner(
            desk.engine,
            desk.time,
            "worker:test:1",
            {
                JobName.INGEST_BARS: lambda work, progress, _: ingest_bars(
                    work, desk.make(), desk.time, progress
                ),
                JobName.SCORE_INDICATORS: lambda work, progress, _: score_indicators(
                    work, desk.time, progress
                ),
            },
        )
        self.queries = SignalFeedQueries(desk.engine, desk.time)

    def ask(self):
        self.time.time += timedelta(seconds=1)  # two runs of one moment are one
        with self.desk.work() as work:
            work.jobs.enqueue(JobName.INGEST_BARS, self.time.now())
            work.commit()

    def minute(self):
        if self.is_due(JobName.INGEST_BARS, lambda: SqlUnitOfWork(self.desk.engine)):
            self.ask()
        self.run()
        self.time.time += timedelta(minutes=1)

    def run(self):
        more = True
        while more:
            try:
                more = self.runner.run_next()
            except GlassboxError:
                more = True

    def runs(self):
        with self.desk.work() as work:
            return [run for run in reversed(work.jobs.newest(1000)) if run.job is JobName.INGEST_BARS]

    def verdict(self):
        with self.desk.work() as work:
            state = SystemState(
                asked=True,
                database=True,
                leader=Leader("worker", 1, self.time.now()),
                runs=work.system.newest_runs(),
                dataset=work.system.dataset(),
                circuits=work.system.circuits(),
            )
        return judge(state, self.time.now())


@pytest.fixture
def evening(desk):
    evening = Evening(desk)
    evening.ask()
    evening.run()
    return evening


def test_an_hour_without_the_vendor(evening, desk, vendor, time):
    feed = evening.queries.feed()
    assert (feed.as_of, evening.verdict().status) == (SESSIONS[199], HealthStatus.HEALTHY)
    time.time = closed(SESSIONS[200])
    vendor.broken["*"] = "500"
    vendor.asked.clear()
    evening.ask()
    began = time.now()
    evening.run()

    circuit = desk.circuit()
    assert circuit.state is CircuitState.OPEN
    assert circuit.n_failures >= 5
    # Five calls of four attempts each open it, and those under way then still end; the other symbols are
    # not asked: without the circuit there would be 12 calls. The library asks twice for each attempt.
    assert 5 * 4 * 2 <= sum(vendor.charts().values()) < 12 * 4 * 2
    assert evening.runs()[-1].state is JobState.FAILED
    assert "refused with status 500" in evening.runs()[-1].message

    n_runs, probes = len(evening.runs()), []
    while time.now() - began < timedelta(hours=1):
        vendor.asked.clear()
        evening.minute()
        probes.append(sum(vendor.charts().values()))
        assert desk.circuit().state is CircuitState.OPEN
    assert len(evening.runs()) == n_runs, "no run is recorded while the vendor is down"
    assert set(probes) == {0, 1}
    tried = [minute for minute, n in enumerate(probes) if n]
    assert {later - earlier for earlier, later in pairwise(tried)} == {5}
    assert 10 <= len(tried) <= 12

    verdict = evening.verdict()
    assert verdict.status is HealthStatus.DEGRADED
    (reason,) = [reason for reason in verdict.reasons if "yfinance" in reason]
    assert "refused with status 500" in reason
    assert "the last good data, 25 hours old, stay" in reason
    shown = evening.queries.feed()
    assert (shown.as_of, len(shown.rows)) == (SESSIONS[199], 10)
    assert shown.status.refreshed_at == feed.status.refreshed_at
    assert [row.close for row in shown.rows] == [row.close for row in feed.rows]

    vendor.broken.clear()
    for _ in range(6):
        evening.minute()
    assert evening.runs()[-1].state is JobState.SUCCEEDED
    assert evening.queries.feed().as_of == SESSIONS[200]
    assert evening.verdict().status is HealthStatus.HEALTHY
    assert (desk.circuit().state, desk.circuit().n_failures) == (CircuitState.CLOSED, 0)
    n_runs = len(evening.runs())
    for _ in range(20):
        evening.minute()
    assert len(evening.runs()) == n_runs, "and nothing is asked for again"


def test_a_circuit_opened_by_one_process_holds_in_the_next(evening, desk, vendor, time):
    vendor.broken["*"] = "500"
    evening.ask()
    evening.run()
    vendor.asked.clear()
    vendor.broken.clear()
    another = Evening(desk)
    another.ask()
    another.run()
    assert vendor.asked == []
    assert "not asked until" in another.runs()[-1].message


def test_a_partial_run_is_not_repeated(evening, desk, vendor, time):
    time.time = closed(SESSIONS[200])
    vendor.broken["JJ"] = "500"
    evening.ask()
    evening.run()
    n_runs = len(evening.runs())
    for _ in range(12):
        evening.minute()
    assert evening.runs()[-1].state is JobState.PARTIAL
    assert len(evening.runs()) == n_runs
