"""Baselines, through the interface of all classifiers: they find what is planted, and repeat themselves."""

import json

import numpy as np
import pytest

from models.domain.errors import InsufficientHistoryError, InvalidRequestError
from services.ml.catalogue import CLASSIFIERS, NETWORKS, make_classifier
from services.ml.classifiers.interface import Quiet
from services.ml.preprocessing import Preprocessing, PreprocessingSettings
from tests.unit.ml.factories import planted_samples, thirds

LEARNERS = ("logistic_regression", "lightgbm")
TABLES = [name for name in CLASSIFIERS if name not in NETWORKS]  # networks: tests/unit/ml/networks


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", TABLES)
def test_probabilities_are_probabilities_and_repeat(name, n_classes):
    train, validation, test = thirds(planted_samples(n_classes=n_classes))
    found = [make_classifier(name).fit(train, validation, 3, Quiet()).predict(test) for _ in range(2)]
    assert found[0].shape == (len(test), n_classes)
    assert found[0].sum(axis=1) == pytest.approx(1.0)
    assert (found[0] >= 0.0).all()
    assert np.array_equal(*found)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", LEARNERS)
def test_a_planted_signal_is_found_and_noise_is_not(name, n_classes):
    for strength, low, high in ((2.0, 0.75 if n_classes == 2 else 0.6, 1.0), (0.0, 0.2, 0.55)):
        train, validation, test = thirds(planted_samples(strength=strength, n_classes=n_classes))
        fitted = make_classifier(name).fit(train, validation, 0, Quiet())
        right = (fitted.predict(test).argmax(axis=1) == test.labels).mean()
        assert low < right < high


@pytest.mark.parametrize("name", LEARNERS)
def test_unknown_features_are_survived(name):
    train, validation, test = thirds(planted_samples())
    train.features[::7, 1] = np.nan
    assert np.isfinite(make_classifier(name).fit(train, validation, 0, Quiet()).predict(test)).all()


@pytest.mark.parametrize("name", LEARNERS)
def test_one_class_alone_is_refused(name):
    train, validation, _ = thirds(planted_samples())
    with pytest.raises(InsufficientHistoryError, match=r"all .* are Up"):
        make_classifier(name).fit(train.take(train.labels == 2), validation, 0, Quiet())


@pytest.mark.parametrize("name", LEARNERS)
def test_a_class_that_training_never_saw_is_never_predicted(name):
    train, validation, test = thirds(planted_samples())
    without = [part.take(part.labels != 1) for part in (train, validation)]
    found = make_classifier(name).fit(*without, 0, Quiet()).predict(test)
    assert found[:, 1].max() < 1e-3


@pytest.mark.parametrize("name", TABLES)
def test_a_model_is_kept_as_text_and_its_configuration_as_json(name):
    train, validation, _ = thirds(planted_samples())
    classifier = make_classifier(name)
    files = classifier.fit(train, validation, 0, Quiet()).files()
    assert {path.rsplit(".", 1)[1] for path in files} <= {"json", "txt"}
    for path, content in files.items():
        text = content.decode()
        if path.endswith(".json"):
            json.loads(text)
    json.dumps(dict(classifier.configuration))


def test_reference_rules_by_hand():
    train, validation, test = thirds(planted_samples())
    shares = np.bincount(train.labels, minlength=3) / len(train)
    prior = make_classifier("class_prior").fit(train, validation, 0, Quiet()).predict(test)
    assert prior[0] == pytest.approx(shares)
    majority = make_classifier("majority").fit(train, validation, 0, Quiet()).predict(test)
    assert (majority.argmax(axis=1) == shares.argmax()).all()
    previous = make_classifier("previous_sign").fit(train, validation, 0, Quiet()).predict(test)
    assert (previous.argmax(axis=1) == np.where(test.last_return > 0, 2, 0)).all()


def test_an_unknown_model_is_refused_with_those_there_are():
    with pytest.raises(InvalidRequestError, match=r"no model oracle; choose one of majority.*lightgbm"):
        make_classifier("oracle")


def test_preprocessing_sees_the_training_samples_alone():
    train, _, test = thirds(planted_samples(strength=2.0))
    settings = PreprocessingSettings(max_features=2)
    before = Preprocessing.fit(train, settings)
    rows = test.source[test.places]
    train.features[rows] *= 1000.0
    assert np.array_equal(Preprocessing.fit(train, settings).scale, before.scale)
    assert "feature_0" in before.feature_names
    assert len(before.feature_names) == 2
    assert before.fitted_through == train.sessions.max()


def test_preprocessing_by_hand():
    """Values 0 to 4: the median is 2, the quartiles 1 and 3, so 4 becomes (4 - 2) / 2 = 1."""
    samples = planted_samples(n_sessions=5, n_symbols=1, n_features=2, window_sessions=1)
    samples.features[:, 0] = np.arange(5)
    samples.features[:, 1] = 7.0  # never varies
    fitted = Preprocessing.fit(samples, PreprocessingSettings())
    assert fitted.feature_names == ("feature_0",)
    assert fitted.apply(samples).flat(1)[:, 0].tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0]
    assert fitted.apply(samples).windows().shape == (5, 1, 1)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_logistic_regression_stands_at_the_minimum(n_classes):
    """The gradient of the penalised log-loss vanishes there: computed anew, by hand."""
    train, validation, _ = thirds(planted_samples(n_classes=n_classes))
    fitted = make_classifier("logistic_regression").fit(train, validation, 0, Quiet())
    residual = fitted.predict(train) - np.eye(n_classes)[train.labels]
    inputs = train.flat(1).astype(np.float64)
    penalty = 1.0 / 0.01
    if n_classes == 2:  # one row of weights is penalised, as in scikit-learn
        residual, weights = residual[:, 1:], fitted.weights[1:]
    else:
        weights = fitted.weights
    assert np.abs(residual.T @ inputs + penalty * weights).max() < 1e-6 * len(train)
    assert np.abs(residual.sum(axis=0)).max() < 1e-6 * len(train)
