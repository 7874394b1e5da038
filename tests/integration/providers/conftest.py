"""The live feed between a vendor on this machine and a real database; no pause takes time."""

import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, text
from yfinance.data import SingletonMeta

from models.domain.jobs import JobResult
from models.domain.market import DatasetStatus, PricePanel, ProviderCircuit
from models.domain.settings import Settings
from services.providers.yfinance.provider import YahooProvider
from services.storage.engine import open_engine
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from tests.databases import new_database
from tests.integration.providers.vendor_market import Listing, closed, sessions_of
from tests.integration.providers.vendor_server import LocalSession, Vendor

SESSIONS = sessions_of(date(2024, 1, 2), date(2024, 12, 31))


class SimulatedTime:
    """A clock whose sleepers make it go on; several who sleep at once do so together."""

    def __init__(self, now: datetime) -> None:
        self.time = now
        self.pauses: list[float] = []
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        began = self.time
        with self._lock:
            self.pauses.append(seconds)
            self.time = max(self.time, began + timedelta(seconds=seconds))


@pytest.fixture
def time() -> SimulatedTime:
    return SimulatedTime(closed(SESSIONS[199]))


@pytest.fixture
def vendor(time: SimulatedTime) -> Iterator[Vendor]:
    """Ten companies, the benchmark and the volatility index; A pays dividends and splits in two."""
    SingletonMeta._instances.clear()  # the library's connection and cookies belong to the process
    running = Vendor(time.now)
    for seed, symbol in enumerate("ABCDEFGHIJ"):
        running.listings[symbol * 2] = Listing.walk(seed, SESSIONS, name=f"{symbol} Incorporated")
    running.listings["AA"] = Listing.walk(
        0, SESSIONS, dividends={30: 0.8, 92: 0.8, 155: 0.45, 217: 0.45}, splits={120: 2.0}, name="Double A"
    )
    running.listings["SPY"] = Listing.walk(20, SESSIONS, kind="ETF")
    running.listings["^VIX"] = Listing.walk(21, SESSIONS, kind="INDEX")
    yield running
    running.close()
    SingletonMeta._instances.clear()


TEN = tuple(symbol * 2 for symbol in "ABCDEFGHIJ")


@pytest.fixture
def make_feed(vendor: Vendor, time: SimulatedTime, tmp_path: Path) -> Callable[..., YahooProvider]:
    """Return a new process's feed, so to say: nothing of an earlier one is remembered."""

    def make(universe: tuple[str, ...] = TEN, address: str | None = None, **limits: float) -> YahooProvider:
        return YahooProvider(
            Settings(universe=universe, data_dir=tmp_path),
            time,
            session=LocalSession(address or vendor.address, **limits),
            sleep=time.sleep,
            generator=np.random.default_rng(1),
        )

    return make


def no_progress(done: int, total: int, message: str) -> None:
    """Report to nobody."""


class Desk:
    """The feed, the use cases and one database."""

    def __init__(self, engine: Engine, time: SimulatedTime, make: Callable[[], YahooProvider]) -> None:
        self.engine, self.time, self.make = engine, time, make

    def work(self) -> SqlUnitOfWork:
        return SqlUnitOfWork(self.engine)

    def ingest(self) -> JobResult:
        return ingest_bars(self.work, self.make(), self.time, no_progress)

    def read(self, query: str) -> pd.DataFrame:
        with self.engine.connect() as connection:
            result = connection.execute(text(query))
            return pd.DataFrame(result.all(), columns=list(result.keys()))

    def count(self, table: str) -> int:
        return int(self.read(f"SELECT count(*) AS n FROM {table}").loc[0, "n"])

    def status(self) -> DatasetStatus:
        with self.work() as work:
            return work.datasets.active()

    def instruments(self) -> pd.DataFrame:
        with self.work() as work:
            return work.datasets.instruments(self.status().dataset.id)

    def panel(self, **arguments) -> PricePanel:
        with self.work() as work:
            return work.bars.panel(self.status().dataset.id, **arguments)

    def circuit(self, symbol: str = "") -> ProviderCircuit | None:
        with self.work() as work:
            return {found.symbol: found for found in work.provider_circuits.all()}.get(symbol)


@pytest.fixture
def make_desk(engine: Engine, time: SimulatedTime, make_feed) -> Callable[..., Desk]:
    def make(universe: tuple[str, ...] = TEN, engine: Engine = engine, **options) -> Desk:
        return Desk(engine, time, lambda: make_feed(universe, **options))

    return make


@pytest.fixture
def desk(make_desk) -> Desk:
    return make_desk()


@pytest.fixture
def other_desk(server_url: str, make_desk) -> Iterator[Desk]:
    """Another database for the same vendor."""
    with new_database(server_url) as url:
        other = open_engine(url)
        yield make_desk(engine=other)
        other.dispose()
