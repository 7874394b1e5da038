"""Baselines trained and judged on the sample, and logged once however often they run."""

from dataclasses import replace

import numpy as np
import pytest

from models.domain.errors import InvalidRequestError, NotYetComputedError
from models.domain.judging import SplitSettings
from services.ml import walk_forward as training
from services.providers.sample import SampleProvider
from services.queries.trial_statistics import LedgerStatistics
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from services.usecases.train_models import TrainModelsSettings, parse_training, train_models

# Fewer and longer folds than a real run has: what is tested here is the way there and back.
QUICK = TrainModelsSettings(
    models=("class_prior", "lightgbm"),
    splits=SplitSettings(min_train_sessions=2200, min_test_sessions=252),
    n_random_books=20,
)


def no_progress(done, total, message):
    """Report to nobody."""


@pytest.fixture
def train(engine, clock, tmp_path):
    def run(settings=QUICK, progress=no_progress):
        return train_models(lambda: SqlUnitOfWork(engine), tmp_path, clock, progress, settings)

    return run


@pytest.fixture
def ingested(engine, clock):
    ingest_bars(lambda: SqlUnitOfWork(engine), SampleProvider(), clock, no_progress)


def ledger(engine):
    with SqlUnitOfWork(engine) as work:
        return work.trials.all()


@pytest.mark.slow
@pytest.mark.usefixtures("ingested")
def test_every_configuration_is_logged_once_with_its_figures(engine, train):
    result = train()
    first = ledger(engine)
    assert {trial["model"]: trial["n_runs"] for trial in first} == {"class_prior": 1, "lightgbm": 1}
    again = train()
    assert [trial["n_runs"] for trial in ledger(engine)] == [2, 2]
    assert again.detail == result.detail
    booster = next(trial for trial in first if trial["model"] == "lightgbm")
    evaluation = booster["evaluation"]
    accuracy = evaluation["metrics"]["accuracy"]
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
    assert 0.3 < accuracy["value"] < 0.5  # three classes; far above would be a leak
    assert evaluation["n"] == sum(map(sum, evaluation["confusion"])) > 1500
    assert set(evaluation["ic_by_horizon"]) == {"1", "2", "5", "10", "20"}
    assert len(evaluation["daily"]["ic"]) == evaluation["n_sessions"]
    assert result.detail["models"]["lightgbm"]["accuracy"] == accuracy["value"]
    assert "out of sample" in result.message
    book = evaluation["book"]
    assert result.detail["models"]["lightgbm"]["book"] == book
    with SqlUnitOfWork(engine) as work:
        returns = work.trials.returns(booster["dataset_id"])
    assert set(returns) == {trial["id"] for trial in first}
    own = returns[booster["id"]]
    assert own.values.size == own.sessions.size == book["n_sessions"]
    assert np.prod(1.0 + own.values) - 1.0 == pytest.approx(book["total_return"])
    assert str(own.sessions[-1]) == book["last_session"] == "2013-03-01"
    assert 0.0 <= book["random_books_percentile"] <= 1.0
    found = LedgerStatistics(engine).of_active_dataset()
    assert (found.n_trials, found.overfitting.reason) == (2, "too few variants")
    told = result.detail["models"]["lightgbm"]["sharpe"]
    assert told["deflated"] == found.by_trial[booster["id"]].deflated < told["probabilistic"]
    assert told["annual_sharpe"] == pytest.approx(book["sharpe"])
    assert result.detail["overfitting"]["reason"] == "too few variants"


@pytest.mark.slow
@pytest.mark.usefixtures("ingested")
def test_another_setting_is_another_trial(engine, train):
    train()
    train(TrainModelsSettings(models=("class_prior",), window_sessions=30, splits=QUICK.splits))
    assert len(ledger(engine)) == 3


@pytest.mark.slow
@pytest.mark.usefixtures("ingested")
def test_two_classes_are_a_choice_and_a_trial_of_their_own(engine, train):
    settings = replace(QUICK, models=("class_prior",))
    train(settings)
    train(replace(settings, labels=parse_training({"classes": 2}).labels))
    two, three = (trial["evaluation"] for trial in ledger(engine))
    assert (len(two["confusion"]), len(three["confusion"])) == (2, 3)
    assert two["metrics"]["accuracy"]["value"] > 0.45 > three["metrics"]["accuracy"]["value"]


class KilledError(Exception):
    """Stands for a process that ends in the middle."""


@pytest.mark.slow
@pytest.mark.usefixtures("ingested")
def test_a_killed_run_goes_on_after_its_finished_folds(engine, train, monkeypatch):
    trained = []
    fold = training._run_fold

    def counting(*arguments):
        trained.append(arguments[2].name)
        if len(trained) == 5:  # the second fold of the second model
            raise KilledError
        return fold(*arguments)

    monkeypatch.setattr(training, "_run_fold", counting)
    with pytest.raises(KilledError):
        train()
    assert [trial["model"] for trial in ledger(engine)] == ["class_prior"]
    n_before = len(trained)
    train()
    assert trained[n_before:] == ["lightgbm"] * 2  # of three folds, one was there
    assert {trial["model"] for trial in ledger(engine)} == {"class_prior", "lightgbm"}


def test_a_ledger_without_prices_or_trials_says_nothing(engine, clock):
    assert LedgerStatistics(engine).of_active_dataset() is None
    ingest_bars(lambda: SqlUnitOfWork(engine), SampleProvider(), clock, no_progress)
    assert LedgerStatistics(engine).of_active_dataset() is None


def test_without_prices_it_says_what_to_do(train):
    with pytest.raises(NotYetComputedError, match="python -m app ingest"):
        train()


@pytest.mark.usefixtures("ingested")
def test_an_unknown_model_is_refused_before_anything_is_read(train):
    with pytest.raises(InvalidRequestError, match="no model crystal_ball"):
        train(TrainModelsSettings(models=("crystal_ball",)))


def test_the_baselines_are_always_trained_beside():
    assert parse_training({"window_sessions": 30}).labels.n_classes == 3
    assert parse_training({"classes": 2}).labels.n_classes == 2
    assert parse_training({}) is None  # whoever asks for nothing gets what is trained by schedule
    assert parse_training({"models": ["lightgbm"]}).models == (
        "majority",
        "class_prior",
        "previous_sign",
        "always_up",
        "logistic_regression",
        "lightgbm",
    )
