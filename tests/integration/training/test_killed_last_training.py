"""A kill with -9 in the training for today, after every fold: no epoch of it is lost."""

import subprocess
import sys

import pytest

from services.ml.serving.artifact_store import ArtifactStore
from services.providers.sample import SampleProvider
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from services.usecases.train_models import train_models
from tests.integration.processes.support import ROOT, wait_until
from tests.integration.training.quick_training import N_EPOCHS, WITH_NETWORK, use_tiny_networks
from tests.integration.training.test_train_models import no_progress


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_one_killed_in_its_last_training_goes_on_from_its_last_epoch(
    engine, database_url, clock, tmp_path, monkeypatch
):
    """All folds are forecast and logged; what is lost is the training for today, and no epoch of it."""

    def open_work():
        return SqlUnitOfWork(engine)

    ingest_bars(open_work, SampleProvider(), clock, no_progress)
    module = "tests.integration.training.quick_training"
    command = [sys.executable, "-m", module, database_url, str(tmp_path), "network"]
    with subprocess.Popen(command, cwd=ROOT) as training:
        wait_until(lambda: list(tmp_path.glob("folds/*/final.safetensors")), 300, "an epoch for today")
        training.kill()
    with open_work() as work:
        assert [trial["model"] for trial in work.trials.all()] == ["fast", "class_prior"]
        assert work.models.all() == []
    use_tiny_networks(monkeypatch.setattr)
    told = []

    def telling(done, total, message):
        if "training for today" in message:
            told.append(done)

    train_models(open_work, tmp_path, clock, telling, WITH_NETWORK)
    assert 1 <= told[0] < N_EPOCHS
    assert not list(tmp_path.glob("folds/*/final.safetensors"))
    with open_work() as work:
        (model,) = work.models.all()
    assert len(model.trained.learning_curves["epoch"]) == N_EPOCHS
    store = ArtifactStore(tmp_path)
    resumed = store.read(model.trained.content_hash).files
    # The same without a kill, from nothing: not a bit differs.
    train_models(open_work, tmp_path / "anew", clock, no_progress, WITH_NETWORK)
    with open_work() as work:
        (again,) = work.models.all()
    assert again.trained.content_hash == model.trained.content_hash
    assert ArtifactStore(tmp_path / "anew").read(again.trained.content_hash).files == resumed
