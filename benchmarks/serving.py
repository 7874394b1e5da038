"""A network as it is served, beside PyTorch and beside eight bits."""

import math
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime import InferenceSession
from onnxruntime.quantization import quantize_dynamic

from benchmarks.panel import Source
from benchmarks.table import Result
from services.ml.classifiers.interface import Quiet
from services.ml.classifiers.network import bilstm_attention
from services.ml.networks.export import load_module
from services.ml.networks.files import ONNX
from services.ml.networks.serving import load_network, open_session
from services.ml.samples import Samples

_N_FEATURES, _WINDOW_SESSIONS = 50, 60
_N_SESSIONS, _N_SYMBOLS = 160, 30
_MANY = 500
_THREADS = 2  # for many windows; one window is fastest on one
_ALONE, _TOGETHER = 200, 4  # repeats


def run(_: Source, __: str) -> list[Result]:
    """Measure the largest recurrent network on noise with a planted signal."""
    samples = planted_windows()
    halves = samples.sessions < np.datetime64("2010-04-20")
    learner = bilstm_attention(_WINDOW_SESSIONS)
    learner = replace(learner, settings=replace(learner.settings, max_epochs=2, batch_size=64))
    files = learner.fit(samples.take(halves), samples.take(~halves), 0, Quiet()).files()
    served, batch, module = load_network(files), load_network(files, _THREADS), load_module(files)
    small, small_batch = (_eight_bits(files[ONNX], n_threads) for n_threads in (1, _THREADS))
    windows = samples.take(~halves).windows()
    one, many = windows[:1], windows[:_MANY]

    def by_torch(chosen: np.ndarray) -> None:
        with torch.inference_mode():
            module(torch.as_tensor(chosen))

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    alone = _medians(
        [lambda: served.run(one), lambda: by_torch(one), lambda: small.run(None, {"windows": one})], _ALONE
    )
    torch.set_num_threads(_THREADS)
    together = _medians(
        [lambda: batch.run(many), lambda: by_torch(many), lambda: small_batch.run(None, {"windows": many})],
        _TOGETHER,
    )
    torch.set_num_threads(threads)
    flipped = int(
        (
            small.run(["logits"], {"windows": windows})[0].argmax(axis=1)
            != served.run(windows)[0].argmax(axis=1)
        ).sum()
    )
    eight_bits = f"int8, {flipped:,} of {len(windows):,} decisions flipped"
    results = [
        Result("one window through ONNX Runtime, median", alone[0], "", None, 0.0015),
        Result("one window through ONNX Runtime, median", alone[0], "PyTorch", alone[1], 1.0),
        Result("one window through ONNX Runtime, median", alone[0], eight_bits, alone[2], math.inf),
        Result(f"{_MANY:,} windows through ONNX Runtime", together[0], "", None, _MANY / 1000),
    ]
    name = f"{_MANY:,} windows through ONNX Runtime"
    return [
        *results,
        Result(name, together[0], "PyTorch", together[1], 1.2),
        Result(name, together[0], "int8", together[2], math.inf),
    ]


def _medians(works: list[Callable[[], object]], repeats: int) -> list[float]:
    """Return each one's median seconds; they take turns, so that a busy moment meets all of them."""
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(repeats + 2):
        for taken, work in zip(seconds, works, strict=True):
            begun = time.perf_counter()
            work()
            taken.append(time.perf_counter() - begun)
    return [statistics.median(taken[2:]) for taken in seconds]


def _eight_bits(content: bytes, n_threads: int) -> InferenceSession:
    model = onnx.load_model_from_string(content)
    # The exporter's notes on inner shapes contradict the quantiser's own, which then gives up.
    del model.graph.value_info[:]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "int8.onnx"
        quantize_dynamic(model, path)
        return open_session(path.read_bytes(), n_threads)


def planted_windows() -> Samples:
    """Return windows whose class follows the newest session's first feature, in noise."""
    rng = np.random.default_rng(0)
    n_rows = _N_SESSIONS * _N_SYMBOLS
    features = rng.standard_normal((n_rows, _N_FEATURES)).astype(np.float32)
    day = np.tile(np.arange(_N_SESSIONS), _N_SYMBOLS)
    usable = day >= _WINDOW_SESSIONS - 1
    sessions = (np.datetime64("2010-01-04") + day)[usable]
    score = features[:, 0] + rng.standard_normal(n_rows)
    return Samples(
        features=features,
        feature_names=tuple(f"feature_{number}" for number in range(_N_FEATURES)),
        class_names=("Down", "Neutral", "Up"),
        window_sessions=_WINDOW_SESSIONS,
        source=np.arange(n_rows),
        places=np.flatnonzero(usable),
        labels=np.digitize(score, [-0.6, 0.6]).astype(np.int8)[usable],
        sessions=sessions,
        label_ends=sessions + 5,
        symbols=np.repeat(np.arange(_N_SYMBOLS), _N_SESSIONS).astype(np.int32)[usable],
        last_return=np.zeros(int(usable.sum())),
    )
