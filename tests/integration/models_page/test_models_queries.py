"""What the Models page reads, from real rows."""

import numpy as np
import pytest

from models.domain.errors import InvalidRequestError, NotYetComputedError
from models.domain.model_views import ModelDetail, ModelsReport, Standing
from models.domain.registry import ModelAction
from models.domain.trials import BenchmarkCount, Trial, TrialKind
from services.providers.sample import SampleProvider
from services.queries.cached_feed import DataCache
from services.queries.cached_models import CachedModelsQueries
from services.queries.exports import ExportRequest, export_frames
from services.queries.models import ModelsQueries
from services.queries.revision import RevisionWatcher
from services.storage.cache import open_cache, shape_of
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from tests.judged_market import DAYS, judge, register


@pytest.fixture
def queries(engine, clock):
    return ModelsQueries(engine, clock)


@pytest.fixture
def dataset_id(engine, clock):
    ingest_bars(lambda: SqlUnitOfWork(engine), SampleProvider(), clock, lambda *_: None)
    with SqlUnitOfWork(engine) as work:
        return work.datasets.active().dataset.id


def test_without_prices_and_without_judgements_it_says_what_to_do(engine, clock, queries):
    with pytest.raises(NotYetComputedError, match="No worker is running"):
        queries.report()
    ingest_bars(lambda: SqlUnitOfWork(engine), SampleProvider(), clock, lambda *_: None)
    with pytest.raises(NotYetComputedError, match="python -m app train"):
        queries.report()
    with pytest.raises(NotYetComputedError):
        queries.detail(None)


def test_baselines_alone_are_evidence(engine, clock, queries, dataset_id):
    numbers = judge(engine, clock, dataset_id, lightgbm=0.02, majority=0.0)
    report = queries.report()
    assert [line.name for line in report.evidence] == ["majority", "lightgbm"]
    assert {line.standing for line in report.evidence} == {Standing.BASELINE}
    assert report.leading.key == f"trial:{numbers['lightgbm']}"
    assert (report.serving, report.difference, report.champion) == (None, None, None)
    assert report.leading.figure("auc").value is None
    assert report.leading.figure("calibration_error").value == 0.01
    assert report.leading.is_comparable
    assert queries.detail(None).line == report.leading


def test_champion_challenger_and_baselines_stand_in_that_order(engine, clock, queries, dataset_id):
    judge(engine, clock, dataset_id, lightgbm=0.0, logistic_regression=0.01)
    lost = register(engine, clock, dataset_id, "9", 0.0, ModelAction.REFUSE)
    champion = register(engine, clock, dataset_id, "a", 0.05, ModelAction.PROMOTE)
    challenger = register(engine, clock, dataset_id, "b", 0.03, ModelAction.REFUSE)
    report = queries.report()
    assert [(line.standing, line.key) for line in report.evidence[:3]] == [
        (Standing.CHAMPION, f"model:{champion}"),
        (Standing.CHALLENGER, f"model:{challenger}"),
        (Standing.TRIED, f"model:{lost}"),
    ]
    assert [line.name for line in report.evidence[3:]] == ["logistic_regression", "lightgbm"]
    assert report.serving == champion
    assert queries.detail(f"model:{challenger}").beside_name == "fast"
    assert queries.detail(f"model:{champion}").beside_name == "logistic_regression"
    # The same noise around two means: their difference is exact.
    assert report.difference.value == pytest.approx(-0.02, abs=1e-6)
    assert report.difference.n == DAYS.size - 1
    assert [line.action for line in report.decisions] == [
        ModelAction.REFUSE,
        ModelAction.PROMOTE,
        ModelAction.REFUSE,
    ]
    assert report.model(challenger).gate[0].sentence == "No edge found: it may be zero"
    assert report.audit.passed
    assert len(report.trials) == 5
    assert report.overfitting.reason == "too few variants"
    assert report.trials[0].probabilistic is None  # no trial of these has a book


def test_a_refused_model_serves_unproven_until_there_is_a_champion(engine, clock, queries, dataset_id):
    refused = register(engine, clock, dataset_id, "a", 0.01, ModelAction.REFUSE)
    report = queries.report()
    assert report.serving == refused
    assert not report.model(refused).is_proven
    assert report.evidence[0].standing is Standing.CHALLENGER
    with SqlUnitOfWork(engine) as work:
        work.models.note_fault(refused, "model.onnx is missing")
        work.commit()
    assert queries.report().serving is None


