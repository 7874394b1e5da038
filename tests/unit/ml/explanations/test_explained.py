"""Whole explanations of a trained model, and what is said of it over the universe."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from models.domain.explanations import Method
from services.ml.classifiers.boosted_trees import BoostedTrees, BoostedTreesSettings
from services.ml.classifiers.interface import Quiet
from services.ml.classifiers.logistic import Logistic, LogisticSettings
from services.ml.classifiers.network import Network
from services.ml.explanations.explained import Asked, ExplainedModel, explain
from services.ml.explanations.importance import global_importance, permutation_importance
from services.ml.explanations.stability import stability
from services.ml.walk_forward import TrainingSettings, train
from tests.unit.ml.explanations.factories import served_by_module
from tests.unit.ml.factories import planted_samples, thirds
from tests.unit.ml.networks.factories import WINDOW, eager

NAMES = ("rsi_14", "return_5", "volatility_20", "atr_to_close", "obv_slope_20", "weekday_sin")
KINDS = ("trees", "two_classes", "linear", "network")


def samples_of(n_classes=3, seed=0):
    """Samples in other scales, some values unknown, under names of the registry."""
    samples = planted_samples(
        seed, n_sessions=150, n_symbols=12, n_classes=n_classes, window_sessions=WINDOW, strength=3.0
    )
    features = samples.features * np.float32(0.1) + np.float32(0.5)
    features[np.random.default_rng(1).random(features.shape) < 0.05] = np.nan
    return replace(samples, features=features, feature_names=NAMES)


@cache
def trained(kind, seed=0):
    learnt, checked, rest = thirds(samples_of(2 if kind == "two_classes" else 3))
    classifier = {
        "trees": BoostedTrees(BoostedTreesSettings(n_rounds=30, learning_rate=0.1, min_samples_leaf=20)),
        "two_classes": BoostedTrees(
            BoostedTreesSettings(n_rounds=30, learning_rate=0.1, min_samples_leaf=20)
        ),
        "linear": Logistic(LogisticSettings(n_sessions=3, inverse_penalty=1.0)),
        "network": Network("fast", eager("bilstm_attention", max_epochs=3)),
    }[kind]
    model = train(learnt, checked, classifier, TrainingSettings(), seed, Quiet())
    if kind == "network":
        model = replace(model, classifier=served_by_module(model.classifier))
    return ExplainedModel(7, "f" * 64, model), rest


def asked_for(samples):
    """The newest session's samples, on a market that has each day; one bar of the first is filled in."""
    newest = samples.take(samples.sessions == samples.sessions.max())
    is_filled = np.zeros(samples.source.size, dtype=bool)
    is_filled[newest.places[0] - 1] = True
    sessions = np.datetime64("2010-01-04") + np.arange(150)
    return Asked(newest, [f"S{k:02}" for k in range(12)], sessions, is_filled)


@pytest.fixture(scope="module", params=KINDS)
def explained(request):
    model, rest = trained(request.param)
    asked = asked_for(rest)
    return model, rest, asked, explain(model, asked)


def test_each_signal_is_whole_and_adds_up(explained):
    model, _, asked, found = explained
    assert [one.symbol for one in found] == list(asked.symbols)
    n_days = model.explainer.n_days
    for one in found:
        assert one.additivity_error <= 1e-3
        assert one.family_error <= 1e-6
        assert sum(one.family_attributions.values()) == pytest.approx(one.output - one.base_output, abs=1e-6)
        assert one.attributions == pytest.approx(one.day_attributions.sum(axis=0), abs=1e-5)
        assert len(one.window) == n_days == len(one.is_filled) == len(one.scaled_days)
        assert one.window[-1] == one.session == asked.market_sessions[-1].item()
        assert one.attention.shape[1] == n_days
        assert (one.model_id, one.model_hash) == (7, "f" * 64)
        assert one.shown_probability == one.probabilities.max()
        assert 1 <= len(one.sentences) <= 5
        assert (one.standard_errors == 0.0).all()
    is_filled = [one.is_filled.tolist() for one in found]
    assert is_filled[0] == ([False] * n_days)[:-2] + ([True, False] if n_days > 1 else [False])
    assert not np.any(is_filled[1:])


