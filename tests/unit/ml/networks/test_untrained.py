"""A network that has learnt nothing is refused where there is something to learn."""

from functools import lru_cache

import numpy as np
import pytest

from models.domain.trials import AuditCheck
from services.ml.catalogue import make_classifier
from services.ml.classifiers.interface import Quiet
from services.ml.classifiers.network import Network
from services.ml.evaluation_json import evaluation_to_json
from services.ml.walk_forward import TrainingSettings, walk_forward
from services.quant.judging.evaluation import evaluate_forecasts
from services.quant.judging.promotion import Contest, promotion_gate
from services.quant.judging.splits import walk_forward_splits
from tests.unit.ml.factories import planted_samples
from tests.unit.ml.networks.factories import SMALL, WINDOW, eager
from tests.unit.ml.test_walk_forward import SPLITTING, outcomes

CLEAN = (AuditCheck("embargo", passed=True, detail=""),)
GOOD_BOOK = {"excess_over_equal_weight": 0.02, "random_books_median_excess": -0.01, "n_random_books": 1000}


def judged(classifier):
    """Judge forecasts of a market that follows its first feature; the book holds for whoever makes it."""
    samples = planted_samples(n_sessions=300, n_symbols=10, window_sessions=WINDOW)
    splits = walk_forward_splits(np.datetime64("2010-01-04") + np.arange(300), SPLITTING)
    forecasts = walk_forward(samples, splits, classifier, TrainingSettings(), 0, Quiet())
    signal = samples.features[samples.places, 0]
    returns = 0.02 * signal + 0.02 * np.random.default_rng(9).normal(size=signal.size)
    found = evaluate_forecasts(outcomes(samples, forecasts, returns), 5)
    return {**evaluation_to_json(found), "book": GOOD_BOOK}


@lru_cache
def baseline(name):
    return judged(make_classifier(name))


@pytest.mark.parametrize("name", SMALL)
def test_it_is_not_promoted(name):
    untrained = Network(name, eager(name, learning_rate=1e-12, max_epochs=1))
    contest = Contest({each: baseline(each) for each in ("class_prior", "logistic_regression")})
    gate = promotion_gate(judged(untrained), CLEAN, contest)
    assert not gate.passed
    assert "ic_baselines" in [one.name for one in gate.criteria if not one.passed]


def test_who_has_learnt_it_is():
    gate = promotion_gate(
        baseline("logistic_regression"), CLEAN, Contest({"class_prior": baseline("class_prior")})
    )
    assert gate.passed, gate.reasons