def test_details_hold_what_was_judged(engine, clock, queries, dataset_id):
    judge(engine, clock, dataset_id, lightgbm=0.01, class_prior=0.0)
    model = register(engine, clock, dataset_id, "a", 0.05, ModelAction.FORCE)
    detail = queries.detail(f"model:{model}")
    assert detail.n_classes == 3
    assert detail.confusion[1] == (50, 400, 50)
    assert [name for name, _ in detail.ic_by_horizon] == [1, 5, 20]
    assert detail.beside_name == "lightgbm"
    assert np.array_equal(detail.sessions, DAYS)
    assert detail.cumulative_ic[0] == 0.0  # that session has no IC
    assert {curve.name for curve in detail.curves} == {"train_loss", "validation_loss"}
    assert detail.best_epoch == 2
    assert [(curve.name, curve.values) for curve in detail.fold_curves] == [
        ("fold 3", (1.1,)),
        ("fold 11", (1.0,)),
    ]
    assert detail.by_confidence[0].low < 0.4 < detail.by_confidence[0].high
    assert "labels.horizon_sessions" in {setting.name for setting in detail.settings}
    assert detail.audit.passed
    assert detail.gate
    assert detail.decision.actor == "anna"


@pytest.mark.parametrize(
    "key", ["model:999", "trial:999", "nonsense", "trial:", "trial:-1", "trial:²", "x" * 999]
)
def test_a_line_that_is_not_there_is_refused_in_a_sentence(engine, clock, queries, dataset_id, key):
    judge(engine, clock, dataset_id, lightgbm=0.01)
    with pytest.raises(InvalidRequestError, match="There is no") as refused:
        queries.detail(key)
    assert len(str(refused.value)) < 80


def test_what_the_cache_keeps_follows_decisions_and_comes_back_whole(
    engine, clock, queries, dataset_id, eventually
):
    judge(engine, clock, dataset_id, lightgbm=0.01)
    model = register(engine, clock, dataset_id, "a", 0.05)
    watcher = RevisionWatcher(engine)
    results = DataCache(engine, watcher, open_cache(), ("data", "models"))
    cached = CachedModelsQueries(queries, results)
    try:
        eventually(lambda: watcher.current.database)
        before = cached.report()
        assert before.version == queries.report().version
        register(engine, clock, dataset_id, "b", 0.01, ModelAction.REFUSE)
        eventually(lambda: cached.report().version != before.version)
        for shape, found in (
            (shape_of(ModelsReport), cached.report()),
            (shape_of(ModelDetail), cached.detail(f"model:{model}")),
        ):
            assert shape.dumps(shape.loads(shape.dumps(found))) == shape.dumps(found)
    finally:
        watcher.stop()


def test_benchmarks_stand_in_the_ledger_and_count_apart(engine, clock, queries, dataset_id):
    judge(engine, clock, dataset_id, lightgbm=0.02, majority=0.0)
    figure = {"mean": 0.51, "low": 0.4, "high": 0.6, "confidence": 0.95, "by_seed": [0.5, 0.52]}
    evaluation = {"accuracy": figure, "mcc": {**figure, "mean": 0.03}, "epochs_by_seed": [2, 1]}
    with SqlUnitOfWork(engine) as work:
        for kind in (TrialKind.VALIDATION, TrialKind.PROTOCOL):
            for units in (8, 32)[: 2 if kind is TrialKind.VALIDATION else 1]:
                chosen = {"protocol": {"name": "ACL18"}, "model": {"units": units}}
                tried = Trial(kind, "fast", chosen, "d" * 64, "c" * 64)
                work.trials.record(
                    tried, dataset_id=None, evaluation=evaluation, returns=None, now=clock.now()
                )
        assert work.trials.count_benchmark("ACL18") == BenchmarkCount(2, 1)
        assert work.trials.count_benchmark("other") == BenchmarkCount(0, 0)
        work.commit()
    report = queries.report()
    assert report.n_benchmark_configurations == 2
    assert sorted(line.kind.value for line in report.trials) == [
        "protocol", "validation", "validation", "walk_forward", "walk_forward",
    ]  # fmt: skip
    tried = next(line for line in report.trials if line.kind is TrialKind.PROTOCOL)
    assert (tried.accuracy, tried.mcc, tried.information_coefficient) == (0.51, 0.03, None)
    assert tried.benchmark == "ACL18"
    assert {line.name for line in report.evidence} == {"majority", "lightgbm"}
    (exported,) = export_frames(engine, clock, "trials", ExportRequest())
    assert exported["kind"].tolist() == ["walk_forward"] * 2 + ["validation"] * 2 + ["protocol"]
    assert exported["mcc_by_seed"].tolist()[2:] == ["[0.5, 0.52]"] * 3
    assert exported["configuration"].tolist()[3] == '{"model": {"units": 32}, "protocol": {"name": "ACL18"}}'
