"""Training before each test: what is learnt from, what is found, and how it goes on after a kill."""

from dataclasses import replace

import numpy as np
import pytest

from models.domain.errors import InsufficientHistoryError
from models.domain.judging import SplitSettings
from services.ml.catalogue import make_classifier
from services.ml.classifiers.interface import Quiet
from services.ml.fold_files import fold_store
from services.ml.walk_forward import TrainingSettings, training_parts, walk_forward
from services.quant.judging.evaluation import Outcomes, evaluate_forecasts, interval_of_difference
from services.quant.judging.splits import walk_forward_splits
from tests.unit.ml.factories import planted_samples

SPLITTING = SplitSettings(warm_up_sessions=10, min_train_sessions=120)
SETTINGS = TrainingSettings()


@pytest.fixture(scope="module")
def samples():
    return planted_samples(n_sessions=420, n_symbols=12, strength=1.0)


@pytest.fixture(scope="module")
def splits(samples):
    days = np.datetime64("2010-01-04") + np.arange(420)
    return walk_forward_splits(days, SPLITTING)


def outcomes(samples, forecasts, returns):
    at = np.searchsorted(samples.places, forecasts.places)
    return Outcomes(
        forecasts.probabilities,
        samples.labels[at],
        forecasts.sessions,
        forecasts.symbols % 2,
        {5: returns[at]},
    )


def test_parts_hold_every_fifth_session_and_end_before_the_embargo(samples, splits):
    train, validation = training_parts(samples, splits[0], SETTINGS)
    assert set(np.diff(np.unique(train.sessions)).astype(int)) == {5}
    assert train.label_ends.max() + 5 < validation.sessions.min()
    assert validation.label_ends.max() + 5 < splits[0].test[0]
    few = training_parts(samples, splits[0], replace(SETTINGS, max_windows=30))[0]
    assert len(few) == 30
    assert few.sessions.max() == train.sessions.max()


def test_every_sample_of_every_test_is_forecast_once(samples, splits):
    forecasts = walk_forward(samples, splits, make_classifier("class_prior"), SETTINGS, 0, Quiet())
    tests = np.concatenate([split.test for split in splits])
    assert np.array_equal(np.sort(forecasts.places), samples.places[np.isin(samples.sessions, tests)])
    assert np.unique(forecasts.fold).tolist() == list(range(len(splits)))


def test_a_planted_signal_is_found_and_judged(samples, splits):
    rng = np.random.default_rng(9)
    signal = samples.features[samples.places, 0]
    returns = 0.02 * signal + 0.02 * rng.normal(size=signal.size)
    good, bad = (
        evaluate_forecasts(
            outcomes(
                samples, walk_forward(samples, splits, make_classifier(name), SETTINGS, 0, Quiet()), returns
            ),
            5,
            {0: "Energy", 1: "Materials"},
        )
        for name in ("logistic_regression", "class_prior")
    )
    assert good.metrics["auc"].low > 0.8
    assert good.ic_lower_bound > 0.3
    assert good.metrics["brier"].high < bad.metrics["brier"].low
    assert good.metrics["accuracy"].low > 0.45
    assert bad.metrics["ic"].value == 0.0
    assert [part.name for part in good.by_sector] == ["Energy", "Materials"]
    assert sum(part.n for part in good.by_sector) == sum(part.n for part in good.by_confidence) == good.n
    assert sum(cell.n for cell in good.by_signal if cell.shown is not None) == good.n
    assert sum(map(sum, good.confusion)) == good.n == sum(part.n for part in good.by_year)
    assert interval_of_difference(good, good).value == 0.0


@pytest.mark.parametrize("name", ["logistic_regression", "lightgbm"])
def test_noise_has_no_edge(name):
    samples = planted_samples(seed=4, n_sessions=420, n_symbols=12, strength=0.0)
    splits = walk_forward_splits(np.datetime64("2010-01-04") + np.arange(420), SPLITTING)
    forecasts = walk_forward(samples, splits, make_classifier(name), SETTINGS, 0, Quiet())
    returns = np.random.default_rng(1).normal(size=len(samples))
    found = evaluate_forecasts(outcomes(samples, forecasts, returns), 5)
    assert found.metrics["ic"].low <= 0.0 <= found.metrics["ic"].high
    assert found.ic_lower_bound <= 0.0
    assert found.metrics["auc"].low <= 0.5 <= found.metrics["auc"].high


def test_labels_of_the_test_change_no_forecast(samples, splits):
    classifier = make_classifier("logistic_regression")
    before = walk_forward(samples, splits[:1], classifier, SETTINGS, 0, Quiet())
    labels = samples.labels.copy()
    late = samples.sessions >= splits[0].test[0]
    labels[late] = np.random.default_rng(0).permutation(labels[late])
    after = walk_forward(replace(samples, labels=labels), splits[:1], classifier, SETTINGS, 0, Quiet())
    assert np.array_equal(before.probabilities, after.probabilities)


class KilledError(Exception):
    pass


def test_a_killed_training_goes_on_after_its_finished_folds(samples, splits, tmp_path):
    classifier = make_classifier("lightgbm")
    whole = walk_forward(samples, splits, classifier, SETTINGS, 0, Quiet())
    seen = []

    def dying(done, total, message):
        seen.append(message)
        if done == 2:
            raise KilledError

    with pytest.raises(KilledError):
        walk_forward(samples, splits, classifier, SETTINGS, 0, dying, fold_store(tmp_path))
    assert len(list(tmp_path.glob("fold-*.arrow"))) == 2
    (tmp_path / "fold-001.arrow").write_bytes(b"cut short")
    seen.clear()

    def watching(done, total, message):
        seen.append(message)

    again = walk_forward(samples, splits, classifier, SETTINGS, 0, watching, fold_store(tmp_path))
    assert np.array_equal(again.probabilities, whole.probabilities)
    assert not any("growing" in message for message in seen[:2])  # the first fold was not trained again


def test_a_fold_without_history_is_named(samples, splits):
    empty = samples.take(samples.sessions >= splits[0].test[0])
    with pytest.raises(InsufficientHistoryError, match="nothing to learn from: 0 training"):
        walk_forward(empty, splits[:1], make_classifier("class_prior"), SETTINGS, 0, Quiet())
