"""The correlation page: its matrix computed, and drawn in a fresh browser; a matrix of 2,500 symbols."""

import numpy as np
import pandas as pd
from sqlalchemy.engine import make_url

from app.clock import SystemClock
from benchmarks.browser import CHROMIUM, fresh_page, measured_until, served
from benchmarks.panel import Source
from benchmarks.table import Result, timed
from models.domain.correlation import CorrelationMethod, CorrelationRequest
from models.domain.market import Dataset, DatasetStatus, PriceBasis
from services.quant.correlation.returns import ReturnTable
from services.quant.market_simulation.market import simulate_market
from services.quant.market_simulation.settings import SimulationSettings
from services.queries.correlation import CorrelationQueries
from services.queries.correlation_view import matrix_view
from services.storage.engine import open_engine

_REPEATS = 5
_MANY = 2_500
# The canvas is drawn, and the browser has painted it.
_WATCH = """
window.measured = {};
(function look() {
  const canvas = document.querySelector('.matrix canvas');
  if (!canvas || !canvas.hasAttribute('aria-label')) { requestAnimationFrame(look); return; }
  requestAnimationFrame(() => setTimeout(() => { window.measured.matrix = performance.now(); }, 0));
})();
"""
_READ = "() => window.measured"


def run(_: Source, url: str) -> list[Result]:
    """Measure on what the storage benchmarks left; the browser only where there is a Chromium."""
    database = make_url(url).set(database="bench_evening", drivername="postgresql")
    address = database.render_as_string(hide_password=False)
    results = [*_computed(address), _many()]
    if CHROMIUM is None:
        print("No Chromium on this machine: the matrix in a browser is not measured", flush=True)
        return results
    with served(address) as site:
        first = _load(f"{site}/correlation")
        later = min(_load(f"{site}/correlation") for _ in range(_REPEATS))
    return [
        *results,
        Result("correlation in a fresh browser, nothing kept", first, "", None, 2.0),
        Result("correlation in a fresh browser: matrix drawn", later, "", None, 1.0),
    ]


def _computed(address: str) -> list[Result]:
    """Measure the queries without their cache, and the estimate beside pandas."""
    engine = open_engine(address)
    queries = CorrelationQueries(engine, SystemClock())
    results = [
        Result(
            f"correlation matrix, {method.value}, without cache",
            timed(lambda method=method: queries.matrix(CorrelationRequest(method)), 3),
            "",
            None,
            1.0,
        )
        for method in CorrelationMethod
    ]
    engine.dispose()
    return results


def _many() -> Result:
    """Measure the whole view of a large simulated market, without the reading of its prices."""
    close = simulate_market(SimulationSettings(_MANY, 253), 0).close.astype(np.float64)
    symbols = tuple(f"S{number:04d}" for number in range(_MANY))
    table = ReturnTable(symbols, np.arange(252).astype("datetime64[D]"), close[1:] / close[:-1] - 1.0)
    members = pd.DataFrame({"symbol": symbols, "name": symbols, "sector": "All"})
    status = DatasetStatus(Dataset("simulated", "0", "Simulated", PriceBasis.RAW), _MANY, None, None, None)
    ours = timed(lambda: matrix_view(table, members, (), CorrelationRequest(), status, is_newest=True), 2)
    peer = timed(lambda: pd.DataFrame(table.returns).corr())
    work = f"matrix of {_MANY:,} simulated symbols, clustered, measured and encoded"
    return Result(work, ours, "DataFrame.corr alone", peer, 1.0)


def _load(address: str) -> float:
    with fresh_page(_WATCH) as page:
        page.goto(address)
        return measured_until(page, _READ, "matrix")["matrix"] / 1000
