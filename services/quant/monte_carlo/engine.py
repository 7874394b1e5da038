"""Many paths in chunks: the same figures with any number of threads, and bounded memory."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from models.domain.errors import UserError
from models.domain.risk_request import RiskMethod, RiskSettings
from services.quant.monte_carlo.models import PathModel, Report

CHUNK_PATHS = 2_048
FAN_PATHS = 20_480  # of which the fan is made: its quantiles need no more
_DETAIL_SHARE = 0.15  # of each chunk's paths, the worst: the tenth that counts is among them
_MAX_DETAIL_BYTES = 256 * 2**20
_MAX_THREADS = 8
_STREAMS = {method: place for place, method in enumerate(RiskMethod)}


@dataclass(frozen=True, eq=False)
class Simulation:
    """What the paths of a book came to.

    ``outcomes``: float64, shape (n_paths,), simple returns over the horizon. ``drawdowns``: same shape.
    ``fan``: float64, shape (n_sessions, n_levels), quantiles of the return since the start.
    ``worst_outcomes``: float64, shape (n_worst,), of the worst paths among the first ``n_detailed``;
    ``worst_growth``: float64, shape (n_worst, n_symbols), what a unit of each symbol became on them.
    """

    outcomes: np.ndarray
    drawdowns: np.ndarray
    fan: np.ndarray
    worst_outcomes: np.ndarray
    worst_growth: np.ndarray
    n_detailed: int


@dataclass(frozen=True, eq=False)
class _Chunk:
    outcomes: np.ndarray
    drawdowns: np.ndarray
    fan_values: np.ndarray
    worst_outcomes: np.ndarray
    worst_growth: np.ndarray
    is_detailed: bool


def simulate(
    method: RiskMethod,
    model: PathModel,
    weights: np.ndarray,
    cash: float,
    settings: RiskSettings,
    fan_levels: tuple[float, ...],
    report: Report,
    *,
    n_threads: int | None = None,
) -> Simulation:
    """Walk a book through many paths.

    Parameters
    ----------
    method, model
        The fitted method; each has random numbers of its own, the same for every book.
    weights : float64 array, shape (n_symbols,)
        Fractions at the start; nothing is traded on the way.
    cash : float
        What is left, so that all of it is 1.
    settings : RiskSettings
    fan_levels : tuple of float
        Quantiles that the fan shows.
    report : callable
        Told how many paths are done; may raise to stop.
    n_threads : int, optional
        As many as there are processors, 8 at most; the figures do not depend on it.

    Raises
    ------
    UserError
        If a path leaves the range of numbers: the book's history is not one of prices.
    """
    sizes = _chunk_sizes(settings.n_paths)
    detail_bytes = int(CHUNK_PATHS * _DETAIL_SHARE) * weights.size * 8
    n_detailed_chunks = max(1, _MAX_DETAIL_BYTES // detail_bytes)

    def walk(place: int) -> _Chunk:
        rng = np.random.default_rng(
            np.random.SeedSequence(settings.seed, spawn_key=(_STREAMS[method], place))
        )
        values, drawdowns, growth = model.paths(rng, sizes[place], settings.horizon_sessions, weights, cash)
        outcomes = values[:, -1] - 1.0
        n_worst = int(np.ceil(sizes[place] * _DETAIL_SHARE)) if place < n_detailed_chunks else 0
        worst = np.argpartition(outcomes, n_worst - 1)[:n_worst] if n_worst else np.zeros(0, dtype=np.int64)
        is_in_fan = place * CHUNK_PATHS < FAN_PATHS
        return _Chunk(
            outcomes,
            drawdowns,
            values if is_in_fan else np.empty((0, values.shape[1])),  # a slice would keep all of it
            outcomes[worst],
            growth[worst],
            bool(n_worst),
        )

    chunks: list[_Chunk] = []
    for chunk in _in_order(walk, len(sizes), n_threads or min(os.cpu_count() or 1, _MAX_THREADS)):
        chunks.append(chunk)
        report(min(len(chunks) * CHUNK_PATHS, settings.n_paths), settings.n_paths, f"simulating, {method}")
    return _joined(chunks, fan_levels)


def _chunk_sizes(n_paths: int) -> list[int]:
    whole, rest = divmod(n_paths, CHUNK_PATHS)
    return [CHUNK_PATHS] * whole + ([rest] if rest else [])


def _in_order(walk: Callable[[int], _Chunk], n_chunks: int, n_threads: int) -> Iterator[_Chunk]:
    """Yield the chunks in their order; when the reader stops, what has not begun is not begun."""
    executor = ThreadPoolExecutor(min(n_threads, n_chunks), thread_name_prefix="paths")
    try:
        waiting: list[Future[_Chunk]] = [executor.submit(walk, place) for place in range(n_chunks)]
        waiting.reverse()
        while waiting:
            yield waiting.pop().result()
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _joined(chunks: list[_Chunk], fan_levels: tuple[float, ...]) -> Simulation:
    outcomes = np.concatenate([chunk.outcomes for chunk in chunks])
    if not np.isfinite(outcomes).all():
        raise UserError(
            "A simulated price grew beyond all numbers: the book's history is not one of prices; look at its "
            "symbols on the data quality page"
        )
    fan_values = np.concatenate([chunk.fan_values for chunk in chunks])
    return Simulation(
        outcomes,
        np.concatenate([chunk.drawdowns for chunk in chunks]),
        np.quantile(fan_values, fan_levels, axis=0).T - 1.0,
        np.concatenate([chunk.worst_outcomes for chunk in chunks]),
        np.concatenate([chunk.worst_growth for chunk in chunks]),
        sum(chunk.outcomes.size for chunk in chunks if chunk.is_detailed),
    )
