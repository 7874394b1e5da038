"""The registry: what was trained never changes, one champion at most, scores are written once."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy.exc import IntegrityError

from models.domain.market import Dataset, Instrument, PriceBasis
from models.domain.registry import (
    Criterion,
    GateDecision,
    ModelAction,
    ModelDecision,
    ModelStatus,
)
from models.domain.trials import Trial, TrialKind
from services.storage.unit_of_work import SqlUnitOfWork
from tests.registry_records import CLEAN, evaluation, new_model

TRIAL = Trial(TrialKind.WALK_FORWARD, "fast", {"model": {}}, "d" * 64, "c" * 64)
GATE = GateDecision(
    (
        Criterion("audit", passed=True, value=None, threshold=None, sentence="The audit is clean"),
        Criterion("ic", passed=False, value=-0.01, threshold=0.0, sentence="The IC may be zero"),
    )
)


@pytest.fixture
def dataset_id(engine, clock):
    with SqlUnitOfWork(engine) as work:
        found = work.datasets.save(Dataset("fake", "f" * 8, "Fake", PriceBasis.RAW), clock.now())
        work.commit()
    return found


@pytest.fixture
def work(engine, dataset_id):
    with SqlUnitOfWork(engine) as opened:
        yield opened


def decide(work, model_id, action, clock, gate=None):
    clock.time += timedelta(seconds=1)
    work.models.decide(ModelDecision(model_id, action, "anna", clock.now(), ("because",), gate))


def test_what_was_trained_comes_back_as_it_was(work, dataset_id):
    trained = new_model(dataset_id)
    found = work.models.get(work.models.register(trained))
    assert vars(found.trained) == vars(trained)
    assert found.status is ModelStatus.CANDIDATE
    assert (found.evaluation, found.audit, found.gate, found.decision) == (None, (), None, None)
    assert not found.is_proven
    assert not found.is_audited_clean


def test_the_same_content_is_the_same_model(work, dataset_id):
    first = work.models.register(new_model(dataset_id, "a"))
    assert work.models.register(new_model(dataset_id, "a", seed=9)) == first
    assert work.models.register(new_model(dataset_id, "b")) != first
    assert work.models.get(first).trained.seed == 0
    assert [one.id for one in work.models.all(dataset_id)] == sorted(
        (one.id for one in work.models.all()), reverse=True
    )


def test_a_judged_model_has_its_figures_and_its_audit(work, dataset_id, clock):
    model_id = work.models.register(new_model(dataset_id))
    audit = work.trials.add_audit(
        CLEAN, dataset_id=dataset_id, trial_id=None, code_version="c", now=clock.now()
    )
    trial = work.trials.record(
        TRIAL, dataset_id=dataset_id, evaluation=evaluation(), returns=None, now=clock.now()
    )
    work.models.judge(model_id, evaluation(ic=0.031), trial, audit)
    found = work.models.get(model_id)
    assert found.information_coefficient == 0.031
    assert (found.audit, found.audit_id, found.trial_id) == (CLEAN, audit, trial)
    assert found.is_audited_clean


def test_a_refusal_keeps_its_reasons_and_a_force_is_recorded(work, dataset_id, clock):
    model_id = work.models.register(new_model(dataset_id))
    decide(work, model_id, ModelAction.REFUSE, clock, GATE)
    refused = work.models.get(model_id)
    assert (refused.status, refused.gate, refused.is_proven) == (ModelStatus.REFUSED, GATE, False)
    assert refused.gate.reasons == ("The IC may be zero",)
    decide(work, model_id, ModelAction.FORCE, clock, GATE)
    forced = work.models.get(model_id)
    assert (forced.status, forced.is_forced, forced.is_proven) == (ModelStatus.CHAMPION, True, True)
    assert forced.decision.actor == "anna"
    assert [one.action for one in work.models.decisions(dataset_id)] == [
        ModelAction.FORCE,
        ModelAction.REFUSE,
    ]
    assert work.models.champion(dataset_id).id == model_id
    assert work.models.champion(dataset_id + 1) is None


def test_a_rolled_back_model_is_proven_no_more(work, dataset_id, clock):
    first, second = (work.models.register(new_model(dataset_id, content)) for content in "ab")
    decide(work, first, ModelAction.PROMOTE, clock)
    decide(work, first, ModelAction.RETIRE, clock)
    decide(work, second, ModelAction.PROMOTE, clock)
    decide(work, second, ModelAction.ROLLBACK, clock)
    decide(work, first, ModelAction.RESTORE, clock)
    assert work.models.champion(dataset_id, lock=True).id == first
    assert work.models.get(second).status is ModelStatus.RETIRED
    assert not work.models.get(second).is_proven


def test_there_is_one_champion_at_most(work, dataset_id, clock):
    first, second = (work.models.register(new_model(dataset_id, content)) for content in "ab")
    decide(work, first, ModelAction.PROMOTE, clock)
    with pytest.raises(IntegrityError):
        decide(work, second, ModelAction.PROMOTE, clock)


def test_a_fault_is_noted_once_and_taken_back(work, dataset_id):
    model_id = work.models.register(new_model(dataset_id))
    assert work.models.note_fault(model_id, "model.onnx is missing")
    assert not work.models.note_fault(model_id, "model.onnx is missing")
    assert work.models.get(model_id).fault == "model.onnx is missing"
    assert work.models.note_fault(model_id, "")
    assert not work.models.note_fault(model_id, "")


def scores(ids, day, model_id, score, *, is_proven=False):
    return pd.DataFrame(
        {
            "instrument_id": ids,
            "session": np.datetime64(day, "s"),
            "model_id": model_id,
            "probabilities": [[0.3, 0.3, 0.4]] * len(ids),
            "score": score,
            "is_proven": is_proven,
            "computed_at": np.datetime64("2026-01-05T12:00", "us"),
        }
    )


def test_a_score_is_written_once(work, dataset_id):
    listed = [Instrument(symbol, symbol, None, in_universe=True) for symbol in ("A", "B")]
    ids = list(work.datasets.save_instruments(dataset_id, listed).values())
    assert work.models.save_scores(scores(ids[:1], "2013-02-28", 1, 0.55)) == 1
    assert work.models.save_scores(scores(ids, "2013-02-28", 2, 0.45, is_proven=True)) == 1
    assert work.models.save_scores(scores(ids, "2013-03-01", 2, 0.5, is_proven=True)) == 2
    assert work.models.save_scores(scores([], "2013-03-01", 2, 0.5)) == 0
    found = work.models.scores(dataset_id, to_session=date(2013, 2, 28))
    assert found[["instrument_id", "model_id", "score", "is_proven"]].to_numpy().tolist() == [
        [ids[0], 1, 0.55, False],
        [ids[1], 2, 0.45, True],
    ]
    assert len(work.models.scores(dataset_id, date(2013, 3, 1))) == 2
    assert work.models.scores(dataset_id + 1).empty
