"""From a configuration that was judged to a model of the registry: trained for today, stored, audited."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from models.domain.registry import NewModel
from services.ml.audit.gathering import CODE, gather_evidence
from services.ml.audit.run import audit
from services.ml.classifiers.interface import Classifier, FittedClassifier, LearntInEpochs, resumable
from services.ml.drift import DriftReference
from services.ml.final_model import FinalModel, fit_final
from services.ml.model_trials import JudgedTrial, TrainModelsSettings, TrialGround, run_folder
from services.ml.serving.artifact_store import ArtifactStore
from services.ml.serving.model_files import feature_hash, pack
from services.ports import Clock, Progress, UnitOfWorkFactory
from services.quant.code_version import code_version


@dataclass(frozen=True, eq=False)
class Registration:
    """A judged configuration, its number in the ledger, and what it was tried on."""

    classifier: Classifier
    judged: JudgedTrial
    trial_id: int
    ground: TrialGround
    settings: TrainModelsSettings


def register_model(
    open_work: UnitOfWorkFactory,
    data_dir: Path,
    clock: Clock,
    progress: Progress,
    registration: Registration,
) -> int:
    """Train a judged configuration on everything before today, store and audit it; return its number.

    Its files stand before its row does: a kill between the two leaves files that the next training finds. One
    that is killed while it learns goes on from its last epoch.

    Raises
    ------
    InsufficientHistoryError
        If there is too little to learn from.
    OperatorError
        If its files cannot be written.
    """
    ground, settings, name = registration.ground, registration.settings, registration.classifier.name

    def fitting(done: int, total: int, message: str) -> None:
        progress(done, total, f"{name}: training for today: {message}")

    checkpoint = run_folder(registration.judged.trial, settings.seed, data_dir) / "final.safetensors"
    final = fit_final(
        ground.samples,
        np.unique(ground.inputs.panel.session),
        resumable(registration.classifier, checkpoint),
        settings.splits,
        settings.training,
        settings.seed,
        fitting,
    )
    progress(0, 0, f"{name}: storing the model")
    trained = _store(registration, final, ArtifactStore(data_dir), clock)
    evidence = gather_evidence(
        ground.inputs,
        registration.classifier,
        settings.labels,
        settings.splits,
        settings.training,
        settings.window_sessions,
        settings.seed,
        progress,
    )
    checks = audit(evidence, settings.seed, progress)
    with open_work() as work:
        champion = work.models.champion(trained.dataset_id)
        audit_id = work.trials.add_audit(
            checks,
            dataset_id=trained.dataset_id,
            trial_id=registration.trial_id,
            code_version=code_version(*CODE),
            now=clock.now(),
        )
        parent = None if champion is None else champion.id
        model_id = work.models.register(replace(trained, parent_id=parent))
        work.models.judge(model_id, registration.judged.content, registration.trial_id, audit_id)
        work.touch("models")
        work.commit()
    checkpoint.unlink(missing_ok=True)
    return model_id


def _store(registration: Registration, final: FinalModel, store: ArtifactStore, clock: Clock) -> NewModel:
    trial, settings = registration.judged.trial, registration.settings
    dataset_id = registration.ground.inputs.dataset.id
    assert dataset_id is not None  # noqa: S101 - what was read has a number
    drift = DriftReference.of(final.learnt, final.shown, final.model, settings.training.horizon_sessions)
    files, about = pack(final.model, final.shown, drift)
    features = feature_hash(final.shown.feature_names)
    identity = {
        "name": trial.model,
        "configuration": dict(trial.configuration),
        "seed": settings.seed,
        "data_snapshot": trial.data_snapshot,
        "code_version": trial.code_version,
        "feature_hash": features,
    }
    return NewModel(
        dataset_id=dataset_id,
        name=trial.model,
        content_hash=store.write(files, {**about, **identity}),
        data_snapshot=trial.data_snapshot,
        feature_hash=features,
        configuration=trial.configuration,
        seed=settings.seed,
        code_version=trial.code_version,
        trained_at=clock.now(),
        train_from=final.train_from,
        train_to=final.train_to,
        labels_through=final.labels_through,
        learning_curves=_learning_curves(final.model.classifier),
    )


def _learning_curves(classifier: FittedClassifier) -> dict[str, list[float]]:
    """Return the figures by epoch that a network tells of its training, by name."""
    if not isinstance(classifier, LearntInEpochs):
        return {}
    epochs = [asdict(epoch) for epoch in classifier.learning_curve]
    return {name: [float(epoch[name]) for epoch in epochs] for name in (epochs[0] if epochs else ())}
