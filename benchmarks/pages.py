"""What the pages ask, from stored results."""

from datetime import date

from sqlalchemy.engine import make_url

from app.clock import SystemClock
from benchmarks.panel import Source
from benchmarks.table import Result, timed
from services.queries.signal_feed import SignalFeedQueries
from services.storage.engine import open_engine

_PAST = date(2008, 10, 10)


def run(_: Source, url: str) -> list[Result]:
    """Measure the queries on what the storage benchmarks left."""
    database = make_url(url).set(database="bench_evening").render_as_string(hide_password=False)
    engine = open_engine(database)
    queries = SignalFeedQueries(engine, SystemClock())
    symbol = queries.feed().rows[0].symbol
    results = [
        Result("signal feed, without cache", timed(queries.feed, 3), "", None, 1.0),
        Result("feed of a past session, without cache", timed(lambda: queries.feed(_PAST), 3), "", None, 1.0),
        Result("ticker panel, without cache", timed(lambda: queries.ticker(symbol), 3), "", None, 0.3),
    ]
    engine.dispose()
    return results
