"""`fast` finds what is planted and is promoted; where nothing is planted it is refused and shown unproven."""

from datetime import UTC, datetime

import pytest

from models.domain.judging import SplitSettings
from models.domain.registry import ModelStatus
from services.ml.model_trials import TrainModelsSettings
from services.ml.walk_forward import TrainingSettings
from services.providers.simulated import SimulatedProvider
from services.quant.market_simulation.settings import STRENGTH_OF_AUC_65, SimulationSettings
from services.queries.signal_feed import SignalFeedQueries
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.infer_signals import infer_signals
from services.usecases.ingest_bars import ingest_bars
from services.usecases.score_indicators import score_indicators
from services.usecases.train_models import train_models

SETTINGS = TrainModelsSettings(
    models=("class_prior", "previous_sign", "fast"),
    window_sessions=20,
    splits=SplitSettings(min_train_sessions=1050, min_test_sessions=120),
    training=TrainingSettings(max_windows=8_000),
    n_random_books=100,
)


class ThatDay:
    """A clock that stands in the simulated market's sixth year."""

    def now(self):
        return datetime(2021, 12, 1, 23, tzinfo=UTC)


def no_progress(done, total, message):
    """Report to nobody."""


def put_to_use(engine, folder, strength):
    """Ingest a market, score it, train, infer; return `fast`'s record, what inference said, and a row."""

    def open_work():
        return SqlUnitOfWork(engine)

    simulation = SimulationSettings(n_symbols=60, signal_strength=strength, share_listed_late=0.0)
    provider = SimulatedProvider(clock=ThatDay(), simulation=simulation, seed=11)
    ingest_bars(open_work, provider, ThatDay(), no_progress)
    score_indicators(open_work, ThatDay(), no_progress)
    train_models(open_work, folder, ThatDay(), no_progress, SETTINGS)
    inferred = infer_signals(open_work, folder, ThatDay(), no_progress)
    with open_work() as work:
        (record,) = work.models.all()
    row = next(row for row in SignalFeedQueries(engine, ThatDay()).feed().rows if row.model is not None)
    return record, inferred, row


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_is_planted_is_found_promoted_and_counts(engine, tmp_path):
    record, inferred, row = put_to_use(engine, tmp_path, STRENGTH_OF_AUC_65)
    assert record.status is ModelStatus.CHAMPION, record.gate.reasons
    assert all(criterion.passed for criterion in record.gate.criteria)
    assert record.information_coefficient > 0.05
    assert record.evaluation["metrics"]["auc"]["value"] >= 0.60
    brier = {criterion.name: criterion for criterion in record.gate.criteria}["brier"]
    assert brier.value < brier.threshold
    curves = record.evaluation["learning_curves"]
    assert [entry["fold"] for entry in curves] == list(range(len(curves)))
    assert all(any(epoch["is_best"] for epoch in entry["epochs"]) for entry in curves)
    assert record.trained.learning_curves["validation_loss"]
    assert (inferred.detail["is_proven"], inferred.detail["model_id"]) == (True, record.id)
    assert dict(row.made_of) == pytest.approx({"technical": 4 / 7, "model": 3 / 7})


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_where_nothing_is_planted_it_is_refused_and_shown_unproven(engine, tmp_path):
    record, inferred, row = put_to_use(engine, tmp_path, 0.0)
    assert record.status is ModelStatus.REFUSED
    assert any("No edge found" in reason for reason in record.gate.reasons)
    assert record.evaluation["ic_lower_bound"] <= 0.0
    auc = record.evaluation["metrics"]["auc"]
    assert auc["low"] <= 0.5 <= auc["high"]
    assert (inferred.detail["is_proven"], inferred.detail["model_id"]) == (False, record.id)
    assert row.made_of == (("technical", 1.0),)
