"""What a training reports: every model's figures, what the ledger says of them, what the gate decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.domain.jobs import JobName, JobResult
from models.domain.judging import Interval
from models.domain.market import Dataset
from models.domain.registry import ModelAction, ModelDecision
from models.domain.trials import TrialStatistics
from services.ml.evaluation_json import figures_to_json
from services.ml.model_trials import JudgedTrial


@dataclass(frozen=True, eq=False)
class LoggedTrial:
    """A judged configuration with its number in the ledger."""

    judged: JudgedTrial
    trial_id: int

    @property
    def skill(self) -> float:
        """Its mean rank IC."""
        return self.judged.evaluation.metrics["ic"].value


def training_result(
    logged: Mapping[str, LoggedTrial],
    ledger: TrialStatistics,
    decisions: Sequence[ModelDecision],
    dataset: Dataset,
) -> JobResult:
    """Return the result of a training, the signals of its models still to be computed.

    Parameters
    ----------
    logged : mapping
        By the model's name.
    ledger : TrialStatistics
        Of all trials of the dataset.
    decisions : sequence of ModelDecision
        Of the models that may serve.
    dataset : Dataset
    """
    best = max(logged, key=lambda name: logged[name].skill)
    evaluation = logged[best].judged.evaluation
    interval = evaluation.metrics["ic"]
    verdict = _verdict(evaluation.ic_lower_bound, interval)
    message = (
        f"{len(logged)} models judged on {evaluation.n_sessions:,} sessions out of sample; best IC {best} "
        f"{interval.value:.3f} ({interval.low:.3f} to {interval.high:.3f}): {verdict}"
    )
    detail = {
        "models": {name: _model_json(one, ledger) for name, one in logged.items()},
        "decisions": [
            {"id": one.model_id, "name": one.model_name, "action": one.action, "reasons": list(one.reasons)}
            for one in decisions
        ],
        "n_trials": ledger.n_trials,
        "overfitting": figures_to_json(ledger.overfitting),
        "dataset": dataset.label,
    }
    sentences = "; ".join([message, *map(_said, decisions)])
    return JobResult(len(logged), sentences, detail, follow_up=(JobName.INFER_SIGNALS,))


def _said(decision: ModelDecision) -> str:
    named = f"model {decision.model_id} ({decision.model_name})"
    if decision.action is ModelAction.REFUSE:
        return f"{named} was refused: {'; '.join(decision.reasons)}"
    if decision.action in {ModelAction.RETIRE, ModelAction.ROLLBACK}:
        return f"{named} stays retired: {'; '.join(decision.reasons)}"
    return f"{named} is the champion"


def _model_json(one: LoggedTrial, ledger: TrialStatistics) -> dict[str, Any]:
    evaluation, metrics = one.judged.evaluation, one.judged.evaluation.metrics
    return {
        "trial": one.trial_id,
        "n": evaluation.n,
        "ic_low": metrics["ic"].low,
        "ic_high": metrics["ic"].high,
        **{name: metrics[name].value for name in ("accuracy", "mcc", "brier", "ic", "auc")},
        "metrics": {name: figures_to_json(interval) for name, interval in metrics.items()},
        "book": figures_to_json(one.judged.book.figures),
        "sharpe": figures_to_json(ledger.by_trial[one.trial_id]),
    }


def _verdict(lower_bound: float, interval: Interval) -> str:
    if not lower_bound > 0.0:
        return "no edge found"
    if not interval.low > 0.0:
        return "above 0 with 90 % confidence, not with 95 %"
    return "an edge that costs may still eat"
