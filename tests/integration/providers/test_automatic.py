"""``auto``: the live feed where it can be had, the sample where not, and never back from live data."""

import socket
import time as machine_time

import pytest

from models.domain.errors import ProviderUnavailableError
from models.domain.jobs import JobName
from models.domain.market import CircuitState
from models.domain.settings import Settings
from services.jobs.due import DueChecks
from services.providers.automatic import AutomaticProvider
from tests.integration.providers.conftest import TEN, Desk

pytestmark = pytest.mark.slow


@pytest.fixture
def nowhere() -> str:
    """An address on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{found.getsockname()[1]}"


@pytest.fixture
def make_auto(engine, time, make_feed):
    def make(universe=TEN, **options):
        return Desk(engine, time, lambda: AutomaticProvider(make_feed(universe, **options), universe))

    return make


def test_live_where_it_can_be_had(make_auto):
    desk = make_auto()
    desk.ingest()
    assert desk.status().dataset.provider == "yfinance"
    assert desk.status().dataset.banner == ""


def test_the_sample_at_once_where_nobody_listens(make_auto, nowhere):
    desk = make_auto(address=nowhere)
    began = machine_time.monotonic()
    desk.ingest()
    took_s = machine_time.monotonic() - began
    dataset = desk.status().dataset
    assert dataset.provider == "sample"
    assert "live feed is out of reach" in dataset.banner
    assert "no connection" in dataset.banner
    assert "UNIVERSE" in dataset.banner
    assert desk.circuit().n_failures == 1
    assert took_s < 5.0


@pytest.mark.parametrize(
    ("fault", "words"),
    [("hang", "no answer in time"), ("html", "an HTML page"), ("429", "status 429"), ("500", "status 500")],
)
def test_the_sample_with_the_reason_after_one_question(make_auto, vendor, time, fault, words):
    """A captive portal, a ban, a broken vendor; the question takes as long as it is given, once."""
    vendor.broken["*"] = fault
    desk = make_auto((), probe_s=1.0)
    began = machine_time.monotonic()
    desk.ingest()
    if fault == "hang":
        assert machine_time.monotonic() - began >= 1.0
    assert vendor.charts() == {"SPY": 1}
    assert time.pauses == []
    assert words in desk.status().dataset.banner
    assert "UNIVERSE" not in desk.status().dataset.banner


def test_the_sample_where_the_feed_answers_and_then_gives_nothing(make_auto, vendor):
    vendor.broken |= dict.fromkeys(TEN, "html")
    desk = make_auto()
    desk.ingest()
    assert desk.status().dataset.provider == "sample"
    assert "an HTML page" in desk.status().dataset.banner


def test_a_universe_of_the_samples_symbols_is_kept(make_auto, nowhere):
    desk = make_auto(("IBM", "MSFT"), address=nowhere)
    desk.ingest()
    assert desk.status().n_symbols == 2
    assert "UNIVERSE" not in desk.status().dataset.banner


def test_an_outage_never_brings_the_sample_back(make_auto, nowhere):
    desk = make_auto()
    desk.ingest()
    before = desk.status()
    with pytest.raises(ProviderUnavailableError):
        make_auto(address=nowhere).ingest()
    assert desk.status() == before


def test_the_sample_gives_way_as_soon_as_the_feed_answers(make_auto, vendor, time):
    vendor.broken["*"] = "500"
    desk = make_auto()
    desk.ingest()
    is_due = DueChecks(Settings(data_provider="auto"), time, lambda *_: desk.make())
    assert not is_due(JobName.INGEST_BARS, desk.work), "five minutes have not passed"
    time.sleep(300.0)
    assert not is_due(JobName.INGEST_BARS, desk.work)
    assert desk.circuit().n_failures == 2
    vendor.broken.clear()
    time.sleep(299.0)
    assert not is_due(JobName.INGEST_BARS, desk.work)
    time.sleep(1.0)
    assert is_due(JobName.INGEST_BARS, desk.work)
    desk.ingest()
    assert desk.status().dataset.provider == "yfinance"
    assert desk.circuit().state is CircuitState.CLOSED
    time.sleep(600.0)
    assert not is_due(JobName.INGEST_BARS, desk.work)
