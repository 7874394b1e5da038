"""Decisions about models, as they are written into the registry within a transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.domain.errors import InvalidRequestError
from models.domain.registry import ModelAction, ModelDecision, ModelRecord, ModelStatus
from models.domain.trials import BASELINES
from services.ports import UnitOfWork
from services.quant.judging.promotion import Contest, promotion_gate

GATE = "gate"  # who decides where nobody does


def decide_by_gate(
    work: UnitOfWork,
    record: ModelRecord,
    now: datetime,
    *,
    actor: str = GATE,
    force: bool = False,
    is_scheduled: bool = False,
) -> ModelDecision:
    """Promote a model that passes the gate, or that is forced through; refuse it otherwise.

    Parameters
    ----------
    work : UnitOfWork
        An open one; the caller commits.
    record : ModelRecord
    now : datetime
    actor : str
        Who asks.
    force : bool
        Promote it whatever the gate finds; that is recorded beside what it found.
    is_scheduled : bool
        Whether training by schedule made it: the champion's own configuration needs less then.

    Raises
    ------
    InvalidRequestError
        If the model is the champion, or was never judged: not even force promotes that.
    """
    dataset_id = record.trained.dataset_id
    champion = work.models.champion(dataset_id, lock=True)
    if champion is not None and champion.id == record.id:
        raise InvalidRequestError(f"Model {record.id} ({record.name}) is the champion already")
    gate = promotion_gate(record.evaluation, record.audit, _contest(work, record, champion, is_scheduled))
    if record.evaluation is None and force:
        raise InvalidRequestError(
            f"Model {record.id} ({record.name}) was never judged, so not even force promotes it: "
            "train it with `python -m app train`"
        )
    if not gate.passed and not force:
        decision = ModelDecision(record.id, ModelAction.REFUSE, actor, now, gate.reasons, gate, record.name)
        work.models.decide(decision)
        return decision
    if champion is not None:
        replaced = f"Model {record.id} ({record.name}) was promoted in its place"
        work.models.decide(ModelDecision(champion.id, ModelAction.RETIRE, actor, now, (replaced,)))
    action = ModelAction.PROMOTE if gate.passed else ModelAction.FORCE
    reasons = tuple(one.sentence for one in gate.criteria) if gate.passed else gate.reasons
    decision = ModelDecision(record.id, action, actor, now, reasons, gate, record.name)
    work.models.decide(decision)
    return decision


def roll_back(
    work: UnitOfWork, dataset_id: int, actor: str, now: datetime
) -> tuple[ModelRecord, ModelRecord | None]:
    """Take the champion out of use and restore the one before it; return both.

    Without one before, the dataset has no champion: what serves then is unproven.

    Raises
    ------
    InvalidRequestError
        If there is no champion.
    """
    champion = work.models.champion(dataset_id, lock=True)
    if champion is None:
        raise InvalidRequestError("There is no champion to roll back: nothing was promoted on this dataset")
    before = _champion_before(work, dataset_id)
    after = (
        "no model is the champion now" if before is None else f"model {before.id} ({before.name}) is again"
    )
    work.models.decide(
        ModelDecision(champion.id, ModelAction.ROLLBACK, actor, now, (f"Rolled back by {actor}: {after}",))
    )
    if before is not None:
        restored = f"Model {champion.id} ({champion.name}) was rolled back by {actor}"
        work.models.decide(ModelDecision(before.id, ModelAction.RESTORE, actor, now, (restored,)))
    return champion, before


def _champion_before(work: UnitOfWork, dataset_id: int) -> ModelRecord | None:
    """Return the model that was retired last and not rolled back."""
    retired = [
        one
        for one in work.models.all(dataset_id)
        if one.status is ModelStatus.RETIRED and not one.is_rolled_back and one.decision is not None
    ]
    return max(retired, key=lambda one: one.decision.id or 0 if one.decision else 0, default=None)


def _contest(
    work: UnitOfWork, record: ModelRecord, champion: ModelRecord | None, is_scheduled: bool
) -> Contest:
    """Return what a model is held against: the newest evaluations of what was tried beside it."""
    trials = work.trials.all(record.trained.dataset_id)
    beside = _without_model(record.trained.configuration)
    baselines = {
        trial["model"]: trial["evaluation"]
        for trial in trials
        if trial["model"] in BASELINES and _without_model(trial["configuration"]) == beside
    }
    if champion is None:
        return Contest(baselines)
    is_refit = is_scheduled and dict(champion.trained.configuration) == dict(record.trained.configuration)
    if is_refit:
        return Contest(baselines, champion.evaluation, champion.name, is_refit=True)
    newest = {trial["id"]: trial["evaluation"] for trial in trials}
    return Contest(baselines, newest.get(champion.trial_id, champion.evaluation), champion.name)


def _without_model(configuration: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in configuration.items() if name != "model"}
