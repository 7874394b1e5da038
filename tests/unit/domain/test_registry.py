"""Which model serves, and which one after it where its files are lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from models.domain.registry import (
    Criterion,
    GateDecision,
    ModelAction,
    ModelDecision,
    ModelStatus,
    serving_order,
)
from tests.registry_records import LEAKY, evaluation, record

START = datetime(2026, 1, 5, tzinfo=UTC)


def decided(one, action, days):
    return replace(one, decision=ModelDecision(one.id, action, "gate", START + timedelta(days=days)))


def numbers(*models):
    return [one.id for one in serving_order(models)]


def test_the_champion_serves_before_those_it_replaced_and_these_before_the_unproven():
    champion = decided(record(5, ModelStatus.CHAMPION), ModelAction.PROMOTE, 9)
    older = decided(record(1, ModelStatus.RETIRED), ModelAction.RETIRE, 3)
    newer = decided(record(4, ModelStatus.RETIRED), ModelAction.RETIRE, 9)
    candidates = record(6), record(7)
    refused = record(3, ModelStatus.REFUSED)
    assert numbers(refused, *candidates, older, newer, champion) == [5, 4, 1, 7, 6, 3]


def test_of_the_refused_the_best_serves_first():
    found = [
        record(n, ModelStatus.REFUSED, evaluation=evaluation(ic))
        for n, ic in ((1, 0.01), (2, 0.02), (3, -0.1))
    ]
    assert numbers(*found) == [2, 1, 3]


def test_who_leaks_or_was_never_audited_or_was_rolled_back_does_not_serve():
    rolled_back = decided(record(4, ModelStatus.RETIRED), ModelAction.ROLLBACK, 1)
    unknown = record(2, audit=())
    leaky = record(1, audit=LEAKY), record(3, ModelStatus.REFUSED, audit=LEAKY)
    assert numbers(*leaky, unknown, rolled_back) == []


def test_a_gate_passes_if_all_hold_and_says_what_does_not():
    holds = Criterion("audit", passed=True, value=None, threshold=None, sentence="clean")
    fails = Criterion("brier", passed=False, value=0.7, threshold=0.66, sentence="worse than the prior")
    assert GateDecision((holds,)).passed
    assert not GateDecision((holds, fails)).passed
    assert GateDecision((holds, fails)).reasons == ("worse than the prior",)
