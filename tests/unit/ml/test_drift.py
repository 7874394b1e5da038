"""A model's picture of its training: what moved is named, what always moves is not, and files keep it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from models.domain.drift import Drift
from services.ml.classifiers.interface import Quiet
from services.ml.classifiers.reference import Reference, ReferenceRule
from services.ml.drift import DriftReference
from services.ml.preprocessing import Preprocessing, PreprocessingSettings
from services.ml.walk_forward import TrainedModel
from tests.unit.ml.factories import planted_samples


@pytest.fixture(scope="module")
def learnt():
    """400 sessions of 12 symbols; the last feature is the same for all and drifts from session to session."""
    found = planted_samples(n_sessions=400, n_symbols=12, strength=1.0, window_sessions=3)
    features = found.features.copy()
    rows = found.source[found.places]
    number = np.unique(found.sessions, return_inverse=True)[1]
    slow = np.random.default_rng(2).normal(size=400).cumsum()
    features[rows, -1] = slow[number]
    return replace(found, features=features)


@pytest.fixture(scope="module")
def model(learnt):
    fitted = Reference(ReferenceRule.CLASS_PRIOR).fit(learnt, learnt, 0, Quiet())
    return TrainedModel(Preprocessing.fit(learnt, PreprocessingSettings()), fitted, 1.0)


@pytest.fixture(scope="module")
def reference(learnt, model):
    every_fifth = learnt.take(np.unique(learnt.sessions, return_inverse=True)[1] % 5 == 0)
    return DriftReference.of(every_fifth, every_fifth, model, 5)


def last_quarter(samples):
    return samples.take(samples.sessions > np.unique(samples.sessions)[-64])


def moved_by(samples, column, size):
    features = samples.features.copy()
    features[:, column] += size
    return replace(samples, features=features)


def test_what_stays_has_not_moved_although_a_slow_feature_is_above_the_mark(learnt, model, reference):
    found = reference.measure(last_quarter(learnt), model)
    slow = found.feature_names[-1]
    assert dict(zip(found.feature_names, found.indices, strict=True))[slow] > found.marked
    assert found.n_above_mark == 1
    assert found.moved == found.shifted == ()
    assert found.sentence().startswith("nothing has moved: ")
    assert found.score_index == 0.0


def test_only_what_moved_is_named_and_every_fifth_session_counts(learnt, model, reference):
    recent = moved_by(last_quarter(learnt), 0, 3.0)
    found = reference.measure(recent, model)
    name = found.feature_names[0]
    assert found.moved == (name,)
    assert found.sentence() == f"1 of {len(found.feature_names)} features has moved: {name}"
    sessions = np.unique(recent.sessions)
    assert (found.session, found.first_session) == (sessions[-1].item(), sessions[-61].item())
    assert found.n == np.isin(recent.sessions, sessions[::-1][:63:5]).sum()


def test_later_sessions_change_nothing_of_what_was_known(learnt, model, reference):
    cut = np.unique(learnt.sessions)[300]
    known = learnt.take(learnt.sessions <= cut)
    then = learnt.take((learnt.sessions <= cut) & (learnt.sessions > np.unique(learnt.sessions)[237]))
    assert reference.measure(known, model) == reference.measure(then, model)


def test_files_keep_it(learnt, model, reference):
    again = DriftReference.from_json(json.loads(json.dumps(reference.to_json())))
    assert again.measure(last_quarter(learnt), model) == reference.measure(last_quarter(learnt), model)


def test_a_short_training_cannot_say_what_is_usual(learnt, model):
    number = np.unique(learnt.sessions, return_inverse=True)[1]
    few = learnt.take((number < 300) & (number % 5 == 0))
    found = DriftReference.of(few, few, model, 5).measure(last_quarter(learnt), model)
    assert set(found.usual) == {found.score_usual} == {None}


def test_sentences():
    names = tuple("abcdefgh")
    values = {"feature_names": names, "usual": (None,) * 8, "slight": 0.1, "marked": 0.25, "n": 9}
    day = np.datetime64("2013-03-01").item()

    def said(indices, score, usual=None):
        told = Drift(day, day, indices=indices, score_index=score, score_usual=usual, **values)
        return told.sentence()

    assert said((0.3, 0.9) + (0.0,) * 6, 0.3) == (
        "2 of 8 features have moved: b, a; what the model says has moved too"
    )
    assert said((0.3,) * 8, None) == "8 of 8 features have moved: a, b, c, d, e and 3 more"
    assert said((0.0,) * 8, 0.25) == "none of 8 features has moved, but what the model says has"
    assert said((0.0,) * 8, 0.25, 0.3) == "nothing has moved: 8 features and the score lie as in training"
    assert said((0.0, 0.1) + (None,) * 6, 0.1) == "nothing has moved far; 1 of 8 a little: b"
