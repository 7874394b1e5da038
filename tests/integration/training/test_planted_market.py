"""A simulated market with a planted effect is found, and where nothing is planted nothing is."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from models.domain.judging import SplitSettings
from services.ml.inputs import read_inputs
from services.ml.walk_forward import TrainingSettings
from services.providers.simulated import SimulatedProvider
from services.quant.judging.ranking import area_under_curve
from services.quant.market_simulation.market import simulate_market
from services.quant.market_simulation.settings import STRENGTH_OF_AUC_65, SimulationSettings
from services.quant.targets import DOWN, UP, compute_labels
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from services.usecases.train_models import TrainModelsSettings, train_models

SEED = 11
SETTINGS = TrainModelsSettings(
    models=("class_prior", "lightgbm"),
    splits=SplitSettings(min_train_sessions=980),
    training=TrainingSettings(max_windows=20_000),
    n_random_books=200,
)


class ThatDay:
    """A clock that stands in the simulated market's sixth year."""

    def now(self):
        return datetime(2021, 12, 1, 23, tzinfo=UTC)


def no_progress(done, total, message):
    """Report to nobody."""


def judged(engine, folder, strength):
    """Return what training says of a market, its trials, and the oracle's area under the curve."""
    simulation = SimulationSettings(n_symbols=120, signal_strength=strength, share_listed_late=0.0)
    provider = SimulatedProvider(clock=ThatDay(), simulation=simulation, seed=SEED)
    ingest_bars(lambda: SqlUnitOfWork(engine), provider, ThatDay(), no_progress)
    result = train_models(lambda: SqlUnitOfWork(engine), folder, ThatDay(), no_progress, SETTINGS)
    with SqlUnitOfWork(engine) as work:
        inputs = read_inputs(work)
        trials = {trial["model"]: trial["evaluation"] for trial in work.trials.all()}
    return result, trials, oracle(inputs, simulation, trials["lightgbm"]["first_session"])


def oracle(inputs, simulation, first_session):
    panel = inputs.panel
    labels = compute_labels(panel, inputs.filled)
    sessions, number = np.unique(panel.session, return_inverse=True)
    market = simulate_market(replace(simulation, n_sessions=sessions.size), SEED)
    company = np.array([int(symbol[3:]) - 1 for symbol in panel.symbols])[panel.code]
    score = market.score[number, company].astype(float)
    moved = np.isin(labels.three_class, (UP, DOWN)) & np.isfinite(score)
    moved &= panel.session >= np.datetime64(first_session)
    return area_under_curve(score[moved], labels.three_class[moved] == UP)


@pytest.mark.slow
def test_a_planted_effect_is_found(engine, tmp_path):
    result, trials, best = judged(engine, tmp_path, STRENGTH_OF_AUC_65)
    assert 0.63 < best < 0.67
    found = trials["lightgbm"]
    assert found["metrics"]["auc"]["value"] >= 0.60
    assert found["ic_lower_bound"] > 0.0
    assert found["metrics"]["brier"]["value"] < trials["class_prior"]["metrics"]["brier"]["value"]
    assert "no edge found" not in result.message
    assert trials["lightgbm"]["learning_curves"] == []
    book = trials["lightgbm"]["book"]
    assert book["excess_over_equal_weight"] > book["random_books_median_excess"]
    assert book["random_books_percentile"] > 0.95


@pytest.mark.slow
def test_where_nothing_is_planted_there_is_no_edge(engine, tmp_path):
    result, trials, best = judged(engine, tmp_path, 0.0)
    assert best == pytest.approx(0.5, abs=0.02)
    auc = trials["lightgbm"]["metrics"]["auc"]
    assert auc["low"] <= 0.5 <= auc["high"]
    assert trials["lightgbm"]["ic_lower_bound"] <= 0.0
    assert "no edge found" in result.message
