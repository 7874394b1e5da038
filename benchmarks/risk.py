"""Monte Carlo paths beside plain NumPy, and a million of them in bounded memory."""

import resource
import subprocess
import sys

import numpy as np

from benchmarks.panel import Source
from benchmarks.table import Result, timed
from models.domain.risk import FAN_LEVELS
from models.domain.risk_request import RiskMethod, RiskSettings
from services.quant.monte_carlo.engine import simulate
from services.quant.monte_carlo.models import GeometricBrownianMotion

_MEAN, _DEVIATION = 0.0003, 0.012
_N_PATHS = 100_000
_MAX_MEMORY_RATIO = 1.5  # ten times the paths; as one matrix their prices would take 8 GB
_PER_MB = 2**20 if sys.platform == "darwin" else 2**10
_A_YEAR = 252


def run(_: Source, __: str) -> list[Result]:
    """Measure paths of one symbol and of fifty, after the compiler; and the memory that a million take."""
    first_call = timed(lambda: _paths(1, 1_000, 2))
    _paths(2, 1_000, 2)
    ours = timed(lambda: _paths(1, _N_PATHS, _A_YEAR), 3)
    plain = timed(lambda: _plain_paths(_N_PATHS, _A_YEAR), 3)
    fifty = timed(lambda: _paths(50, _N_PATHS, 10), 3)
    many, few = _peak_mb(10 * _N_PATHS), _peak_mb(_N_PATHS)
    return [
        Result("100,000 paths x 252 sessions, one symbol", ours, "NumPy", plain, 1.0 / 2.5),
        Result("100,000 paths x 10 sessions, 50 symbols", fifty, "", None, 2.0),
        Result("first call: one kernel is compiled", first_call, "", None, 20.0),
        Result(
            "peak MB, 1,000,000 paths x 21 sessions, 50 symbols",
            many,
            "100,000 paths",
            few,
            _MAX_MEMORY_RATIO,
        ),
    ]


def _peak_mb(n_paths: int) -> float:
    """Return the peak of a process of its own: this one's is that of whatever ran before."""
    measure = f"from benchmarks.risk import print_peak; print_peak({n_paths})"
    done = subprocess.run([sys.executable, "-c", measure], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _paths(n_symbols: int, n_paths: int, n_sessions: int) -> None:
    factor = np.triu(np.full((n_symbols, n_symbols), _DEVIATION / np.sqrt(n_symbols)))
    model = GeometricBrownianMotion(np.full(n_symbols, _MEAN), factor)
    weights = np.full(n_symbols, 1.0 / n_symbols)
    settings = RiskSettings(n_paths, n_sessions)
    simulate(RiskMethod.GBM, model, weights, 0.0, settings, FAN_LEVELS, lambda *_: None)


def _plain_paths(n_paths: int, n_sessions: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return outcomes, drawdowns and the fan's quantiles, as one writes it on whole arrays."""
    normals = np.random.default_rng(0).normal(_MEAN, _DEVIATION, (n_paths, n_sessions))
    values = np.exp(np.cumsum(normals, axis=1))
    peaks = np.maximum(np.maximum.accumulate(values, axis=1), 1.0)
    drawdowns = (1.0 - values / peaks).max(axis=1)
    return values[:, -1] - 1.0, drawdowns, np.quantile(values, FAN_LEVELS, axis=0)


def print_peak(n_paths: int) -> None:
    """Print the MB that this process held at most."""
    _paths(50, n_paths, 21)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _PER_MB)