def test_probabilities_are_those_that_the_model_serves(explained):
    model, _, asked, found = explained
    expected = model.trained.predict(asked.samples)
    np.testing.assert_allclose([one.probabilities for one in found], expected, atol=1e-6)
    assert found[0].base_probabilities.sum() == pytest.approx(1.0)


def test_values_stand_in_their_own_units_with_their_place_in_training(explained):
    model, _, asked, found = explained
    names = model.trained.preprocessing.feature_names
    raw = asked.samples.flat(1)[:, [NAMES.index(name) for name in names]]
    np.testing.assert_array_equal([one.values for one in found], raw.astype(np.float64))
    seen = np.array([one.percentiles for one in found])
    assert np.isnan(seen).tolist() == np.isnan(raw).tolist()
    order = np.argsort(raw[:, 0])
    assert (np.diff(seen[order, 0][: np.isfinite(raw[:, 0]).sum()]) >= 0.0).all()


def test_what_was_planted_comes_first(explained):
    *_, found = explained
    over_all = global_importance(found, {"S00": "Technology"}, np.random.default_rng(0))
    assert over_all.feature_names[int(np.argmax(over_all.mean_absolute))] == "rsi_14"
    assert max(over_all.families, key=over_all.families.get) == "momentum"


def test_shapley_values_of_features_add_up_exactly(explained):
    model, _, asked, _ = explained
    few = asked.take(np.arange(2))
    found = explain(model, few, Method.SHAPLEY_SAMPLING)
    for one in found:
        assert one.method is Method.SHAPLEY_SAMPLING
        assert one.additivity_error <= 1e-6
        assert one.day_attributions.shape == (0, len(one.feature_names))
    again = explain(model, few, Method.SHAPLEY_SAMPLING)
    np.testing.assert_array_equal(found[1].attributions, again[1].attributions)


def test_importance_is_the_mean_size_and_every_point_can_be_drawn(explained):
    _, _, _, found = explained
    over_all = global_importance(found, {"S00": "Technology", "S01": None}, np.random.default_rng(0))
    by_hand = [
        sum(abs(one.attributions[k]) for one in found) / len(found)
        for k in range(len(found[0].feature_names))
    ]
    assert over_all.mean_absolute == pytest.approx(by_hand)
    assert over_all.n_by_sector == {"Technology": 1, "": 11}
    assert over_all.by_sector["Technology"] == pytest.approx(np.abs(found[0].attributions))
    n_points = len(found) * len(found[0].feature_names)
    columns = (over_all.point_features, over_all.point_symbols, over_all.point_percentiles)
    assert {len(column) for column in (*columns, over_all.point_attributions)} == {n_points}
    assert all(place is None or 0.0 <= place <= 1.0 for place in over_all.point_percentiles)


@pytest.mark.parametrize("kind", ["trees", "network"])
def test_permuting_what_was_planted_costs_most(kind):
    model, rest = trained(kind)
    found = permutation_importance(
        model, rest.labelled(), np.random.default_rng(0), Quiet(), is_out_of_sample=True
    )
    planted = found.feature_names.index("rsi_14")
    others = [value for k, value in enumerate(found.loss_increase) if k != planted]
    assert found.loss_increase[planted] > 10.0 * max(others)
    assert found.loss_increase[planted] > 3.0 * found.standard_error[planted]
    assert found.n_samples == len(rest.labelled())


def test_another_training_explains_the_same_class_of_the_same_windows():
    (model, rest), (other, _) = trained("trees"), trained("trees", seed=1)
    asked = asked_for(rest)
    ours = explain(model, asked)
    classes = np.array([one.class_names.index(one.shown_class) for one in ours])
    theirs = explain(replace(other, id=8), asked, classes=classes)
    assert [one.shown_class for one in theirs] == [one.shown_class for one in ours]
    found = stability(ours, theirs)
    assert (found.other_model_id, found.n_symbols) == (8, 12)
    assert found.universe > 0.5
    assert set(found.by_symbol) <= {one.symbol for one in ours}
    itself = stability(ours, ours)
    assert itself.universe == pytest.approx(1.0)
    assert itself.median == pytest.approx(1.0)
