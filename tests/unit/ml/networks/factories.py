"""Small networks, and windows to feed them."""

from dataclasses import replace

from models.domain.networks import (
    BiLstmAttentionSettings,
    CnnBiLstmTransformerSettings,
    LstmMultiheadSettings,
)
from tests.unit.ml.factories import planted_samples, thirds

WINDOW = 6
SMALL = {
    "bilstm_attention": BiLstmAttentionSettings(
        window_sessions=WINDOW, first_units=8, second_units=4, attention_units=8, dense_units=8
    ),
    "lstm_multihead": LstmMultiheadSettings(
        window_sessions=WINDOW, first_units=8, second_units=8, n_heads=2, dense_units=8
    ),
    "cnn_bilstm_transformer": CnnBiLstmTransformerSettings(
        window_sessions=WINDOW,
        conv_channels=(8, 12),
        kernel_sessions=3,
        lstm_units=6,
        n_lstm_layers=2,
        n_heads=2,
        feed_forward_units=16,
        dense_units=(12, 8),
    ),
}
# As good as deterministic: what is planted in a few hundred windows is learnt by heart.
EAGER = {
    "dropout": 0.0,
    "weight_decay": 0.0,
    "learning_rate": 0.01,
    "peak_learning_rate": None,
    "batch_size": 32,
    "accumulated_batches": 1,
    "augmented_share": 0.0,
    "focal_gamma": 0.0,
    "focal_alpha": 1.0,
    "label_smoothing": 0.0,
}


def eager(network, **changes):
    """A small network that learns quickly."""
    settings = replace(SMALL[network], **EAGER)
    if network == "cnn_bilstm_transformer":
        settings = replace(settings, encoder_dropout=0.0)
    return replace(settings, **changes)


def parts(**given):
    """Training, validation and test of a planted signal."""
    chosen = {"n_sessions": 80, "n_symbols": 8, "strength": 3.0, "window_sessions": WINDOW, **given}
    return thirds(planted_samples(**chosen))
