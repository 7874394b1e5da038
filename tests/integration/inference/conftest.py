"""The sample, ingested and scored, with a small model that was trained on it; a database for each test."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from models.domain.registry import ModelDecision, NewModel
from services.ml.classifiers.boosted_trees import BoostedTrees, BoostedTreesSettings
from services.ml.classifiers.interface import Quiet
from services.ml.drift import DriftReference
from services.ml.final_model import fit_final
from services.ml.inputs import read_inputs
from services.ml.model_trials import TrainModelsSettings, TrialGround, prepare_ground
from services.ml.serving.artifact_store import ArtifactStore
from services.ml.serving.model_files import feature_hash, pack
from services.ml.walk_forward import TrainedModel
from services.providers.sample import SampleProvider
from services.storage.engine import open_engine
from services.usecases.infer_signals import infer_signals
from tests.databases import new_database
from tests.integration.scoring.conftest import Desk, no_progress
from tests.registry_records import CLEAN, evaluation, new_model

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
SETTINGS = TrainModelsSettings()


class StillClock:
    """A clock that moves when it is told to."""

    time = NOW

    def now(self):
        return self.time


@dataclass(frozen=True, eq=False)
class Prepared:
    """A scored database to copy, and models that were trained on it, with their files below a folder."""

    database: str
    data_dir: Path
    ground: TrialGround
    models: tuple[TrainedModel, ...]
    registered: tuple[NewModel, ...]


@pytest.fixture(scope="session")
def prepared(server_url, tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("models")
    with new_database(server_url) as url:
        engine = open_engine(url)
        desk = Desk(engine, StillClock())
        desk.ingest(SampleProvider().fetch(no_progress))
        desk.score()
        with desk.work() as work:
            inputs = read_inputs(work)
        ground = prepare_ground(inputs, SETTINGS, data_dir, no_progress)
        sessions = np.unique(inputs.panel.session)
        models, registered = [], []
        for seed in (0, 1):
            small = BoostedTrees(BoostedTreesSettings(n_rounds=5, learning_rate=0.2))
            final = fit_final(
                ground.samples, sessions, small, SETTINGS.splits, SETTINGS.training, seed, Quiet()
            )
            drift = DriftReference.of(final.learnt, final.shown, final.model, 5)
            # The second is as models were before a picture of their training was kept.
            files, about = pack(final.model, final.shown, drift if seed == 0 else None)
            models.append(final.model)
            registered.append(
                new_model(
                    inputs.dataset.id,
                    name="lightgbm",
                    content_hash=ArtifactStore(data_dir).write(files, about),
                    feature_hash=feature_hash(final.shown.feature_names),
                    train_from=final.train_from,
                    train_to=final.train_to,
                    labels_through=final.labels_through,
                )
            )
        engine.dispose()
        yield Prepared(url.rpartition("/")[2], data_dir, ground, tuple(models), tuple(registered))


class InferenceDesk(Desk):
    """Use cases over a copy of the prepared database, and the registry of models beside it."""

    def __init__(self, engine, clock, data_dir, prepared):
        super().__init__(engine, clock)
        self.data_dir, self.prepared = data_dir, prepared

    def register(self, number=0, action=None, *, ic=0.02, **changes):
        """Enter a model, audited clean and judged, and decide about it; return its number."""
        trained = replace(self.prepared.registered[number], **changes)
        with self.work() as work:
            audit_id = work.trials.add_audit(
                CLEAN, dataset_id=trained.dataset_id, trial_id=None, code_version="c", now=NOW
            )
            model_id = work.models.register(trained)
            work.models.judge(model_id, evaluation(ic), None, audit_id)
            work.commit()
        if action is not None:
            self.decide(model_id, action)
        return model_id

    def decide(self, model_id, action):
        self.clock.time += timedelta(seconds=1)
        with self.work() as work:
            work.models.decide(ModelDecision(model_id, action, "anna", self.clock.now(), ("because",)))
            work.commit()

    def model(self, model_id):
        with self.work() as work:
            return work.models.get(model_id)

    def infer(self):
        return infer_signals(self.work, self.data_dir, self.clock, no_progress)

    def newest(self, day="2013-03-01"):
        return self.read(
            "SELECT signals.*, symbol FROM signals JOIN instruments ON instruments.id = instrument_id "
            "WHERE session = :day ORDER BY symbol",
            day=day,
        )


@pytest.fixture
def desk(prepared, server_url, tmp_path):
    (tmp_path / "models").symlink_to(prepared.data_dir / "models")
    with new_database(server_url, template=prepared.database) as url:
        engine = open_engine(url)
        yield InferenceDesk(engine, StillClock(), tmp_path, prepared)
        engine.dispose()


@pytest.fixture
def own_files(desk, prepared):
    """Files of the models that the test may damage."""
    link = desk.data_dir / "models"
    link.unlink()
    for trained in prepared.registered:
        source, target = prepared.data_dir / "models" / trained.content_hash, link / trained.content_hash
        target.mkdir(parents=True)
        for path in source.iterdir():
            (target / path.name).write_bytes(path.read_bytes())
    return link
