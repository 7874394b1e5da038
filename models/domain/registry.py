"""Models trained to be used: what is known of them, what was decided about them, which one serves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from models.domain.trials import AuditCheck


class ModelStatus(StrEnum):
    """Where a model stands; of each dataset one at most is the champion."""

    CANDIDATE = "candidate"  # trained, and not decided about yet
    CHAMPION = "champion"
    RETIRED = "retired"  # was the champion
    REFUSED = "refused"


class ModelAction(StrEnum):
    """What was decided about a model."""

    PROMOTE = "promote"
    FORCE = "force"  # promoted although the gate refused it
    REFUSE = "refuse"
    RETIRE = "retire"  # another one was promoted in its place
    ROLLBACK = "rollback"  # taken out of use by somebody: it does not serve again by itself
    RESTORE = "restore"  # the champion again, because the one after it was rolled back


@dataclass(frozen=True)
class Criterion:
    """One condition of the promotion gate, as it was found.

    ``value`` and ``threshold`` are None where it is no matter of two numbers, or one is not known.
    """

    name: str
    passed: bool
    value: float | None
    threshold: float | None
    sentence: str


@dataclass(frozen=True)
class GateDecision:
    """What the promotion gate found, every criterion."""

    criteria: tuple[Criterion, ...]

    @property
    def passed(self) -> bool:
        """Whether every criterion holds."""
        return all(criterion.passed for criterion in self.criteria)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The sentences of the criteria that do not hold."""
        return tuple(criterion.sentence for criterion in self.criteria if not criterion.passed)


@dataclass(frozen=True)
class ModelDecision:
    """A line of the history: who decided what about a model, when, and why.

    ``model_name`` and ``id`` are known of what is stored.
    """

    model_id: int
    action: ModelAction
    actor: str
    at: datetime
    reasons: tuple[str, ...] = ()
    gate: GateDecision | None = None
    model_name: str = ""
    id: int | None = None


@dataclass(frozen=True, eq=False)
class NewModel:
    """A model that has just been trained, as it is put into the registry.

    ``content_hash``: of its manifest, which names every file with its hash; the artifacts lie in a folder of
    this name. ``configuration``: as in the ledger of trials. ``train_from`` and ``train_to``: first and last
    session that it learnt from or was calibrated on. ``labels_through``: the last session that any of their
    labels looked at; it may score later ones alone. ``learning_curves``: values by epoch, by name.
    ``parent_id``: the champion of that moment.
    """

    dataset_id: int
    name: str
    content_hash: str
    data_snapshot: str
    feature_hash: str
    configuration: Mapping[str, Any]
    seed: int
    code_version: str
    trained_at: datetime
    train_from: date
    train_to: date
    labels_through: date
    learning_curves: Mapping[str, Sequence[float]] = field(default_factory=dict)
    parent_id: int | None = None


@dataclass(frozen=True, eq=False)
class ModelRecord:
    """A model of the registry. ``trained`` is what never changes; the rest is what came of it.

    ``evaluation``: walk-forward, as stored for trials; None while it has not been judged. ``trial_id``: its
    number in the ledger. ``decision``: the newest one. ``fault``: why its artifacts could not be used when
    they were last wanted; empty where they could.
    """

    id: int
    trained: NewModel
    status: ModelStatus
    evaluation: Mapping[str, Any] | None = None
    trial_id: int | None = None
    audit_id: int | None = None
    audit: tuple[AuditCheck, ...] = ()
    gate: GateDecision | None = None
    decision: ModelDecision | None = None
    is_forced: bool = False
    fault: str = ""

    @property
    def name(self) -> str:
        """Name in the catalogue."""
        return self.trained.name

    @property
    def is_audited_clean(self) -> bool:
        """Whether a leakage audit looked at it and found nothing."""
        return bool(self.audit) and all(check.passed for check in self.audit)

    @property
    def is_proven(self) -> bool:
        """Whether its score counts in the confluence: it was promoted, by the gate or by force."""
        return self.status in {ModelStatus.CHAMPION, ModelStatus.RETIRED} and not self.is_rolled_back

    @property
    def is_rolled_back(self) -> bool:
        """Whether somebody took it out of use."""
        return self.decision is not None and self.decision.action is ModelAction.ROLLBACK

    @property
    def information_coefficient(self) -> float | None:
        """Its mean rank IC out of sample, None where it was not judged or has none."""
        if self.evaluation is None:
            return None
        found: float | None = self.evaluation["metrics"]["ic"]["value"]
        return found


def serving_order(models: Sequence[ModelRecord]) -> tuple[ModelRecord, ...]:
    """Return the models that may serve, best first; where the first cannot be loaded, the next one does.

    The champion; those it replaced, newest first; then, unproven and only with a clean audit, candidates
    from the newest on, and refused ones from the best IC on.
    """

    def standing(status: ModelStatus) -> list[ModelRecord]:
        return [one for one in models if one.status is status and not one.is_rolled_back]

    def decided(one: ModelRecord) -> float:
        return one.decision.at.timestamp() if one.decision else 0.0

    def skill(one: ModelRecord) -> tuple[float, int]:
        known = one.information_coefficient
        return (-1.0 if known is None else known), one.id

    clean = [one for one in models if one.is_audited_clean]
    return (
        *standing(ModelStatus.CHAMPION),
        *sorted(standing(ModelStatus.RETIRED), key=decided, reverse=True),
        *sorted(
            (one for one in clean if one.status is ModelStatus.CANDIDATE),
            key=lambda one: one.id,
            reverse=True,
        ),
        *sorted((one for one in clean if one.status is ModelStatus.REFUSED), key=skill, reverse=True),
    )
