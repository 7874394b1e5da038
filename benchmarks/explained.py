"""Stored explanations as people meet them: the panel's section under ten users, the attention page."""

import json
import statistics
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import make_url

from benchmarks.browser import served
from benchmarks.panel import Source
from benchmarks.table import Result
from components.ids import Attention, Shell, Signals
from services.storage.engine import open_engine

_USERS, _CLICKS = 10, 12
_PAUSE_S = 1.0  # between the clicks of one user
_REVISION = {"number": 1}


def run(_: Source, url: str) -> list[Result]:
    """Measure on what the benchmark of explanations left: one model, every symbol explained."""
    database = make_url(url).set(database="bench_explanations", drivername="postgresql")
    address = database.render_as_string(hide_password=False)
    symbols = _explained(address)
    with served(address) as site:
        why = _Callback(site, Signals.MODEL_WHY)
        why.answer({Signals.SELECTED: symbols[0], Shell.REVISION: _REVISION})  # connections are opened

        def user(number: int) -> list[float]:
            time.sleep(number * _PAUSE_S / _USERS)
            return [
                _click(why, symbols[(number * _CLICKS + click) % len(symbols)]) for click in range(_CLICKS)
            ]

        with ThreadPoolExecutor(_USERS) as pool:
            times = [seconds for found in pool.map(user, range(_USERS)) for seconds in found]
        page = _Callback(site, Attention.MATRIX_SOURCE)
        asked = {"tab": "attention", "order": "names", "model": None, "head": None, "symbol": "", "date": ""}
        begun = time.perf_counter()
        page.answer({Attention.ASKED: asked, Shell.REVISION: _REVISION})
        whole = time.perf_counter() - begun
    p95 = statistics.quantiles(times, n=20)[-1]
    return [
        Result(f"stored explanation, {_USERS} users who click every second, p95", p95, "", None, 0.3),
        Result(f"attention page, {len(symbols)} symbols by 60 days, one answer", whole, "", None, 1.0),
    ]


def _click(why: "_Callback", symbol: str) -> float:
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


class _Callback:
    """A callback of a served page, asked as the browser asks it."""

    def __init__(self, site: str, output: str) -> None:
        self._site = site
        with urllib.request.urlopen(f"{site}/_dash-dependencies") as answer:  # noqa: S310 - ours
            known = json.load(answer)
        self._about = next(
            one for one in known if f"..{output}." in f".{one['output']}" and not one["clientside_function"]
        )

    def answer(self, values: dict[str, Any]) -> bytes:
        """Return what the callback sends; inputs that are not named are null."""
        outputs = [part.rsplit(".", 1) for part in self._about["output"].strip(".").split("...")]
        body = {
            "output": self._about["output"],
            "outputs": [{"id": name, "property": what} for name, what in outputs],
            "changedPropIds": [],
            **{
                kind: [{**each, "value": values.get(each["id"])} for each in self._about[kind]]
                for kind in ("inputs", "state")
            },
        }
        request = urllib.request.Request(  # noqa: S310 - ours
            f"{self._site}/_dash-update-component",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "Origin": self._site},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            found: bytes = answer.read()
        return found
