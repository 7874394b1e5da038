"""Train models walk-forward, judge and log each, and put those that may serve through the gate."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from models.domain.jobs import JobResult
from models.domain.market import Dataset
from models.domain.registry import ModelDecision, ModelStatus
from models.domain.trials import BASELINES, TrialStatistics
from services.ml.catalogue import check_classifier, make_classifier
from services.ml.classifiers.interface import Classifier
from services.ml.inputs import read_inputs
from services.ml.model_trials import TrainModelsSettings, prepare_ground, run_trial
from services.ml.registration import Registration, register_model
from services.ml.registry_decisions import decide_by_gate
from services.ml.retention import drop_unused_files
from services.ml.training_result import LoggedTrial, training_result
from services.ports import Clock, Progress, UnitOfWork, UnitOfWorkFactory
from services.quant.judging.trial_statistics import trial_statistics

# Of the baselines, the one that may serve: the others are there to be beaten.
_SERVED_BASELINE = "lightgbm"
_FIRST_MODEL = "fast"


def train_models(
    open_work: UnitOfWorkFactory,
    data_dir: Path,
    clock: Clock,
    progress: Progress,
    settings: TrainModelsSettings | None = None,
) -> JobResult:
    """Train and judge each model on the active dataset; finished folds survive a kill.

    Every one is logged in the ledger. Those that may serve (networks, LightGBM) are then trained once more on
    everything before today, stored, audited, and promoted or refused by the gate.

    Parameters
    ----------
    open_work, clock, progress
        The world.
    data_dir : Path
        Where features, finished folds and trained models are kept.
    settings : TrainModelsSettings, optional
        None: as by schedule, what ``scheduled_settings`` returns.

    Raises
    ------
    NotYetComputedError
        If no prices are stored.
    InsufficientHistoryError
        If the history is too short for one test, or all of it has one label.
    InvalidRequestError
        If a model is not known.
    """
    for name in settings.models if settings else ():
        check_classifier(name)
    progress(0, 0, "reading bars")
    is_scheduled = settings is None
    with open_work() as work:
        inputs = read_inputs(work)
        settings = settings or scheduled_settings(work, inputs.dataset)
    ground = prepare_ground(inputs, settings, data_dir, progress)
    logged: dict[str, LoggedTrial] = {}
    for name in settings.models:
        judged = run_trial(_classifier(name, settings), ground, settings, data_dir, progress)
        with open_work() as work:
            trial_id = work.trials.record(
                judged.trial,
                dataset_id=inputs.dataset.id,
                evaluation=judged.content,
                returns=judged.book.returns,
                now=clock.now(),
            )
            work.touch("models")
            work.commit()
        logged[name] = LoggedTrial(judged, trial_id)
    registered = {}
    for name in _served(settings):
        registration = Registration(
            _classifier(name, settings), logged[name].judged, logged[name].trial_id, ground, settings
        )
        registered[name] = register_model(open_work, data_dir, clock, progress, registration)
    # The best first: who comes after it has to beat it.
    order = sorted(registered, key=lambda name: logged[name].skill, reverse=True)
    decisions = []
    for name in order:
        with open_work() as work:
            decisions.append(_decide(work, registered[name], clock, is_scheduled=is_scheduled))
            work.touch("models")
            work.commit()
    drop_unused_files(open_work, data_dir)
    with open_work() as work:
        ledger = _ledger_statistics(work, inputs.dataset)
    return training_result(logged, ledger, decisions, inputs.dataset)


def _ledger_statistics(work: UnitOfWork, dataset: Dataset) -> TrialStatistics:
    """Return what all trials of the dataset say, those of earlier runs too."""
    number = cast("int", dataset.id)  # of stored prices
    return trial_statistics(work.trials.returns(number), work.trials.count(number))


def scheduled_settings(work: UnitOfWork, dataset: Dataset) -> TrainModelsSettings:
    """Return what is trained where nobody says: the champion's own configuration, or the first model.

    Parameters
    ----------
    work : UnitOfWork
        An open one.
    dataset : Dataset
        The active one.
    """
    champion = None if dataset.id is None else work.models.champion(dataset.id)
    if champion is None:
        return TrainModelsSettings(models=parse_models((_FIRST_MODEL,)))
    chosen = champion.trained.configuration
    settings = TrainModelsSettings(models=parse_models((champion.name,)))
    return replace(
        settings,
        window_sessions=chosen["window_sessions"],
        labels=replace(settings.labels, n_classes=chosen["labels"]["n_classes"]),
    )


def parse_training(parameters: Mapping[str, Any]) -> TrainModelsSettings | None:
    """Return what a run's parameters ask for, None where they ask for nothing.

    Parameters
    ----------
    parameters : mapping
        ``models``: names; ``window_sessions``; ``classes``: 2 or 3. Any may be left out.
    """
    if not parameters:
        return None
    settings = TrainModelsSettings(models=parse_models(parameters.get("models", ())))
    return replace(
        settings,
        window_sessions=int(parameters.get("window_sessions", settings.window_sessions)),
        labels=replace(settings.labels, n_classes=int(parameters.get("classes", settings.labels.n_classes))),
    )


def parse_models(names: Sequence[str]) -> tuple[str, ...]:
    """Return the models asked for, the baselines always with them, each once."""
    return tuple(dict.fromkeys((*BASELINES, *names)))


def _served(settings: TrainModelsSettings) -> list[str]:
    return [name for name in settings.models if name == _SERVED_BASELINE or name not in BASELINES]


def _classifier(name: str, settings: TrainModelsSettings) -> Classifier:
    if name in BASELINES:
        return make_classifier(name)
    return make_classifier(name, settings.window_sessions)


def _decide(work: UnitOfWork, model_id: int, clock: Clock, *, is_scheduled: bool) -> ModelDecision:
    record = work.models.get(model_id)
    assert record is not None  # noqa: S101 - it has just been registered, and nothing deletes models
    if record.decision is not None and record.status in {ModelStatus.CHAMPION, ModelStatus.RETIRED}:
        return record.decision  # the same content as before; above all, a rollback stands
    return decide_by_gate(work, record, clock.now(), is_scheduled=is_scheduled)
