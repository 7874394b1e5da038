"""One interface over trees, weights and networks: each adds up, and agrees with an independent way."""

from dataclasses import replace

import numpy as np
import pytest

from models.domain.errors import InvalidRequestError
from models.domain.explanations import Method
from services.ml.classifiers.boosted_trees import BoostedTrees, BoostedTreesSettings
from services.ml.classifiers.interface import Quiet
from services.ml.classifiers.logistic import Logistic, LogisticSettings
from services.ml.classifiers.network import Network
from services.ml.classifiers.reference import class_prior
from services.ml.explanations.attributions import feature_game
from services.ml.explanations.explainer import explainer_for
from services.ml.explanations.grouped import family_shapley, feature_shapley
from services.ml.explanations.shapley import exact_shapley
from services.ml.networks.serving import load_network
from tests.unit.ml.explanations.factories import served_by_module
from tests.unit.ml.factories import planted_samples, thirds
from tests.unit.ml.networks.factories import eager
from tests.unit.ml.networks.factories import parts as network_parts

# Two of each family but calendar: what the six columns of the planted samples are taken for.
NAMES = ("rsi_14", "return_5", "volatility_20", "atr_to_close", "obv_slope_20", "weekday_sin")


def with_unknown(samples, share=0.1):
    """Some values are not known."""
    unknown = np.random.default_rng(9).random(samples.features.shape) < share
    return replace(samples, features=np.where(unknown, np.float32(np.nan), samples.features))


def trees(n_classes=3, n_sessions=1, is_known=False):
    samples = planted_samples(n_classes=n_classes, n_sessions=120)
    train, validation, test = thirds(samples if is_known else with_unknown(samples))
    settings = BoostedTreesSettings(
        n_sessions=n_sessions, n_rounds=40, learning_rate=0.1, min_samples_leaf=20, feature_share=1.0
    )
    return BoostedTrees(settings).fit(train, validation, 0, Quiet()), with_unknown(test)


@pytest.fixture(scope="module")
def network():
    train, validation, test = network_parts()
    fitted = Network("bilstm_attention", eager("bilstm_attention", max_epochs=3)).fit(
        train, validation, 0, Quiet()
    )
    return served_by_module(fitted), with_unknown(test)


def newest(samples, explainer, n=20):
    return samples.windows(slice(0, n))[:, -explainer.n_days :]


def by_every_coalition(explainer, windows, classes):
    """Shapley values of every input of every day, over all coalitions."""
    n_days, n_features = windows.shape[1:]
    found = []
    for window, class_index in zip(windows, classes, strict=True):
        flat = window.reshape(1, -1)

        def outputs(part, shape=(-1, n_days, n_features)):
            return explainer.outputs(part.reshape(shape))

        game = feature_game(outputs, flat, class_index, np.arange(flat.size))
        found.append(exact_shapley(game, flat.size)[0][0].reshape(n_days, n_features))
    return np.array(found)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("is_known", [False, True])
def test_tree_shap_is_what_every_coalition_of_inputs_gives(n_classes, is_known):
    classifier, test = trees(n_classes, is_known=is_known)
    explainer = explainer_for(classifier)
    windows, classes = newest(test, explainer), np.arange(20) % n_classes
    found = explainer.attribute(windows, classes)
    assert found.method is Method.TREE_SHAP
    assert found.additivity_errors.max() <= 1e-6
    np.testing.assert_allclose(found.by_day, by_every_coalition(explainer, windows, classes), atol=1e-6)


