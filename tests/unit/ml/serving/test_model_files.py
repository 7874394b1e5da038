"""A trained model to files and back: the same answers, or a refusal."""

import json
from dataclasses import replace

import numpy as np
import pytest

from models.domain.errors import DamagedArtifactError
from services.ml.catalogue import make_classifier
from services.ml.classifiers.interface import Quiet
from services.ml.preprocessing import Preprocessing
from services.ml.serving import model_files
from services.ml.serving.artifact_store import Artifact
from services.ml.serving.model_files import CLASSIFIER, feature_hash, pack, unpack
from services.ml.walk_forward import TrainingSettings, train
from services.quant.features.registry import METADATA, NAMES
from tests.unit.ml.factories import planted_samples, thirds


def packed(name, n_classes):
    learnt, checked, test = thirds(planted_samples(n_classes=n_classes, strength=2.0))
    model = train(learnt, checked, make_classifier(name), TrainingSettings(), 3, Quiet())
    files, about = pack(model, checked)
    return model, test, Artifact("0" * 64, json.loads(json.dumps(about)), files)


@pytest.fixture(scope="module")
def trees():
    return packed("lightgbm", 3)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_what_comes_back_says_the_same(n_classes):
    model, test, artifact = packed("lightgbm", n_classes)
    found = unpack(artifact)
    np.testing.assert_array_equal(found.trained.predict(test), model.predict(test))
    assert found.feature_names == test.feature_names
    assert (found.window_sessions, found.class_names) == (test.window_sessions, test.class_names)
    assert found.trained.temperature == model.temperature


def test_features_are_found_by_name_wherever_they_stand(trees):
    model, test, _ = trees
    order = np.random.default_rng(1).permutation(len(test.feature_names))
    names = tuple(test.feature_names[place] for place in order)
    moved = replace(test, features=test.features[:, order], feature_names=names)
    found = Preprocessing.from_json(model.preprocessing.to_json(), names)
    np.testing.assert_array_equal(found.apply(moved).flat(2), model.preprocessing.apply(test).flat(2))


@pytest.mark.parametrize("name", ["preprocessing.json", "probe.safetensors", f"{CLASSIFIER}model.txt"])
def test_a_file_that_is_gone_or_nonsense_refuses(trees, name):
    artifact = trees[2]
    for files in (
        {other: content for other, content in artifact.files.items() if other != name},
        {**artifact.files, name: b"nonsense"},
    ):
        with pytest.raises(DamagedArtifactError):
            unpack(Artifact(artifact.content_hash, artifact.about, files))


def test_another_model_s_trees_answer_the_probes_otherwise(trees):
    learnt, checked, _ = thirds(planted_samples(seed=9, strength=2.0))
    other = train(learnt, checked, make_classifier("lightgbm"), TrainingSettings(), 3, Quiet())
    files = {**trees[2].files, f"{CLASSIFIER}model.txt": other.classifier.files()["model.txt"]}
    with pytest.raises(DamagedArtifactError, match="otherwise than when it was trained"):
        unpack(Artifact("0" * 64, trees[2].about, files))


def test_the_hash_of_features_knows_their_order_and_their_formulas(monkeypatch):
    before = feature_hash(NAMES)
    assert before != feature_hash(NAMES[::-1])
    assert before != feature_hash(NAMES[:-1])
    other = replace(METADATA[NAMES[0]], formula="another one")
    monkeypatch.setattr(model_files, "METADATA", {**METADATA, NAMES[0]: other})
    assert before != feature_hash(NAMES)
