"""The largest simulated market: every session of 10,000 companies over ten years."""

from benchmarks.panel import Source
from benchmarks.table import Result, timed
from services.quant.market_simulation.market import simulate_market
from services.quant.market_simulation.settings import MAX_SYMBOLS, SimulationSettings

_N_SESSIONS = 2_520
_LIMIT_SECONDS = 60.0


def run(_: Source, __: str) -> list[Result]:
    """Measure the simulation; nothing comparable stands beside it."""
    chosen = SimulationSettings(MAX_SYMBOLS, _N_SESSIONS)
    work = f"simulated market, {MAX_SYMBOLS:,} companies x {_N_SESSIONS:,} sessions"
    return [Result(work, timed(lambda: simulate_market(chosen, 0)), "", None, _LIMIT_SECONDS)]
