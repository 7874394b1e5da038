"""A training in a process of its own: ``python -m tests.integration.training.quick_training``.

Its arguments: the database, DATA_DIR, and how. ``alone``: the use case by itself. ``network``: the same with
a tiny ``fast``. ``asked``: as the command line runs it, through the queue. ``worker``: a worker that serves
the queue until it is stopped.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

import app.worker
import services.jobs.runner
from app.bootstrap import CLOCK
from app.processes import stop_on_signals
from app.worker import Worker
from models.domain.jobs import JobName
from models.domain.networks import BiLstmAttentionSettings
from models.domain.settings import Settings
from services.jobs.runner import JobRunner
from services.ml.classifiers import network
from services.storage.engine import open_engine
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.train_models import train_models
from tests.integration.training.test_train_models import QUICK, no_progress

N_EPOCHS = 12
TINY = BiLstmAttentionSettings(
    window_sessions=5,
    first_units=4,
    second_units=4,
    attention_units=4,
    dense_units=4,
    batch_size=64,
    learning_rate=1e-3,
    max_epochs=N_EPOCHS,
    patience_epochs=N_EPOCHS,
)
WITH_NETWORK = replace(QUICK, models=("class_prior", "fast"), window_sessions=TINY.window_sessions)


def use_tiny_networks(set_attribute=setattr):
    """Let ``fast`` be a network that learns for some seconds."""
    set_attribute(network, "fast", lambda n_sessions=5: network.Network("fast", TINY))


def main(url, data_dir, how="alone"):
    engine, folder = open_engine(url), Path(data_dir)

    def handle(open_work, progress, parameters):
        return train_models(open_work, folder, CLOCK, progress, QUICK)

    if how == "worker":
        app.worker.build_handlers = lambda *_: {JobName.TRAIN_MODELS: handle}
        app.worker.JOBS = ()
        services.jobs.runner.jobs_after = lambda _: iter(())
        Worker(engine, open_engine(url, pooled=False), CLOCK, Settings()).run(stop_on_signals())
    elif how == "asked":
        runner = JobRunner(engine, CLOCK, "cli:test", {JobName.TRAIN_MODELS: handle})
        waited = []
        result = runner.run_now(JobName.TRAIN_MODELS, {}, on_wait=lambda run: waited.append(run.id))
        sys.stdout.write(json.dumps({"waited_for": waited, "message": result.message}))
    else:
        if how == "network":
            use_tiny_networks()
        settings = WITH_NETWORK if how == "network" else QUICK
        train_models(lambda: SqlUnitOfWork(engine), folder, CLOCK, no_progress, settings)


if __name__ == "__main__":
    main(*sys.argv[1:])
