"""The headline score: its mixture, its labels, and who gets the weight of a missing or unproven source."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.signals import CONFLUENCE_WEIGHTS
from services.quant.confluence import combine_confluence, confluence_labels, model_score, weights_behind

NAN = np.nan


def _array(*values):
    return np.array(values, dtype=float)


def _combine(technical, sentiment, model, *, model_is_proven=True):
    mixed = combine_confluence(
        _array(technical), _array(sentiment), _array(model), model_is_proven=model_is_proven
    )
    return mixed.score[0], tuple(mixed.weights[:, 0])


def test_the_weights_are_those_of_the_contract():
    assert CONFLUENCE_WEIGHTS == {"technical": 0.40, "sentiment": 0.30, "model": 0.30}


@pytest.mark.parametrize(
    ("sources", "score", "weights"),
    [
        ((0.6, 0.5, 0.8), 0.24 + 0.15 + 0.24, (0.4, 0.3, 0.3)),
        ((0.6, NAN, 0.8), (0.24 + 0.24) / 0.7, (4 / 7, 0, 3 / 7)),
        ((0.6, 0.5, NAN), (0.24 + 0.15) / 0.7, (4 / 7, 3 / 7, 0)),
        ((NAN, 0.5, 0.8), 0.65, (0, 0.5, 0.5)),
        ((0.6, NAN, NAN), 0.6, (1, 0, 0)),
        ((NAN, NAN, 0.8), 0.8, (0, 0, 1)),
        ((NAN, NAN, NAN), NAN, (0, 0, 0)),
    ],
)
def test_mixture_by_hand(sources, score, weights):
    ours, shares = _combine(*sources)
    assert ours == pytest.approx(score, nan_ok=True)
    assert shares == pytest.approx(weights)


def test_an_unproven_model_has_no_weight_by_hand():
    assert _combine(0.6, 0.5, 0.8, model_is_proven=False) == (
        pytest.approx((0.24 + 0.15) / 0.7),
        pytest.approx((4 / 7, 3 / 7, 0)),
    )
    score, weights = _combine(NAN, NAN, 0.8, model_is_proven=False)
    assert np.isnan(score)
    assert weights == (0, 0, 0)


def test_proof_is_told_row_by_row():
    mixed = combine_confluence(
        _array(0.2, 0.2), _array(NAN, NAN), _array(0.9, 0.9), model_is_proven=np.array([True, False])
    )
    np.testing.assert_allclose(mixed.score, [0.35 / 0.7, 0.2])


maybe = st.one_of(st.just(NAN), st.floats(0.0, 1.0))
rows = st.lists(st.tuples(maybe, maybe, maybe, st.booleans()), min_size=1, max_size=30)


def _of(table):
    technical, sentiment, model = (_array(*(row[i] for row in table)) for i in range(3))
    return combine_confluence(
        technical, sentiment, model, model_is_proven=np.array([row[3] for row in table], dtype=bool)
    )


@settings(deadline=None)
@given(rows)
def test_weights_sum_to_one_over_what_counts_and_reproduce_the_score(table):
    mixed = _of(table)
    for i, (technical, sentiment, model, proven) in enumerate(table):
        given_ = {
            name: value
            for name, value in (("technical", technical), ("sentiment", sentiment), ("model", model))
            if not np.isnan(value) and (name != "model" or proven)
        }
        weights = dict(zip(CONFLUENCE_WEIGHTS, mixed.weights[:, i], strict=True))
        assert {name for name, weight in weights.items() if weight > 0.0} == set(given_)
        if not given_:
            assert np.isnan(mixed.score[i])
            continue
        assert sum(weights.values()) == pytest.approx(1.0, abs=1e-15)
        whole = sum(CONFLUENCE_WEIGHTS[name] for name in given_)
        for name in given_:
            assert weights[name] == pytest.approx(CONFLUENCE_WEIGHTS[name] / whole, abs=1e-15)
        assert mixed.score[i] == pytest.approx(
            sum(weights[name] * given_[name] for name in given_), abs=1e-11
        )
        assert min(given_.values()) - 1e-11 <= mixed.score[i] <= max(given_.values()) + 1e-11


@settings(deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_rows_do_not_touch_each_other(table, random):
    order = list(range(len(table)))
    random.shuffle(order)
    straight, shuffled = _of(table), _of([table[i] for i in order])
    np.testing.assert_array_equal(shuffled.score, straight.score[order])
    np.testing.assert_array_equal(shuffled.weights, straight.weights[:, order])


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_sources_of_equal_weight_may_change_places(one, other):
    assert _combine(0.5, one, other)[0] == pytest.approx(_combine(0.5, other, one)[0], abs=1e-12)


@settings(deadline=None)
@given(maybe, maybe, st.floats(0, 1), st.floats(0, 1))
def test_whatever_an_unproven_model_says_changes_nothing(technical, sentiment, one, other):
    scores = [_combine(technical, sentiment, said, model_is_proven=False)[0] for said in (one, other, NAN)]
    assert len({repr(score) for score in scores}) == 1


def _behind(confluence, technical, sentiment, model):
    return weights_behind(_array(confluence), _array(technical), _array(sentiment), _array(model))[:, 0]


def test_the_stored_number_tells_whether_the_model_was_in_it():
    np.testing.assert_allclose(_behind(0.6, 0.6, NAN, NAN), [1, 0, 0])
    np.testing.assert_allclose(_behind(0.6, 0.6, NAN, 0.8), [1, 0, 0])
    np.testing.assert_allclose(_behind((0.24 + 0.24) / 0.7, 0.6, NAN, 0.8), [4 / 7, 0, 3 / 7])
    np.testing.assert_array_equal(_behind(0.7, 0.6, NAN, 0.8), [0, 0, 0])
    np.testing.assert_array_equal(_behind(NAN, NAN, NAN, NAN), [0, 0, 0])


@settings(deadline=None)
@given(rows)
def test_weights_that_are_found_give_the_stored_number(table):
    """Where model and the rest say the same, either answer is true; elsewhere it is the one that was used."""
    mixed = _of(table)
    technical, sentiment, model = (_array(*(row[i] for row in table)) for i in range(3))
    found = weights_behind(mixed.score, technical, sentiment, model)
    scores = np.nan_to_num(np.stack([technical, sentiment, model]))
    has_one = ~np.isnan(mixed.score)
    np.testing.assert_allclose((found * scores).sum(axis=0)[has_one], mixed.score[has_one], atol=2e-9)
    np.testing.assert_allclose(found.sum(axis=0), has_one)
    other = combine_confluence(
        technical, sentiment, model, model_is_proven=~np.array([row[3] for row in table], dtype=bool)
    )
    is_clear = has_one & ~(np.abs(other.score - mixed.score) <= 2e-9)
    np.testing.assert_allclose(found[:, is_clear], mixed.weights[:, is_clear])


def test_model_score_by_hand():
    up, down = _array(0.5, 0.2, 1.0, 0.0, NAN), _array(0.3, 0.6, 0.0, 1.0, NAN)
    np.testing.assert_allclose(model_score(up, down), [0.6, 0.3, 1.0, 0.0, NAN])
    np.testing.assert_array_equal(model_score(up), up)


@given(st.floats(0, 1))
def test_two_classes_are_three_without_a_neutral_one(up):
    assert model_score(_array(up))[0] == pytest.approx(model_score(_array(up), _array(1 - up))[0], abs=1e-15)


def test_probabilities_that_sum_to_one_give_a_score_between_zero_and_one():
    share = np.random.default_rng(0).dirichlet([0.5, 0.5, 0.5], 200)
    score = model_score(share[:, 0], share[:, 1])
    assert ((score >= 0.0) & (score <= 1.0)).all()
    np.testing.assert_allclose(score + model_score(share[:, 1], share[:, 0]), 1.0)


@pytest.mark.parametrize(
    ("score", "label"),
    [
        (0.0, "STRONG SELL"), (0.3499999, "STRONG SELL"), (0.35, "SELL"), (0.4499999, "SELL"), (0.45, "HOLD"),
        (0.55, "HOLD"), (0.5500001, "BUY"), (0.65, "BUY"), (0.6500001, "STRONG BUY"), (1.0, "STRONG BUY"),
    ],
)  # fmt: skip
def test_confluence_labels_at_their_thresholds(score, label):
    assert confluence_labels(_array(score)).tolist() == [label]
