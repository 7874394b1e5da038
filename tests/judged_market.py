"""A stored dataset with judged trials and registered models, without training anything."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine

from models.domain.registry import Criterion, GateDecision, ModelAction, ModelDecision
from models.domain.trials import Trial, TrialKind
from services.ml.serving.artifact_store import ArtifactStore
from services.ports import Clock
from services.storage.unit_of_work import SqlUnitOfWork
from tests.registry_records import CLEAN, new_model

N_SESSIONS = 300
DAYS = np.arange("2012-01-02", "2013-03-02", dtype="datetime64[D]")[:N_SESSIONS]
REFUSAL = GateDecision((Criterion("ic_above_zero", False, -0.01, 0.0, "No edge found: it may be zero"),))


def judgement(ic: float, **changes: Any) -> dict[str, Any]:
    """Return an evaluation as stored, its daily IC around ``ic``."""
    daily = np.random.default_rng(0).normal(ic, 0.2, N_SESSIONS)
    metric = {"confidence": 0.95, "n": 1500, "n_sessions": N_SESSIONS}
    part = {"n": 750, "accuracy": 0.4, "base_rate": 0.42, "mean_confidence": 0.41, "ic": ic}
    values: dict[str, Any] = {
        "n": 1500,
        "n_sessions": N_SESSIONS,
        "first_session": str(DAYS[0]),
        "last_session": str(DAYS[-1]),
        "metrics": {
            "ic": {**metric, "value": ic, "low": ic - 0.02, "high": ic + 0.02},
            "accuracy": {**metric, "value": 0.4, "low": 0.38, "high": 0.42},
            "brier": {**metric, "value": 0.66, "low": 0.65, "high": 0.67},
            "auc": {**metric, "value": None, "low": None, "high": None},
        },
        "ic_lower_bound": ic - 0.015,
        "ic_information_ratio": 0.1,
        "calibration_error": 0.01,
        "power": {"standard_error": 0.0115, "sentence": "300 days detect an IC of 0.025 or more"},
        "confusion": [[100, 300, 100], [50, 400, 50], [100, 300, 100]],
        "by_year": [{**part, "name": "2012"}, {**part, "name": "2013", "ic": None}],
        "by_sector": [{**part, "name": "Energy", "ic": None}],
        "by_confidence": [{**part, "name": "0.40 to 0.45", "ic": None}],
        "ic_by_horizon": {"20": 0.01, "1": ic, "5": None},
        "daily": {"sessions": [str(day) for day in DAYS], "ic": [None, *daily[1:].round(6).tolist()]},
        "book": None,
        "learning_curves": [
            {"fold": 2, "epochs": [{"validation_loss": 1.1}, {"validation_loss": None}]},
            {"fold": 10, "epochs": [{"validation_loss": 1.0}]},
        ],
    }
    return {**values, **changes}


def trial(model: str, **settings: Any) -> Trial:
    """Return a configuration of one model."""
    return Trial(
        TrialKind.WALK_FORWARD,
        model,
        {"labels": {"horizon_sessions": 5, "n_classes": 3}, "splits": {}, "model": settings},
        "d" * 64,
        "c" * 64,
    )


def judge(engine: Engine, clock: Clock, dataset_id: int, **found: float) -> dict[str, int]:
    """Log trials of the models named, with their ICs; return their numbers."""
    with SqlUnitOfWork(engine) as work:
        numbers = {
            name: work.trials.record(
                trial(name),
                dataset_id=dataset_id,
                evaluation=judgement(ic, learning_curves=[]),
                returns=None,
                now=clock.now(),
            )
            for name, ic in found.items()
        }
        work.touch("models")
        work.commit()
    return numbers


def register(
    engine: Engine,
    clock: Clock,
    dataset_id: int,
    content: str,
    ic: float,
    *actions: ModelAction,
    data_dir: Path | None = None,
) -> int:
    """Register a judged and audited model, and decide about it; in ``data_dir`` it has files."""
    files = {} if data_dir is None else {"content_hash": ArtifactStore(data_dir).write({}, {"of": content})}
    with SqlUnitOfWork(engine) as work:
        audit = work.trials.add_audit(
            CLEAN, dataset_id=dataset_id, trial_id=None, code_version="c", now=clock.now()
        )
        logged = work.trials.record(
            trial("fast", units=content),
            dataset_id=dataset_id,
            evaluation=judgement(ic),
            returns=None,
            now=clock.now() - timedelta(hours=1),
        )
        model_id = work.models.register(new_model(dataset_id, content, **files))
        work.models.judge(model_id, judgement(ic), logged, audit)
        for action in actions:
            gate = REFUSAL if action in {ModelAction.REFUSE, ModelAction.FORCE} else None
            reasons = gate.reasons if gate else ()
            work.models.decide(ModelDecision(model_id, action, "anna", clock.now(), reasons, gate))
        work.touch("models")
        work.commit()
    return model_id
