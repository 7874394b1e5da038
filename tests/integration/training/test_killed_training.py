"""A training that is killed with -9 in the middle leaves no model, and the next goes on where it was."""

import subprocess
import sys

import pytest

from services.ml.serving.artifact_store import ArtifactStore
from services.providers.sample import SampleProvider
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from services.usecases.train_models import train_models
from tests.integration.processes.support import ROOT
from tests.integration.training.test_train_models import QUICK, no_progress
from tests.patience import wait_until


def finished_folds(folder):
    """When each finished fold was written, by file, and of how many models there are any."""
    written = {path: path.stat().st_mtime_ns for path in folder.glob("folds/*/fold-*.arrow")}
    return written, len({path.parent for path in written})


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_is_resumed_and_nothing_is_lost_or_doubled(engine, database_url, clock, tmp_path):
    def open_work():
        return SqlUnitOfWork(engine)

    ingest_bars(open_work, SampleProvider(), clock, no_progress)
    module = "tests.integration.training.quick_training"
    with subprocess.Popen([sys.executable, "-m", module, database_url, str(tmp_path)], cwd=ROOT) as training:
        # One fold of the second model is finished, others are not.
        wait_until(lambda: finished_folds(tmp_path)[1] == 2, 300, "a fold of the second model")
        training.kill()
    before, _ = finished_folds(tmp_path)
    with open_work() as work:
        assert [trial["model"] for trial in work.trials.all()] == ["class_prior"]
        assert work.models.all() == []
    train_models(open_work, tmp_path, clock, no_progress, QUICK)
    after, _ = finished_folds(tmp_path)
    assert before.items() <= after.items()
    assert len(after) > len(before)
    with open_work() as work:
        assert {trial["model"]: trial["n_runs"] for trial in work.trials.all()} == {
            "class_prior": 2,
            "lightgbm": 1,
        }
        (model,) = work.models.all()
    assert model.decision is not None  # promoted or refused: the training went on to its end
    assert ArtifactStore(tmp_path).read(model.trained.content_hash).files
