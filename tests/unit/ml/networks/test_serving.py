"""Files of a trained network: served alike by ONNX Runtime, opened alike by PyTorch, refused when swapped."""

import json

import numpy as np
import pytest
import torch

from models.domain.errors import InsufficientHistoryError, InvalidMarketDataError, OperatorError
from services.ml.classifiers.interface import Quiet
from services.ml.classifiers.network import Network
from services.ml.networks.export import load_module, module_outputs
from services.ml.networks.serving import load_network
from tests.unit.ml.networks.factories import SMALL, WINDOW, eager, parts


def fitted(name, seed=0):
    train, validation, test = parts()
    return Network(name, eager(name, max_epochs=2)).fit(train, validation, seed, Quiet()), test


@pytest.fixture(scope="module")
def trained():
    return fitted("bilstm_attention")


@pytest.fixture(scope="module")
def files(trained):
    return trained[0].files()


def check_same_outputs(model, files, test):
    served, module = load_network(files), load_module(files)
    for n_windows in (1, 2, 300):  # the number of windows is free
        windows = np.random.default_rng(n_windows).standard_normal((n_windows, WINDOW, 6), dtype=np.float32)
        expected = module_outputs(model.network, windows)
        for found in (served.run(windows), module_outputs(module, windows)):
            assert found[0] == pytest.approx(expected[0], abs=1e-5)
            assert found[1] == pytest.approx(expected[1], abs=1e-5)
            assert found[1].sum(axis=2) == pytest.approx(1.0, abs=1e-5)
    assert served.predict(test) == pytest.approx(model.predict(test), abs=1e-5)


@pytest.mark.slow
def test_what_is_served_is_what_was_trained(trained, files):
    check_same_outputs(trained[0], files, trained[1])
    assert load_network(files).files() == files


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SMALL if name != "bilstm_attention"])
def test_so_it_is_for_every_network(name):
    model, test = fitted(name)
    check_same_outputs(model, model.files(), test)


def test_the_description_tells_how_to_feed_it(trained, files):
    described = json.loads(files["model.json"])
    assert set(files) == {"weights.safetensors", "model.onnx", "model.json"}
    assert described["feature_names"] == list(trained[0].feature_names)
    assert described["class_names"] == ["Down", "Neutral", "Up"]
    assert described["window_sessions"] == WINDOW
    assert len(described["learning_curve"]) == 2
    assert load_network(files).description.settings == trained[0].settings


def test_the_module_has_gradients(files):
    windows = torch.randn(3, WINDOW, 6, requires_grad=True)
    load_module(files)(windows)[0][:, 2].sum().backward()
    assert windows.grad.abs().sum() > 0.0


@pytest.mark.parametrize("name", ["weights.safetensors", "model.onnx", "model.json"])
def test_a_damaged_or_missing_file_is_named(files, name):
    content = bytearray(files[name])
    content[len(content) // 2] ^= 0xFF
    for load in (load_network, load_module):
        with pytest.raises(OperatorError, match=f"{name} is damaged.*train"):
            load(files | {name: bytes(content)})
        with pytest.raises(OperatorError, match=f"lacks {name}"):
            load({key: value for key, value in files.items() if key != name})


def test_answers_that_are_not_those_of_training_are_refused(files):
    described = json.loads(files["model.json"])
    described["probe"]["logits"][0][0] += 2e-5
    with pytest.raises(OperatorError, match=r"differ by 2\.\de-05 on loading"):
        load_network(files | {"model.json": json.dumps(described).encode()})


def test_an_unknown_feature_counts_as_its_median_and_an_infinite_one_is_refused(trained, files):
    _, _, test = parts()
    _, _, zeroed = parts()
    rows = test.source[test.places][:40]
    test.features[rows, 2], zeroed.features[rows, 2] = np.nan, 0.0
    for model in (trained[0], load_network(files)):
        assert np.array_equal(model.predict(test), model.predict(zeroed))
    test.features[rows[3], 2] = np.inf
    with pytest.raises(InvalidMarketDataError, match="Feature feature_2 is infinite in 1 rows"):
        load_network(files).predict(test)


def test_windows_that_are_too_short_are_refused(files):
    _, _, short = parts(window_sessions=WINDOW - 1)
    with pytest.raises(InsufficientHistoryError, match=r"looks at 6 sessions .* have 5"):
        load_network(files).predict(short)


def test_of_longer_windows_the_newest_part_is_seen(trained):
    _, _, test = parts()
    _, _, longer = parts(window_sessions=WINDOW + 4)
    known = dict(zip(test.places.tolist(), trained[0].predict(test), strict=True))
    found = trained[0].predict(longer)
    shared = [place in known for place in longer.places.tolist()]
    assert sum(shared) > 100
    expected = [known[place] for place in longer.places[shared].tolist()]
    assert found[shared] == pytest.approx(np.array(expected), abs=1e-6)
