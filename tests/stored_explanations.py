"""Explanations put into a database as the jobs would: a champion, its windows, and what is said of it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np

from models.domain.registry import ModelAction, ModelDecision
from models.domain.trials import Trial, TrialKind
from services.storage.unit_of_work import SqlUnitOfWork
from tests.explanation_records import (
    DELETION,
    STABILITY,
    explanation_of,
    importance_of,
    permutation_of,
)
from tests.registry_records import CLEAN, evaluation, new_model

NOW = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
_EDGES = (0.0, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 1.0)
BY_SIGNAL = tuple(
    {
        "shown": shown,
        "confidence_from": low,
        "confidence_to": high,
        "n": 4_210,
        "n_sessions": 1_702,
        "accuracy": {"value": 0.402, "low": 0.369, "high": 0.435},
        "base_rate": 0.391,
        "excess": {"value": 0.011, "low": -0.02, "high": 0.04},
    }
    for low, high in pairwise(_EDGES)
    for shown in (0, 1, 2, None)
)


def store_model(work: SqlUnitOfWork, dataset_id: int, content: str = "a") -> int:
    """Register a model, judged, audited clean and promoted; return its number."""
    trial = Trial(TrialKind.WALK_FORWARD, "fast", {"model": {}}, "d" * 64, "c" * 64)
    trial_id = work.trials.record(trial, dataset_id=dataset_id, evaluation={}, returns=None, now=NOW)
    audit_id = work.trials.add_audit(
        CLEAN, dataset_id=dataset_id, trial_id=trial_id, code_version="c", now=NOW
    )
    before = work.models.champion(dataset_id)
    model_id = work.models.register(new_model(dataset_id, content))
    judged = {
        **evaluation(),
        "by_signal": list(BY_SIGNAL),
        "first_session": "2003-05-29",
        "last_session": "2013-02-14",
    }
    work.models.judge(model_id, judged, trial_id, audit_id)
    if before is not None:
        work.models.decide(ModelDecision(before.id, ModelAction.RETIRE, "anna", NOW))
    work.models.decide(
        ModelDecision(model_id, ModelAction.PROMOTE, "anna", NOW + timedelta(seconds=model_id))
    )
    return model_id


def store_explanations(
    work: SqlUnitOfWork,
    model_id: int,
    n_heads: int = 2,
    symbols: tuple[str, ...] | None = None,
    content: str = "a",
) -> None:
    """Store the newest window of every symbol that has bars enough, and what is said of the model."""
    status = work.datasets.active()
    dataset_id, session = status.dataset.id, status.last_session
    members = work.datasets.instruments(dataset_id)
    members = members[members["in_universe"]]
    ids = dict(zip(members["symbol"], members["id"].astype(int), strict=True))
    wanted = symbols if symbols is not None else tuple(symbol for symbol in ids if symbol != "FB")
    panel = work.bars.panel(dataset_id, symbols=[wanted[0]])
    days = tuple(np.unique(panel.session)[-60:].tolist())
    found = [
        explanation_of(
            symbol,
            session,
            model_id,
            seed=number,
            n_heads=n_heads,
            window=days,
            shown_class=("Up", "Down", "Neutral")[number % 3],
            model_hash=content * 64,
        )
        for number, symbol in enumerate(wanted)
    ]
    work.explanations.save(ids, found, NOW)
    for back in range(3):
        one = importance_of(days[-1 - back], back, n_symbols=len(wanted))
        work.explanations.save_summary(dataset_id, model_id, one.session, one, NOW)
    for summary in (DELETION, STABILITY, permutation_of()):
        work.explanations.save_summary(dataset_id, model_id, days[-1], summary, NOW)
    work.touch("data")