def test_trees_that_see_several_sessions_share_by_day():
    classifier, test = trees(n_sessions=2)
    explainer = explainer_for(classifier)
    windows, classes = newest(test, explainer), np.arange(20) % 3
    found = explainer.attribute(windows, classes)
    assert found.by_day.shape == (20, 2, 6)
    assert found.additivity_errors.max() <= 1e-6


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_linear_model_is_its_weights(n_classes):
    train, validation, test = thirds(with_unknown(planted_samples(n_classes=n_classes, n_sessions=80)))
    classifier = Logistic(LogisticSettings(n_sessions=2)).fit(train, validation, 0, Quiet())
    explainer = explainer_for(classifier)
    windows, classes = newest(test, explainer), np.arange(20) % n_classes
    found = explainer.attribute(windows, classes)
    np.testing.assert_allclose(found.by_day, by_every_coalition(explainer, windows, classes), atol=1e-5)
    assert found.additivity_errors.max() < 1e-12
    logits, probabilities = explainer.outputs(windows), classifier.predict(test.take(np.arange(20)))
    difference = np.log(probabilities[:, -1] / probabilities[:, 0])
    # Of two classes each output is the logit against the other; of more, the difference of two scores is.
    expected = logits[:, -1] if n_classes == 2 else logits[:, -1] - logits[:, 0]
    np.testing.assert_allclose(expected, difference, atol=1e-5)


def test_a_network_adds_up_to_what_is_served(network):
    served, test = network
    explainer = explainer_for(served)
    windows, classes = newest(test, explainer, 60), np.arange(60) % 3
    found = explainer.attribute(windows, classes)
    assert found.additivity_errors.max() <= 1e-3
    unknown = np.isnan(windows)
    assert unknown.any()
    assert (found.by_day[unknown] == 0.0).all()
    assert explainer.attention(windows).sum(axis=2) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.slow
def test_so_it_does_as_onnx():
    train, validation, test = network_parts()
    fitted = Network("lstm_multihead", eager("lstm_multihead", max_epochs=2)).fit(
        train, validation, 0, Quiet()
    )
    explainer = explainer_for(load_network(fitted.files()))
    windows, classes = newest(test, explainer, 60), np.arange(60) % 3
    found = explainer.attribute(windows, classes)
    assert found.additivity_errors.max() <= 1e-3
    values = family_shapley(explainer, windows[:8], classes[:8], NAMES)[1]
    assert values.sum(axis=1) == pytest.approx((found.outputs - found.base_outputs)[:8], abs=1e-6)


@pytest.mark.parametrize("kind", ["network", "trees", "logistic"])
def test_families_add_up(kind, network):
    if kind == "network":
        classifier, test = network
    elif kind == "trees":
        classifier, test = trees()
    else:
        train, validation, test = thirds(planted_samples(n_sessions=80))
        classifier = Logistic().fit(train, validation, 0, Quiet())
    explainer = explainer_for(classifier)
    windows, classes = newest(test, explainer), np.arange(20) % 3
    families, values = family_shapley(explainer, windows, classes, NAMES)
    assert families == ("momentum", "volatility", "volume", "calendar")
    exact = explainer.attribute(windows, classes)
    assert values.sum(axis=1) == pytest.approx(exact.outputs - exact.base_outputs, abs=1e-6)
    if kind == "logistic":  # where nothing works together, a family is the sum of its features
        assert values[:, 0] == pytest.approx(exact.by_feature[:, :2].sum(axis=1), abs=1e-9)


def test_sampled_features_agree_with_trees_within_their_errors():
    classifier, test = trees()
    explainer = explainer_for(classifier)
    windows, classes = newest(test, explainer), np.arange(20) % 3
    exact = explainer.attribute(windows, classes)
    found = feature_shapley(explainer, windows, classes, np.random.default_rng(0), n_pairs=40)
    assert found.additivity_errors.max() < 1e-9
    assert found.by_day.shape == (20, 0, 6)
    assert (np.abs(found.by_feature - exact.by_feature) <= 5.0 * found.standard_errors + 1e-6).all()


@pytest.mark.parametrize("kind", ["network", "trees"])
def test_what_was_planted_comes_first(kind, network):
    classifier, test = network if kind == "network" else trees()
    explainer = explainer_for(classifier)
    windows = newest(test, explainer, 60)
    for class_index in (0, 2):
        found = explainer.attribute(windows, np.full(60, class_index))
        assert np.abs(found.by_feature).mean(axis=0).argmax() == 0


def test_a_model_that_looks_at_nothing_is_refused():
    train, validation, _ = thirds(planted_samples(n_sessions=80))
    with pytest.raises(InvalidRequestError, match="looks at no features"):
        explainer_for(class_prior().fit(train, validation, 0, Quiet()))
