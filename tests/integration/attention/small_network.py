"""A small attention network, really trained on the sample, in the registry with its files."""

from dataclasses import replace

import numpy as np

from models.domain.networks import LstmMultiheadSettings
from models.domain.registry import ModelAction, ModelDecision
from services.ml.classifiers.interface import Quiet
from services.ml.classifiers.network import Network
from services.ml.final_model import fit_final
from services.ml.inputs import read_inputs
from services.ml.model_trials import TrainModelsSettings, prepare_ground
from services.ml.serving.artifact_store import ArtifactStore
from services.ml.serving.model_files import feature_hash, pack
from tests.integration.scoring.conftest import no_progress
from tests.registry_records import CLEAN, evaluation, new_model
from tests.stored_explanations import BY_SIGNAL

SETTINGS = TrainModelsSettings()


def register_small_network(open_work, data_dir, clock, max_epochs=2):
    """Train two heads of a few units, promote them, and return the model's number."""
    with open_work() as work:
        inputs = read_inputs(work)
    ground = prepare_ground(inputs, SETTINGS, data_dir, no_progress)
    sizes = LstmMultiheadSettings(
        first_units=8, second_units=8, n_heads=2, dense_units=8, max_epochs=max_epochs, learning_rate=0.005
    )
    final = fit_final(
        ground.samples,
        np.unique(inputs.panel.session),
        Network("lstm_multihead", sizes),
        SETTINGS.splits,
        SETTINGS.training,
        0,
        Quiet(),
    )
    files, about = pack(final.model, final.shown)
    trained = new_model(
        inputs.dataset.id,
        name="lstm_multihead",
        content_hash=ArtifactStore(data_dir).write(files, about),
        feature_hash=feature_hash(final.shown.feature_names),
        train_from=final.train_from,
        train_to=final.train_to,
        labels_through=final.labels_through,
    )
    now = clock.now()
    judged = {**evaluation(), "by_signal": list(BY_SIGNAL)}
    with open_work() as work:
        audit_id = work.trials.add_audit(
            CLEAN, dataset_id=trained.dataset_id, trial_id=None, code_version="c", now=now
        )
        before = work.models.champion(trained.dataset_id)
        model_id = work.models.register(replace(trained, trained_at=now))
        work.models.judge(model_id, judged, None, audit_id)
        if before is not None:
            work.models.decide(ModelDecision(before.id, ModelAction.RETIRE, "anna", now))
        work.models.decide(ModelDecision(model_id, ModelAction.PROMOTE, "anna", now))
        work.commit()
    return model_id
