"""Every network, alike: its shapes, its attention, its gradients, and that it can learn at all."""

import numpy as np
import pytest
import torch

from models.domain.networks import (
    BiLstmAttentionSettings,
    CnnBiLstmTransformerSettings,
    settings_from_json,
    settings_to_json,
)
from models.networks.attention import SelfAttention
from models.networks.registry import build_network
from services.ml.catalogue import NETWORKS, make_classifier
from services.ml.classifiers.interface import Quiet
from services.ml.classifiers.network import Network
from tests.unit.ml.networks.factories import SMALL, WINDOW, eager, parts

N_FEATURES, N_CLASSES = 5, 3
HEADS = {"bilstm_attention": 1, "lstm_multihead": 2, "cnn_bilstm_transformer": 1}


@pytest.fixture(params=SMALL)
def name(request):
    return request.param


@pytest.fixture
def network(name):
    torch.manual_seed(0)
    return build_network(SMALL[name], N_FEATURES, N_CLASSES)


@pytest.mark.parametrize("n_windows", [1, 7])
def test_shapes_and_attention_that_sums_to_one(name, network, n_windows):
    logits, attention = network.eval()(torch.randn(n_windows, WINDOW, N_FEATURES))
    assert logits.shape == (n_windows, N_CLASSES)
    assert attention.shape == (n_windows, HEADS[name], WINDOW)
    assert (attention >= 0.0).all()
    assert attention.sum(dim=2).detach().numpy() == pytest.approx(1.0, abs=1e-6)


def test_a_window_s_output_does_not_hang_on_its_neighbours(network):
    windows = torch.randn(9, WINDOW, N_FEATURES)
    together, alone = network.eval()(windows), network(windows[4:5])
    for whole, single in zip(together, alone, strict=True):
        assert whole[4:5].detach().numpy() == pytest.approx(single.detach().numpy(), abs=1e-6)


def test_every_parameter_gets_a_gradient(network):
    logits, _ = network.train()(torch.randn(16, WINDOW, N_FEATURES))
    torch.nn.functional.cross_entropy(logits, torch.arange(16) % N_CLASSES).backward()
    without = [
        key for key, weights in network.named_parameters() if weights.grad is None or not weights.grad.any()
    ]
    assert without == []


def test_every_session_and_feature_matters(network):
    windows = torch.randn(4, WINDOW, N_FEATURES, requires_grad=True)
    network.eval()(windows)[0][:, 0].sum().backward()
    assert (windows.grad.abs().sum(dim=0) > 0.0).all()


@pytest.mark.slow
def test_a_tiny_planted_set_is_learnt_by_heart(name):
    train, _, _ = parts(strength=100.0, n_sessions=60, n_symbols=2, n_classes=2)
    settings = eager(name, max_epochs=40, patience_epochs=10, batch_size=16)
    learnt = Network(name, settings).fit(train, train, 0, Quiet())
    assert (learnt.predict(train).argmax(axis=1) == train.labels).mean() > 0.95


def test_the_same_seed_gives_the_same_network_and_another_seed_another(name):
    train, validation, test = parts()
    settings = eager(name, max_epochs=2, dropout=0.3, augmented_share=0.5)
    found = [
        Network(name, settings).fit(train, validation, seed, Quiet()).predict(test) for seed in (5, 5, 6)
    ]
    assert np.array_equal(found[0], found[1])
    assert not np.allclose(found[0], found[2])
    assert found[0].sum(axis=1) == pytest.approx(1.0)


def test_training_leaves_the_global_generator_as_it_was(name):
    train, validation, _ = parts(n_sessions=40, n_symbols=2)
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    Network(name, eager(name, max_epochs=1)).fit(train, validation, 0, Quiet())
    assert torch.rand(1) == expected


@pytest.mark.parametrize("catalogued", NETWORKS)
def test_configurations_survive_json(catalogued):
    classifier = make_classifier(catalogued)
    assert settings_from_json(classifier.configuration) == classifier.settings


def test_the_specified_sizes():
    standard = make_classifier("bilstm_attention").settings
    assert standard == BiLstmAttentionSettings()
    assert (standard.first_units, standard.second_units, standard.attention_units) == (128, 64, 128)
    assert (standard.batch_size, standard.patience_epochs, standard.window_sessions) == (32, 15, 60)
    small = make_classifier("fast").settings
    assert (small.first_units, small.second_units) == (32, 16)
    assert make_classifier("cnn_bilstm_transformer", 60).settings == CnnBiLstmTransformerSettings()
    assert make_classifier("fast", 5).settings.window_sessions == 5
    network = build_network(standard, 50, 3)
    # Each direction of an LSTM has 4 (n_in + n_units + 2) n_units weights.
    lstm = 2 * 4 * (50 + 128 + 2) * 128 + 2 * 4 * (256 + 64 + 2) * 64
    attention, dense, head = 2 * 128 * 128 + 128 + 128, 256 * 64 + 64, 64 * 3 + 3
    assert sum(weights.numel() for weights in network.parameters()) == lstm + attention + dense + head


def test_the_newest_session_alone_sees_what_it_sees_among_all():
    torch.manual_seed(0)
    layer, states = SelfAttention(8, 2), torch.randn(3, WINDOW, 8)
    newest, weights = layer.newest(states)
    assert newest.detach().numpy() == pytest.approx(layer(states)[:, -1].detach().numpy(), abs=1e-6)
    assert weights.shape == (3, 2, WINDOW)


def test_self_attention_equals_torch_s_own():
    torch.manual_seed(0)
    ours, theirs = SelfAttention(8, 2), torch.nn.MultiheadAttention(8, 2, batch_first=True)
    theirs.in_proj_weight.data, theirs.in_proj_bias.data = ours.project.weight.data, ours.project.bias.data
    theirs.out_proj.weight.data, theirs.out_proj.bias.data = ours.merge.weight.data, ours.merge.bias.data
    states = torch.randn(3, WINDOW, 8)
    expected, _ = theirs(states, states, states)
    assert ours(states).detach().numpy() == pytest.approx(expected.detach().numpy(), abs=1e-6)


def test_settings_keep_their_types():
    plain = settings_to_json(SMALL["cnn_bilstm_transformer"])
    assert plain["conv_channels"] == [8, 12]
    assert plain["network"] == "cnn_bilstm_transformer"
