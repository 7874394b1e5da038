"""The sample in a real PostgreSQL, ingested and scored."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from sqlalchemy import Engine, text

from models.domain.market import MarketData
from services.providers.sample import SampleProvider
from services.queries.signal_feed import SignalFeedQueries
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from services.usecases.score_indicators import score_indicators


def no_progress(done: int, total: int, message: str) -> None:
    """Report to nobody."""


class GivenProvider:
    """A provider of the data it was given."""

    name = "sample"

    def __init__(self, market: MarketData) -> None:
        self.market = market

    def fetch(self, progress: Callable[[int, int, str], None], stored: object = None) -> MarketData:
        return self.market


class Desk:
    """Use cases and queries over one database."""

    def __init__(self, engine: Engine, clock) -> None:
        self.engine, self.clock = engine, clock
        self.queries = SignalFeedQueries(engine, clock)

    def work(self) -> SqlUnitOfWork:
        return SqlUnitOfWork(self.engine)

    def ingest(self, market: MarketData):
        return ingest_bars(self.work, GivenProvider(market), self.clock, no_progress)

    def score(self, as_of=None):
        return score_indicators(self.work, self.clock, no_progress, as_of)

    def read(self, query: str, **parameters) -> pd.DataFrame:
        with self.engine.connect() as connection:
            result = connection.execute(text(query), parameters)
            return pd.DataFrame(result.all(), columns=list(result.keys()))

    def count(self, table: str) -> int:
        return int(self.read(f"SELECT count(*) AS n FROM {table}").loc[0, "n"])

    def panel(self, **arguments):
        with self.work() as work:
            return work.bars.panel(work.datasets.active().dataset.id, **arguments)


@pytest.fixture(scope="session")
def market() -> MarketData:
    return SampleProvider().fetch(no_progress)


@pytest.fixture
def desk(engine: Engine, clock) -> Iterator[Desk]:
    return Desk(engine, clock)


@pytest.fixture
def scored(desk: Desk, market: MarketData) -> SimpleNamespace:
    """The sample, ingested and scored once."""
    return SimpleNamespace(desk=desk, market=market, ingested=desk.ingest(market), scored=desk.score())


def with_close(market: MarketData, symbol: str, session: str, factor: float) -> MarketData:
    """Return the market with one close changed, and the high and low that it needs."""
    bars = market.bars.copy()
    row = bars.index[(bars["symbol"] == symbol) & (bars["session"] == session)]
    bars.loc[row, "close"] *= factor
    bars.loc[row, "high"] = bars.loc[row, ["high", "close"]].max(axis=1)
    bars.loc[row, "low"] = bars.loc[row, ["low", "close"]].min(axis=1)
    return replace(market, bars=bars)
