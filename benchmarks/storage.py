"""From file to stored bars, again, and back as arrays; and the evening's job."""

import io
from dataclasses import replace

import adbc_driver_postgresql.dbapi as adbc
import pandas as pd
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from app.clock import SystemClock
from benchmarks.panel import Source
from benchmarks.table import Result, timed
from models.domain.market import MarketData
from services.storage.engine import open_engine
from services.storage.migrations import migrate
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from services.usecases.score_indicators import score_indicators

_CLOCK = SystemClock()
_TO_SQL_SHARE = 20  # to_sql takes minutes: a twentieth of the rows, times twenty


class _Given:
    """A provider of data that are there already."""

    name = "given"

    def __init__(self, market: MarketData) -> None:
        self._market = market

    def fetch(self, *_: object) -> MarketData:
        return self._market


def fresh_database(url: str, name: str) -> Engine:
    """Make a migrated database and return its engine."""
    admin = open_engine(url, pooled=False).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = open_engine(make_url(url).set(database=name).render_as_string(hide_password=False))
    migrate(engine)
    return engine


def run(source: Source, url: str) -> list[Result]:
    """Measure storage."""
    engine = fresh_database(url, "bench")

    def work() -> SqlUnitOfWork:
        return SqlUnitOfWork(engine)

    def ingest() -> None:
        ingest_bars(work, source.provider(), _CLOCK, lambda *_: None)

    market = source.fetch()
    peers = {"text": _text_copy(engine, market.bars), "to_sql": _to_sql(engine, market.bars)}
    first, again = timed(ingest), timed(ingest)
    with work() as reading:
        status = reading.datasets.active()
        assert status is not None
        dataset_id = status.dataset.id
    assert dataset_id is not None

    def read() -> None:
        with work() as reading:
            reading.bars.panel(dataset_id)

    results = [
        Result("file to stored, validated bars", first, "text COPY, bare table", peers["text"], 4.0),
        Result("file to stored, validated bars", first, "pandas.to_sql", peers["to_sql"], 1 / 7),
        Result("the same again, nothing written", again, "the first time", first, 1.0),
        Result("panel as arrays", timed(read, 3), "ADBC", _adbc(engine), 2.0),
    ]
    engine.dispose()
    return [*results, _evening(url, market)]


def _text_copy(engine: Engine, bars: pd.DataFrame) -> float:
    payload = io.StringIO()
    bars.to_csv(payload, index=False, header=False)
    with engine.connect() as connection:
        columns = "symbol text, session date, open float8, high float8, low float8, close float8"
        connection.execute(text(f"CREATE TABLE bare ({columns}, volume float8, adj_close float8)"))
        connection.commit()
        driver = connection.connection.driver_connection
        assert driver is not None
        payload.seek(0)

        def copy() -> None:
            with driver.cursor() as cursor:
                cursor.copy_expert("COPY bare FROM STDIN (FORMAT csv)", payload)
            driver.commit()

        return timed(copy)


def _to_sql(engine: Engine, bars: pd.DataFrame) -> float:
    part = bars.iloc[: len(bars) // _TO_SQL_SHARE]
    return _TO_SQL_SHARE * timed(lambda: part.to_sql("bare_to_sql", engine, index=False))


def _adbc(engine: Engine) -> float:
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    query = "SELECT instrument_id, session, open, high, low, close, volume, known_at FROM bars"
    with adbc.connect(url) as connection, connection.cursor() as cursor:

        def read() -> None:
            cursor.execute(query)
            cursor.fetch_arrow_table()

        return timed(read, 3)


def _evening(url: str, market: MarketData) -> Result:
    """Time the job of an evening: one new session of every symbol, from stored bars to stored signals."""
    engine = fresh_database(url, "bench_evening")

    def work() -> SqlUnitOfWork:
        return SqlUnitOfWork(engine)

    last = market.bars["session"].max()
    until_yesterday = replace(market, bars=market.bars[market.bars["session"] < last])
    ingest_bars(work, _Given(until_yesterday), _CLOCK, lambda *_: None)
    score_indicators(work, _CLOCK, lambda *_: None)
    ingest_bars(work, _Given(market), _CLOCK, lambda *_: None)
    seconds = timed(lambda: score_indicators(work, _CLOCK, lambda *_: None))
    engine.dispose()
    return Result("evening: newest session scored and stored", seconds, "", None, 2.0)
