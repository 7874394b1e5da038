"""Two trainings at once: one waits its turn, and ledger and registry are as after one after the other."""

import json
import subprocess
import sys

import pytest

from models.domain.jobs import JobName, JobState
from services.ml.serving.artifact_store import ArtifactStore
from services.providers.sample import SampleProvider
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from tests.integration.processes.support import ROOT, running, wait_until
from tests.integration.training.test_train_models import no_progress


@pytest.fixture
def command(engine, database_url, clock, tmp_path):
    ingest_bars(lambda: SqlUnitOfWork(engine), SampleProvider(), clock, no_progress)
    module = "tests.integration.training.quick_training"
    return lambda how: [sys.executable, "-m", module, database_url, str(tmp_path), how]


def runs(engine):
    with SqlUnitOfWork(engine) as work:
        return [run for run in work.jobs.newest(10)[::-1] if run.job is JobName.TRAIN_MODELS]


def assert_one_after_the_other(engine, data_dir):
    """Two runs whose times do not overlap, each trial logged twice, one model, its files whole."""
    first, second = sorted(runs(engine), key=lambda run: run.started_at)
    assert [first.state, second.state] == [JobState.SUCCEEDED] * 2
    assert first.finished_at <= second.started_at
    with SqlUnitOfWork(engine) as work:
        assert {one["model"]: one["n_runs"] for one in work.trials.all()} == {"class_prior": 2, "lightgbm": 2}
        (model,) = work.models.all()
        decisions = work.models.decisions(model.trained.dataset_id)
    assert {one.model_id for one in decisions} == {model.id}
    assert ArtifactStore(data_dir).read(model.trained.content_hash).files


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_of_two_commands_one_waits(engine, command, tmp_path):
    started = [subprocess.Popen(command("asked"), cwd=ROOT, stdout=subprocess.PIPE) for _ in range(2)]
    answers = [json.loads(process.communicate(timeout=500)[0]) for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert sorted(len(one["waited_for"]) for one in answers) == [0, 1]
    assert answers[0]["message"] == answers[1]["message"]
    assert_one_after_the_other(engine, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_command_waits_for_the_worker_that_trains(engine, clock, command, tmp_path):
    with running(command("worker")):
        with SqlUnitOfWork(engine) as work:
            asked = work.jobs.enqueue(JobName.TRAIN_MODELS, clock.now())
            work.commit()
        wait_until(
            lambda: any(run.id == asked and run.state is JobState.RUNNING for run in runs(engine)),
            120,
            "the worker's training",
        )
        done = subprocess.run(
            command("asked"), cwd=ROOT, capture_output=True, text=True, timeout=500, check=False
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["waited_for"] == [asked]
    assert_one_after_the_other(engine, tmp_path)
