"""An evening's inference: from stored bars to stored signals that hold the model's score."""

import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import torch

from app.clock import SystemClock
from benchmarks.panel import Source
from benchmarks.storage import fresh_database
from benchmarks.table import Result, timed
from models.domain.networks import NetworkSettings
from models.domain.registry import ModelAction, ModelDecision, NewModel
from models.domain.trials import AuditCheck
from models.networks.registry import build_network
from services.ml.classifiers.network import FittedNetwork, fast
from services.ml.drift import DriftReference
from services.ml.labelled_panel import THREE_CLASSES, WINDOW_SESSIONS, LabelSettings
from services.ml.preprocessing import MAX_FEATURES, QUANTILE_LEVELS, Preprocessing
from services.ml.samples import Samples
from services.ml.serving.artifact_store import ArtifactStore
from services.ml.serving.model_files import feature_hash, pack
from services.ml.walk_forward import TrainedModel
from services.quant.features.registry import NAMES
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.infer_signals import infer_signals
from services.usecases.ingest_bars import ingest_bars
from services.usecases.measure_drift import measure_drift
from services.usecases.score_indicators import score_indicators

_LIMIT_SECONDS = 3.0
_DRIFT_LIMIT_SECONDS = 10.0  # nobody waits for it


def run(source: Source, url: str) -> list[Result]:
    """Time the first inference of a session by an untrained `fast`, which takes as long as a trained one.

    Its drift is measured once the signals stand.
    """
    engine = fresh_database(url, "bench_inference")
    clock = SystemClock()

    def open_work() -> SqlUnitOfWork:
        return SqlUnitOfWork(engine)

    ingest_bars(open_work, source.provider(), clock, lambda *_: None)
    score_indicators(open_work, clock, lambda *_: None)
    with tempfile.TemporaryDirectory() as folder:
        register_untrained(open_work(), ArtifactStore(Path(folder)), clock)
        seconds = timed(lambda: infer_signals(open_work, Path(folder), clock, lambda *_: None))
        drift_seconds = timed(lambda: measure_drift(open_work, Path(folder), clock, lambda *_: None))
    with open_work() as work:
        status = work.datasets.active()
        n_scored = (
            0 if status is None or status.dataset.id is None else len(work.models.scores(status.dataset.id))
        )
    engine.dispose()
    name = f"model signals of {n_scored} symbols, from stored bars to stored signals"
    return [
        Result(name, seconds, "", None, _LIMIT_SECONDS),
        Result(
            f"drift of {MAX_FEATURES} features over the newest quarter",
            drift_seconds,
            "",
            None,
            _DRIFT_LIMIT_SECONDS,
        ),
    ]


def register_untrained(work: SqlUnitOfWork, store: ArtifactStore, clock: SystemClock) -> None:
    """Enter an untrained `fast` as the active dataset's champion."""
    shown = _windows()
    model = _untrained(shown)
    files, about = pack(
        model, shown, DriftReference.of(shown, shown, model, LabelSettings().horizon_sessions)
    )
    content_hash = store.write(files, about)
    with work:
        status = work.datasets.active()
        assert status is not None and status.dataset.id is not None  # noqa: PT018 - ingested above
        trained = NewModel(
            dataset_id=status.dataset.id,
            name="fast",
            content_hash=content_hash,
            data_snapshot="",
            feature_hash=feature_hash(NAMES),
            configuration={},
            seed=0,
            code_version="",
            trained_at=clock.now(),
            train_from=date(2000, 1, 1),
            train_to=date(2000, 1, 1),
            labels_through=date(2000, 1, 1),
        )
        model_id = work.models.register(trained)
        work.models.decide(ModelDecision(model_id, ModelAction.FORCE, "benchmark", clock.now()))
        work.trials.add_audit(
            [AuditCheck("none", passed=True, detail="")],
            dataset_id=status.dataset.id,
            trial_id=None,
            code_version="",
            now=clock.now(),
        )
        work.commit()


def _windows() -> Samples:
    rng = np.random.default_rng(0)
    n_windows = 4
    unknown = np.full(n_windows, np.datetime64("NaT"), dtype="datetime64[D]")
    return Samples(
        features=rng.normal(size=(n_windows * WINDOW_SESSIONS, len(NAMES))).astype(np.float32),
        feature_names=NAMES,
        class_names=THREE_CLASSES,
        window_sessions=WINDOW_SESSIONS,
        source=np.arange(n_windows * WINDOW_SESSIONS),
        places=np.arange(1, n_windows + 1) * WINDOW_SESSIONS - 1,
        labels=np.zeros(n_windows, dtype=np.int8),
        sessions=unknown,
        label_ends=unknown,
        symbols=np.zeros(n_windows, dtype=np.int32),
        last_return=np.zeros(n_windows),
    )


def _untrained(shown: Samples) -> TrainedModel:
    columns = np.linspace(0, len(NAMES) - 1, MAX_FEATURES).astype(np.int64)  # of every family
    chosen, n_chosen = tuple(NAMES[column] for column in columns), columns.size
    preprocessing = Preprocessing(
        chosen,
        columns,
        np.zeros(n_chosen, dtype=np.float32),
        np.ones(n_chosen, dtype=np.float32),
        5.0,
        np.datetime64("2000-01-01"),
        np.zeros((len(QUANTILE_LEVELS), n_chosen)),
    )
    settings: NetworkSettings = fast().settings
    torch.manual_seed(0)
    network = build_network(settings, n_chosen, len(THREE_CLASSES)).eval()
    windows = preprocessing.apply(shown).windows()
    fitted = FittedNetwork("fast", settings, network, chosen, THREE_CLASSES, (), windows)
    return TrainedModel(preprocessing, fitted, 1.0)
