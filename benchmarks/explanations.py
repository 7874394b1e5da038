"""Explanations: of the universe by the evening's job, and of one signal that somebody asks for."""

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from app.clock import SystemClock
from benchmarks.inference import register_untrained
from benchmarks.panel import Source
from benchmarks.storage import fresh_database
from benchmarks.table import Result
from models.domain.explanations import SignalRequest
from services.ml.serving.artifact_store import ArtifactStore
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.explain_signals import explain_signals
from services.usecases.explain_symbol import explain_symbol
from services.usecases.ingest_bars import ingest_bars

_ALL_SECONDS, _ONE_SECONDS = 60.0, 1.5
_N_REQUESTS = 5
_HISTORY, _BACK = 2_000, timedelta(days=700)


def run(source: Source, url: str) -> list[Result]:
    """Time an untrained `fast`, whose outputs are explained at the same cost as a trained one's."""
    engine, clock = fresh_database(url, "bench_explanations"), SystemClock()

    def open_work() -> SqlUnitOfWork:
        return SqlUnitOfWork(engine)

    ingest_bars(open_work, source.provider(), clock, lambda *_: None)
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        register_untrained(open_work(), ArtifactStore(data_dir), clock)
        explained_after: list[float] = []
        begun = time.perf_counter()

        def watch(done: int, total: int, message: str) -> None:
            if message.startswith("testing"):  # what is said of the model as a whole begins
                explained_after.append(time.perf_counter() - begun)

        result = explain_signals(open_work, data_dir, clock, watch)
        whole = time.perf_counter() - begun
        with open_work() as work:
            status = work.datasets.active()
            assert status is not None and status.dataset.id is not None  # noqa: PT018 - ingested above
            assert status.last_session is not None
            bars = work.bars.recent(status.dataset.id, _HISTORY).groupby("symbol")["session"]
        lasts, counts = bars.max(), bars.count()
        is_whole = (counts == _HISTORY) & (lasts == lasts.max())
        symbols = lasts.index[is_whole].tolist()[:_N_REQUESTS]
        past = status.last_session - _BACK
        asked = [SignalRequest(symbol) for symbol in symbols]
        earlier = [SignalRequest(symbol, past) for symbol in symbols]
        newest, before = (
            _median(
                [
                    lambda request=request: explain_symbol(
                        open_work, data_dir, clock, lambda *_: None, request
                    )
                    for request in requests
                ]
            )
            for requests in (asked, earlier)
        )
    engine.dispose()
    n_signals = result.detail["symbols"]
    return [
        Result(
            f"{n_signals} signals explained and stored, families too",
            explained_after[0],
            "",
            None,
            _ALL_SECONDS,
        ),
        Result("the same with attention, permutation and stability", whole, "", None, 3.0 * _ALL_SECONDS),
        Result("one newest signal explained on request, median", newest, "", None, _ONE_SECONDS),
        Result(f"one signal of {past} explained on request, median", before, "", None, _ONE_SECONDS),
    ]


def _median(works: list[Callable[[], object]]) -> float:
    seconds = []
    for work in works:
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)
