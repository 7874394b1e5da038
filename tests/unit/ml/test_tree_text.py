"""Trees read from LightGBM's text decide as LightGBM does, to the last bit of a score."""

from dataclasses import replace

import lightgbm
import numpy as np
import pytest

from services.ml.classifiers.boosted_trees import BoostedTrees, BoostedTreesSettings
from services.ml.classifiers.interface import Quiet
from services.ml.classifiers.tree_text import TextTrees
from tests.unit.ml.factories import planted_samples, thirds


def grown(n_classes, *, is_known):
    samples = planted_samples(n_classes=n_classes, n_sessions=120)
    if not is_known:
        unknown = np.random.default_rng(9).random(samples.features.shape) < 0.1
        samples = replace(samples, features=np.where(unknown, np.float32(np.nan), samples.features))
    train, validation, _ = thirds(samples)
    settings = BoostedTreesSettings(n_sessions=2, n_rounds=40, learning_rate=0.1, min_samples_leaf=20)
    return BoostedTrees(settings).fit(train, validation, 0, Quiet())


def rows_of_every_kind(booster, n_rows=4_000):
    """Random values, unknown ones, zeros, and values that lie exactly on a threshold."""
    rng = np.random.default_rng(1)
    n_inputs = booster.num_feature()
    rows = rng.normal(size=(n_rows, n_inputs)).astype(np.float32).astype(np.float64)
    nodes = booster.trees_to_dataframe().dropna(subset=["threshold"])
    on_threshold = nodes.sample(n_rows, replace=True, random_state=2)
    column = on_threshold["split_feature"].str.removeprefix("Column_").astype(int).to_numpy()
    rows[np.arange(n_rows), column] = on_threshold["threshold"].to_numpy()
    which = rng.random(rows.shape)
    rows[which < 0.1] = np.nan
    rows[which > 0.95] = 0.0
    return rows


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("is_known", [False, True])
def test_probabilities_are_those_of_lightgbm(n_classes, is_known):
    fitted = grown(n_classes, is_known=is_known)
    rows = rows_of_every_kind(fitted.booster)
    expected = fitted.booster.predict(rows, num_iteration=fitted.n_rounds)
    found = TextTrees.read(fitted.files()["model.txt"].decode()).probabilities(rows)
    assert found.shape == (len(rows), n_classes)
    np.testing.assert_allclose(found if n_classes == 3 else found[:, 1], expected, rtol=0.0, atol=1e-15)


@pytest.mark.parametrize("zero_as_missing", [False, True])
def test_scores_are_the_same_to_the_last_bit(zero_as_missing):
    rng = np.random.default_rng(4)
    inputs = rng.normal(size=(2_000, 5))
    inputs[rng.random(inputs.shape) < 0.2] = 0.0 if zero_as_missing else np.nan
    labels = (np.nan_to_num(inputs[:, 0]) + 0.5 * rng.normal(size=2_000) > 0.0).astype(int)
    settings = {"objective": "binary", "zero_as_missing": zero_as_missing, "verbosity": -1, "num_threads": 1}
    booster = lightgbm.train(settings, lightgbm.Dataset(inputs, label=labels), num_boost_round=25)
    rows = rows_of_every_kind(booster)
    scores = TextTrees.read(booster.model_to_string()).scores(rows)
    np.testing.assert_array_equal(scores[:, 0], booster.predict(rows, raw_score=True))


def test_a_tree_of_one_leaf_says_the_same_of_everything():
    inputs, labels = np.zeros((100, 2)), np.arange(100) % 3
    settings = {"objective": "multiclass", "num_class": 3, "verbosity": -1, "num_threads": 1}
    booster = lightgbm.train(settings, lightgbm.Dataset(inputs, label=labels), num_boost_round=2)
    found = TextTrees.read(booster.model_to_string()).probabilities(np.ones((3, 2)))
    np.testing.assert_allclose(found, booster.predict(np.ones((3, 2))), atol=1e-15)


def test_what_was_not_trained_here_is_not_guessed_at():
    inputs, labels = np.arange(200.0).reshape(100, 2), np.arange(100.0)
    settings = {"objective": "regression", "verbosity": -1, "num_threads": 1}
    booster = lightgbm.train(settings, lightgbm.Dataset(inputs, label=labels), num_boost_round=2)
    with pytest.raises(ValueError, match="objective regression"):
        TextTrees.read(booster.model_to_string())
    inputs[:, 1] = np.arange(100) % 4
    by_category = lightgbm.Dataset(inputs, label=np.arange(100) % 4 // 2, categorical_feature=[1])
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5}
    booster = lightgbm.train({**settings, "min_data_per_group": 5, "cat_smooth": 0.1}, by_category, 5)
    with pytest.raises(ValueError, match="splits by category"):
        TextTrees.read(booster.model_to_string())
