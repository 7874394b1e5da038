"""One temperature makes too sure a model honest."""

import numpy as np
import pytest
from scipy.special import softmax

from models.domain.errors import InsufficientHistoryError
from services.quant.judging.calibration import apply_temperature, fit_temperature
from services.quant.judging.classification import (
    calibration_gaps_by_session,
    expected_calibration_error,
)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("too_sure", [0.4, 1.0, 3.0])
def test_the_planted_temperature_is_found(n_classes, too_sure):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(40_000, n_classes))
    honest = softmax(logits, axis=1)
    labels = (rng.random(40_000)[:, None] > honest.cumsum(axis=1)).sum(axis=1)
    stated = softmax(logits * too_sure, axis=1)
    temperature = fit_temperature(stated, labels)
    assert temperature == pytest.approx(too_sure, rel=0.04)
    mended = apply_temperature(stated, temperature)
    gaps = calibration_gaps_by_session(mended, labels, np.zeros(labels.size, int), 1)
    assert expected_calibration_error(gaps)[0] < 0.01


def test_certainty_that_fails_is_survived():
    probabilities = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    temperature = fit_temperature(probabilities, np.array([0, 1, 1]))
    found = apply_temperature(probabilities, temperature)
    assert np.isfinite(found).all()
    assert found.sum(axis=1) == pytest.approx(1.0)
    assert (found.argmax(axis=1) == [0, 0, 1]).all()


@pytest.mark.parametrize(("labels", "word"), [([1, 1], "all 2 labels are the same"), ([], "there are none")])
def test_one_class_is_refused_in_words(labels, word):
    with pytest.raises(InsufficientHistoryError, match=word):
        fit_temperature(np.full((len(labels), 2), 0.5), np.array(labels, dtype=int))
