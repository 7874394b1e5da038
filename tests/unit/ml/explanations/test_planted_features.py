"""A model that learnt from several planted features ranks exactly those first, whichever way it is asked."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from services.ml.classifiers.boosted_trees import BoostedTrees, BoostedTreesSettings
from services.ml.classifiers.interface import Quiet
from services.ml.classifiers.network import Network
from services.ml.explanations.explained import Asked, ExplainedModel, explain
from services.ml.explanations.importance import global_importance, permutation_importance
from services.ml.walk_forward import TrainingSettings, train
from services.quant.features.registry import METADATA
from tests.unit.ml.explanations.factories import served_by_module
from tests.unit.ml.factories import planted_samples, thirds
from tests.unit.ml.networks.factories import WINDOW, eager

N_SESSIONS, N_SYMBOLS = 400, 12
# Of each family of the planted ones there are others too. By planted one: strength, and sessions back.
NAMES = (
    "return_5", "atr_to_close", "rsi_14", "obv_slope_20", "weekday_sin", "adx_14",
    "volatility_20", "return_20", "mfi_14", "relative_volume_20", "weekday_cos", "garman_klass_20",
)  # fmt: skip
PLANTED = {"rsi_14": (2.0, 0), "obv_slope_20": (-1.6, 3), "adx_14": (1.2, 0)}
FAMILIES = ["momentum", "volume", "trend"]


@cache
def market():
    """Samples whose class follows three features: one downwards, and as it was three sessions ago."""
    samples = planted_samples(
        5, n_sessions=N_SESSIONS, n_symbols=N_SYMBOLS, n_features=len(NAMES), window_sessions=WINDOW
    )
    score = np.random.default_rng(6).normal(size=len(samples))
    for name, (strength, sessions_back) in PLANTED.items():
        score += strength * samples.features[samples.places - sessions_back, NAMES.index(name)]
    return replace(samples, feature_names=NAMES, labels=np.digitize(score, [-0.9, 0.9]).astype(np.int8))


@cache
def trained(kind):
    learnt, checked, rest = thirds(market())
    classifier = {
        "trees": BoostedTrees(
            BoostedTreesSettings(n_sessions=WINDOW, n_rounds=60, learning_rate=0.1, min_samples_leaf=40)
        ),
        "network": Network("lstm_multihead", eager("lstm_multihead", max_epochs=8)),
    }[kind]
    model = train(learnt, checked, classifier, TrainingSettings(), 0, Quiet())
    if kind == "network":
        model = replace(model, classifier=served_by_module(model.classifier))
    return ExplainedModel(1, "a" * 64, model), rest


@pytest.fixture(scope="module", params=["trees", pytest.param("network", marks=pytest.mark.slow)])
def explained(request):
    model, rest = trained(request.param)
    asked = Asked(
        rest.take(np.linspace(0, len(rest) - 1, 90).astype(np.int64)),
        [f"S{number}" for number in range(N_SYMBOLS)],
        np.datetime64("2010-01-04") + np.arange(N_SESSIONS),
        np.zeros(rest.source.size, dtype=bool),
    )
    found = explain(model, asked)
    return model, rest, found, global_importance(found, {}, np.random.default_rng(0))


def require_first(sizes, planted):
    """The planted ones come first, and well before the next one."""
    order = sorted(sizes, key=sizes.get, reverse=True)
    assert set(order[: len(planted)]) == set(planted)
    assert sizes[order[len(planted) - 1]] > 2.0 * sizes[order[len(planted)]]


def test_names_are_of_the_families_that_are_expected():
    assert [METADATA[name].family for name in PLANTED] == FAMILIES


def test_attributions_rank_exactly_those_first(explained):
    *_, over_all = explained
    require_first(dict(zip(over_all.feature_names, over_all.mean_absolute, strict=True)), PLANTED)


def test_families_rank_theirs_first(explained):
    *_, over_all = explained
    require_first(over_all.families, FAMILIES)


def test_permuting_agrees(explained):
    model, rest, _, _ = explained
    found = permutation_importance(
        model, rest.labelled(), np.random.default_rng(0), Quiet(), is_out_of_sample=True
    )
    increase = dict(zip(found.feature_names, found.loss_increase, strict=True))
    require_first(increase, PLANTED)
    for name, error in zip(found.feature_names, found.standard_error, strict=True):
        assert (increase[name] > 5.0 * error) == (name in PLANTED)


def test_a_feature_of_an_older_day_is_a_reason_on_that_day(explained):
    *_, found, over_all = explained
    for name, (_, sessions_back) in PLANTED.items():
        column = over_all.feature_names.index(name)
        by_day = np.mean([np.abs(one.day_attributions[:, column]) for one in found], axis=0)
        assert by_day.argmax() == WINDOW - 1 - sessions_back


def test_the_sign_is_what_was_planted(explained):
    """Where the likeliest class is Up, a high value of what works upwards speaks for it, and against Down."""
    *_, found, over_all = explained
    for shown, towards in (("Up", 1.0), ("Down", -1.0)):
        signals = [one for one in found if one.shown_class == shown]
        for name, (strength, sessions_back) in PLANTED.items():
            column = over_all.feature_names.index(name)
            values = [one.scaled_days[WINDOW - 1 - sessions_back, column] for one in signals]
            pushes = [one.attributions[column] for one in signals]
            assert np.corrcoef(values, pushes)[0, 1] * np.sign(strength) * towards > 0.7
