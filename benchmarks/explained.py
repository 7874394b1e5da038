"""Stored explanations as people meet them: the panel's section under ten users."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text
from sqlalchemy.engine import make_url

from benchmarks.browser import served
from benchmarks.panel import Source
from benchmarks.served_callback import ServedCallback
from benchmarks.table import Result
from components.ids import Shell, Signals
from services.storage.engine import open_engine

_USERS, _CLICKS = 10, 12
_PAUSE_S = 1.0  # between the clicks of one user
_REVISION = {"number": 1}


def run(_: Source, url: str) -> list[Result]:
    """Measure on what the benchmark of explanations left: one model, every symbol explained."""
    database = make_url(url).set(database="bench_explanations", drivername="postgresql")
    address = database.render_as_string(hide_password=False)
    symbols = _explained(address)
    with served(address, first="/health") as site:  # nothing is scored there
        why = ServedCallback(site, Signals.MODEL_WHY)
        why.answer({Signals.SELECTED: symbols[0], Shell.REVISION: _REVISION})  # connections are opened

        def user(number: int) -> list[float]:
            time.sleep(number * _PAUSE_S / _USERS)
            return [
                _click(why, symbols[(number * _CLICKS + click) % len(symbols)]) for click in range(_CLICKS)
            ]

        with ThreadPoolExecutor(_USERS) as pool:
            times = [seconds for found in pool.map(user, range(_USERS)) for seconds in found]
    p95 = statistics.quantiles(times, n=20)[-1]
    return [
        Result(f"stored explanation, {_USERS} users who click every second, p95", p95, "", None, 0.3),
    ]


def _click(why: ServedCallback, symbol: str) -> float:
    time.sleep(_PAUSE_S)
    begun = time.perf_counter()
    body = why.answer({Signals.SELECTED: symbol, Shell.REVISION: _REVISION})
    seconds = time.perf_counter() - begun
    if b'"has_data":true' not in body:
        raise AssertionError(f"{symbol} has no explanation")
    return seconds


def _explained(address: str) -> list[str]:
    engine = open_engine(address)
    query = "SELECT DISTINCT symbol FROM explanations JOIN instruments ON id = instrument_id ORDER BY symbol"
    with engine.connect() as connection:
        found = [row[0] for row in connection.execute(text(query))]
    engine.dispose()
    return found
