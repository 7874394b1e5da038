"""What if: nothing edited changes nothing, an edit is what the model says, and no guess beyond training."""

import json
import subprocess
import sys

import numpy as np
import pytest

from models.domain.errors import DamagedArtifactError, InvalidRequestError
from models.domain.signals import Label
from services.ml import what_if
from services.ml.explanations.explained import explain
from services.ml.serving.artifact_store import Artifact
from services.ml.what_if import AskedNetwork, AskedTrees, Hypothesis, WhatIf
from tests.unit.ml.explanations.test_explained import NAMES, asked_for, trained

IMPORTS = (
    "import sys, services.ml.what_if; print({'torch', 'shap', 'lightgbm', 'sklearn'} & set(sys.modules))"
)


def files_of(model):
    """What is stored of a model of trees."""
    files = {f"classifier.{name}": content for name, content in model.trained.classifier.files().items()}
    return {**files, "preprocessing.json": json.dumps(model.trained.preprocessing.to_json()).encode()}


def artifact_of(model, files):
    about = {"feature_names": list(NAMES), "temperature": model.trained.temperature}
    return Artifact("a" * 64, about, files)


@pytest.fixture(scope="module", params=["network", "trees", "two_classes"])
def opened(request):
    model, rest = trained(request.param)
    if request.param == "network":
        network = AskedNetwork(model.trained.classifier)
        asked = WhatIf(model.trained.preprocessing, network, model.trained.temperature)
    else:
        asked = WhatIf.open(artifact_of(model, files_of(model)))
        assert isinstance(asked.model, AskedTrees)
    return asked, model, explain(model, asked_for(rest))[0]


@pytest.mark.slow
def test_nothing_edited_is_what_the_model_said(opened):
    asked, _, explained = opened
    found = asked.ask(explained, {})
    assert found.probabilities == pytest.approx(explained.probabilities, abs=1e-6)
    up, down = explained.probabilities[-1], explained.probabilities[0]
    assert found.score == pytest.approx((1.0 + up - down) / 2.0)


def test_an_edited_value_is_scaled_and_shown_in_the_newest_session(opened):
    asked, model, explained = opened
    low, high = asked.range_of("rsi_14")
    column = explained.feature_names.index("rsi_14")
    value = low + 0.9 * (high - low)
    window = explained.scaled_days.copy()
    scaling = model.trained.preprocessing
    window[-1, column] = np.clip((value - scaling.centre[column]) / scaling.scale[column], -5.0, 5.0)
    expected = model.probabilities(window[None])[0]
    assert asked.ask(explained, {"rsi_14": value}).probabilities == pytest.approx(expected, abs=1e-6)
    # What was planted: the higher the first feature, the likelier Up.
    scores = [asked.ask(explained, {"rsi_14": one}).score for one in np.linspace(low, high, 7)]
    assert scores[-1] - scores[0] > 0.2


def test_what_training_never_saw_is_refused(opened):
    asked, _, explained = opened
    low, high = asked.range_of("rsi_14")
    for value in (low - 0.01, high + 0.01, float("nan")):
        with pytest.raises(InvalidRequestError, match="outside of what the model has learnt from"):
            asked.ask(explained, {"rsi_14": value})
    with pytest.raises(InvalidRequestError, match="does not look at vix_level"):
        asked.ask(explained, {"vix_level": 0.2})
    asked.ask(explained, {"rsi_14": high})


def test_the_signal_counts_the_model_only_where_it_is_proven():
    found = Hypothesis(np.array([0.1, 0.1, 0.8]), 0.85)
    assert found.signal(0.5, None, model_is_proven=False) == (0.5, Label.HOLD)
    # By hand: (0.4 x 0.5 + 0.3 x 0.85) / 0.7 = 0.65.
    assert found.signal(0.5, None, model_is_proven=True) == (pytest.approx(0.65), Label.BUY)
    assert found.signal(None, None, model_is_proven=False) == (None, None)


def test_only_whole_files_are_opened(monkeypatch):
    model, _ = trained("network")
    files = files_of(trained("trees")[0])
    onnx = {"classifier.model.onnx": b"", "preprocessing.json": files["preprocessing.json"]}
    monkeypatch.setattr(what_if, "load_network", lambda _: model.trained.classifier)
    assert isinstance(WhatIf.open(artifact_of(model, onnx)).model, AskedNetwork)
    with pytest.raises(InvalidRequestError, match="Only networks and trees"):
        WhatIf.open(artifact_of(model, {"classifier.weights.json": b""}))
    text = files["classifier.model.txt"]
    damaged = (
        {**onnx, "preprocessing.json": b"{"},
        {**files, "classifier.model.txt": text[: len(text) // 2]},
        {**files, "classifier.model.txt": b""},
        {**files, "classifier.model.txt": text.replace(b"Tree=", b"Tee=", 1)},
    )
    for each in damaged:
        with pytest.raises(DamagedArtifactError, match="do not belong together"):
            WhatIf.open(artifact_of(model, each))


def test_a_page_can_ask_without_the_libraries_of_training(repository_root):
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], cwd=repository_root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
