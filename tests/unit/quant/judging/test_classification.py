"""Figures from sums over sessions equal scikit-learn's from rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from services.quant.judging import classification


def drawn(seed, n_classes, n=400, n_sessions=30):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(n_classes), n)
    return (
        probabilities,
        rng.integers(0, n_classes, n),
        rng.integers(0, n_sessions, n),
        n_sessions,
    )


def total(sums):
    return sums.sum(axis=0)[None]


@given(st.integers(0, 10_000), st.integers(2, 4))
def test_every_figure_equals_scikit_learns(seed, n_classes):
    probabilities, labels, places, n_sessions = drawn(seed, n_classes)
    predicted = probabilities.argmax(axis=1)
    confusion = total(classification.confusion_by_session(predicted, labels, places, n_sessions, n_classes))
    losses = total(classification.losses_by_session(probabilities, labels, places, n_sessions))
    expected = {
        "accuracy": metrics.accuracy_score(labels, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, predicted),
        "matthews": metrics.matthews_corrcoef(labels, predicted),
        "f1_macro": metrics.f1_score(labels, predicted, average="macro"),
    }
    for name, value in expected.items():
        assert getattr(classification, name)(confusion)[0] == pytest.approx(value, abs=1e-12), name
    truth = np.eye(n_classes)[labels]
    assert classification.brier(losses)[0] == pytest.approx(((probabilities - truth) ** 2).sum(1).mean())
    assert classification.log_loss(losses)[0] == pytest.approx(
        metrics.log_loss(labels, probabilities, labels=range(n_classes))
    )


def test_a_predictor_that_never_varies_has_no_correlation():
    confusion = classification.confusion_by_session(
        np.ones(4, int), np.array([0, 1, 1, 0]), np.zeros(4, int), 1, 2
    )
    assert classification.matthews(confusion)[0] == 0.0
    assert classification.balanced_accuracy(confusion)[0] == 0.5


def test_calibration_error_by_hand():
    """Four forecasts of 0.9, three right: a gap of 0.15; one of 0.6, wrong: 0.6. (4 x 0.15 + 0.6) / 5."""
    probabilities = np.array([[0.1, 0.9]] * 4 + [[0.6, 0.4]])
    labels = np.array([1, 1, 1, 0, 1])
    gaps = classification.calibration_gaps_by_session(probabilities, labels, np.array([0, 0, 0, 0, 1]), 2)
    assert gaps[:, -1].tolist() == [4, 1]
    assert classification.expected_calibration_error(gaps)[0] == pytest.approx(0.15)
    assert classification.expected_calibration_error(gaps.sum(axis=0)[None])[0] == pytest.approx(0.24)


def test_a_certain_error_costs_much_and_not_everything():
    losses = classification.losses_by_session(np.array([[0.0, 1.0]]), np.array([0]), np.array([0]), 1)
    assert losses[0].tolist() == pytest.approx([2.0, -np.log(1e-15), 1.0])


def test_without_observations_there_is_no_figure():
    nothing = np.zeros((1, 4))
    assert np.isnan(classification.accuracy(nothing)[0])
    assert np.isnan(classification.balanced_accuracy(nothing)[0])
    assert np.isnan(classification.expected_calibration_error(np.zeros((1, 16)))[0])
