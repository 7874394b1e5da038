"""Integrated gradients: in closed form, as captum has them, and adding up for networks of every kind."""

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients
from torch import nn

from models.domain.networks import (
    BiLstmAttentionSettings,
    CnnBiLstmTransformerSettings,
    LstmMultiheadSettings,
)
from models.networks.registry import build_network
from services.ml.explanations.integrated_gradients import ADDITIVITY_TOLERANCE, integrated_gradients
from services.ml.networks.export import module_outputs
from tests.unit.ml.networks.factories import SMALL, WINDOW

FULL_SIZE = {
    "fast": BiLstmAttentionSettings(first_units=32, second_units=16, attention_units=32, dense_units=16),
    "bilstm_attention": BiLstmAttentionSettings(),
    "lstm_multihead": LstmMultiheadSettings(),
    "cnn_bilstm_transformer": CnnBiLstmTransformerSettings(),
}


class Quadratic(nn.Module):
    """Each class's output is a sum of squares with weights of its own, and a linear part."""

    def __init__(self, shape, n_classes):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.squares = torch.randn(n_classes, *shape, generator=generator)
        self.linear = torch.randn(n_classes, *shape, generator=generator)

    def forward(self, windows):
        terms = windows[:, None] ** 2 * self.squares + windows[:, None] * self.linear
        return terms.sum(dim=(2, 3)), None


def random_network(settings, n_features, gain=1.0):
    torch.manual_seed(0)
    network = build_network(settings, n_features, 3).eval()
    with torch.no_grad():
        for weights in network.parameters():
            weights.mul_(gain)  # steeper and more bent than training would leave it
    return network


def random_windows(n, n_days, n_features, seed=0):
    rng = np.random.default_rng(seed)
    drift = rng.normal(size=(n, n_days, n_features)).cumsum(axis=1) / np.sqrt(n_days)
    return np.clip(drift + 0.3 * rng.normal(size=drift.shape), -5.0, 5.0).astype(np.float32)


def additivity_errors(network, windows, classes):
    found = integrated_gradients(network, windows, classes)
    logits, base = (module_outputs(network, one)[0] for one in (windows, np.zeros_like(windows[:1])))
    row = np.arange(len(windows))
    return np.abs(found.sum(axis=(1, 2)) - (logits[row, classes] - base[0, classes]))


def test_of_a_sum_of_squares_each_term_is_its_own():
    windows = random_windows(7, 3, 4)
    network, classes = Quadratic((3, 4), 3), np.arange(7) % 3
    expected = windows**2 * network.squares.numpy()[classes] + windows * network.linear.numpy()[classes]
    found = integrated_gradients(network, windows, classes)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("name", SMALL)
def test_captum_agrees(name):
    network, windows, classes = random_network(SMALL[name], 5), random_windows(6, WINDOW, 5), np.arange(6) % 3
    theirs = IntegratedGradients(lambda given: network(given)[0]).attribute(
        torch.from_numpy(windows), target=torch.from_numpy(classes), n_steps=128, method="gausslegendre"
    )
    np.testing.assert_allclose(integrated_gradients(network, windows, classes), theirs.numpy(), atol=2e-3)


@pytest.mark.parametrize("name", SMALL)
def test_they_add_up_for_every_network(name):
    network = random_network(SMALL[name], 5, gain=2.0)
    windows, classes = random_windows(40, WINDOW, 5), np.arange(40) % 3
    assert additivity_errors(network, windows, classes).max() <= ADDITIVITY_TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize(("name", "n_windows"), [(name, 24) for name in FULL_SIZE])
def test_they_add_up_at_full_size(name, n_windows):
    settings = FULL_SIZE[name]
    windows = random_windows(n_windows, settings.window_sessions, 50)
    classes = np.arange(n_windows) % 3
    assert additivity_errors(random_network(settings, 50), windows, classes).max() <= ADDITIVITY_TOLERANCE


def test_more_windows_than_fit_at_once_change_nothing():
    network, windows = random_network(SMALL["lstm_multihead"], 5), random_windows(70, WINDOW, 5)
    classes = np.arange(70) % 3
    together = integrated_gradients(network, windows, classes)
    alone = np.concatenate([integrated_gradients(network, windows[[k]], classes[[k]]) for k in (0, 33, 69)])
    np.testing.assert_allclose(together[[0, 33, 69]], alone, atol=1e-5)
