"""Which models stand in the evidence, in which order, and what was judged of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from models.domain.model_views import JudgedModel, Standing
from models.domain.registry import ModelRecord, ModelStatus, serving_order
from models.domain.trials import BASELINES, TrialKind
from services.queries.model_rows import judged_model

_MAX_TRIED = 6  # other models beside champion and challenger; the ledger has them all


@dataclass(frozen=True, eq=False)
class Ledger:
    """Models and trials of one dataset as stored, newest first."""

    models: tuple[ModelRecord, ...]
    trials: tuple[dict[str, Any], ...]

    @property
    def is_judged(self) -> bool:
        """Whether anything was judged walk-forward."""
        return any(self.walk_forward()) or any(one.evaluation is not None for one in self.models)

    def walk_forward(self) -> Iterator[dict[str, Any]]:
        """Give the trials that were judged walk-forward; published benchmarks have other data."""
        return (one for one in self.trials if one["kind"] == TrialKind.WALK_FORWARD.value)

    def trial(self, trial_id: int | None) -> dict[str, Any] | None:
        """Return one trial."""
        return next((one for one in self.trials if one["id"] == trial_id), None)

    def model(self, model_id: int | None) -> ModelRecord | None:
        """Return one model."""
        return next((one for one in self.models if one.id == model_id), None)

    def model_of(self, trial: Mapping[str, Any]) -> ModelRecord | None:
        """Return the newest model that a trial made and that was judged."""
        return next(
            (one for one in self.models if one.trial_id == trial["id"] and one.evaluation is not None), None
        )

    def evaluation(self, line: JudgedModel) -> Mapping[str, Any]:
        """Return what was judged of a line: the model's own, since its trial may have been rerun."""
        model, trial = self.model(line.model_id), self.trial(line.trial_id)
        if model is not None and model.evaluation is not None:
            return model.evaluation
        return trial["evaluation"] if trial is not None else {}

    def line(self, key: str, evidence: tuple[JudgedModel, ...]) -> JudgedModel | None:
        """Return the line that an address names, also one that is in the ledger alone."""
        found = next((one for one in evidence if one.key == key), None)
        if found is not None:
            return found
        kind, _, number = key.partition(":")
        if not number.isascii() or not number.isdigit() or len(number) > 9:
            return None
        if kind == "model":
            model = self.model(int(number))
            if model is None or model.evaluation is None:
                return None
            line = judged_model(model, self.trial(model.trial_id), Standing.TRIED)
        else:
            trial = self.trial(int(number)) if kind == "trial" else None
            if trial is None or trial["kind"] != TrialKind.WALK_FORWARD.value:
                return None
            standing = Standing.BASELINE if trial["model"] in BASELINES else Standing.TRIED
            line = judged_model(None, trial, standing)
        return _compared(line, evidence[0])


def evidence_lines(ledger: Ledger) -> tuple[JudgedModel, ...]:
    """Return champion, challenger, others that were tried and the baselines, each once."""
    champion = next((one for one in ledger.models if one.status is ModelStatus.CHAMPION), None)
    lines = [
        judged_model(model, ledger.trial(model.trial_id), standing)
        for model, standing in (
            (champion, Standing.CHAMPION),
            (_challenger(ledger, champion), Standing.CHALLENGER),
        )
        if model is not None and model.evaluation is not None
    ]
    taken = {line.trial_id for line in lines}
    lines += _tried(ledger, taken)
    lines += _baselines(ledger, lines[0] if lines else None, taken)
    return tuple(_compared(line, lines[0]) for line in lines)


def _challenger(ledger: Ledger, champion: ModelRecord | None) -> ModelRecord | None:
    """Return who would serve next of those judged since the champion's training, clean audits first."""
    since = [
        one
        for one in ledger.models
        if one.evaluation is not None
        and one.status in {ModelStatus.CANDIDATE, ModelStatus.REFUSED}
        and (champion is None or one.id > champion.id)
    ]
    return next(iter((*serving_order(since), *since)), None)


def _tried(ledger: Ledger, taken: set[int | None]) -> list[JudgedModel]:
    found = [
        judged_model(ledger.model_of(one), one, Standing.TRIED)
        for one in ledger.walk_forward()
        if one["model"] not in BASELINES and one["id"] not in taken
    ]
    return found[:_MAX_TRIED]


def _baselines(ledger: Ledger, first: JudgedModel | None, taken: set[int | None]) -> list[JudgedModel]:
    """Return the newest trial of each baseline, of those on the first line's ground where there are any."""
    trials = list(ledger.walk_forward())
    reference = ledger.trial(first.trial_id) if first else None
    if reference is not None:
        # A stable sort: the newest first among those of the same ground.
        trials.sort(key=lambda one: _ground(one) != _ground(reference))
    newest: dict[str, dict[str, Any]] = {}
    for one in trials:
        newest.setdefault(one["model"], one)
    return [
        judged_model(ledger.model_of(newest[name]), newest[name], Standing.BASELINE)
        for name in BASELINES
        if name in newest and newest[name]["id"] not in taken
    ]


def _ground(trial: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a trial was judged on: its configuration but for the model's own settings."""
    return {name: value for name, value in trial["configuration"].items() if name != "model"}


def _compared(line: JudgedModel, first: JudgedModel) -> JudgedModel:
    places = [(one.n, one.n_sessions, one.first_session, one.last_session) for one in (line, first)]
    return replace(line, is_comparable=places[0] == places[1])
