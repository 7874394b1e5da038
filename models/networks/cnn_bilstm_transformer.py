"""Convolutions, bidirectional LSTM layers and a transformer encoder layer, pooled by attention."""

from itertools import pairwise

from torch import Tensor, nn

from models.domain.networks import CnnBiLstmTransformerSettings
from models.networks.attention import LinearAttention, SelfAttention


class CnnBiLstmTransformer(nn.Module):
    """Finds short shapes, follows them over the window, and weighs its sessions."""

    def __init__(self, settings: CnnBiLstmTransformerSettings, n_features: int, n_classes: int) -> None:
        super().__init__()
        channels = (n_features, *settings.conv_channels)
        self.convolutions = nn.Sequential(
            *(_convolution(before, after, settings) for before, after in pairwise(channels))
        )
        self.recurrent = nn.LSTM(
            channels[-1],
            settings.lstm_units,
            settings.n_lstm_layers,
            batch_first=True,
            bidirectional=True,
            dropout=settings.dropout,
        )
        n_states = 2 * settings.lstm_units
        self.encoder = EncoderLayer(n_states, settings)
        self.attention = LinearAttention(n_states)
        sizes = (n_states, *settings.dense_units)
        self.dense = nn.Sequential(
            *(
                nn.Sequential(nn.Linear(before, after), nn.ReLU(), nn.Dropout(settings.dropout))
                for before, after in pairwise(sizes)
            )
        )
        self.head = nn.Linear(sizes[-1], n_classes)

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_classes) and attention (n, 1, T) of windows (n, T, n_features)."""
        shapes = self.convolutions(windows.transpose(1, 2)).transpose(1, 2)
        seen, attention = self.attention(self.encoder(self.recurrent(shapes)[0]))
        return self.head(self.dense(seen)), attention


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward network, each added to its input and normalised.

    References
    ----------
    Vaswani et al. (2017), NeurIPS, section 3.1.
    """

    def __init__(self, n_units: int, settings: CnnBiLstmTransformerSettings) -> None:
        super().__init__()
        self.attention = SelfAttention(n_units, settings.n_heads)
        self.feed_forward = nn.Sequential(
            nn.Linear(n_units, settings.feed_forward_units),
            nn.ReLU(),
            nn.Dropout(settings.encoder_dropout),
            nn.Linear(settings.feed_forward_units, n_units),
        )
        self.first_norm = nn.LayerNorm(n_units)
        self.second_norm = nn.LayerNorm(n_units)
        self.dropout = nn.Dropout(settings.encoder_dropout)

    def forward(self, states: Tensor) -> Tensor:
        """Return states of the same shape (n, T, n_units)."""
        states = self.first_norm(states + self.dropout(self.attention(states)))
        normed: Tensor = self.second_norm(states + self.dropout(self.feed_forward(states)))
        return normed


def _convolution(before: int, after: int, settings: CnnBiLstmTransformerSettings) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(before, after, settings.kernel_sessions, padding="same"),
        nn.BatchNorm1d(after),
        nn.ReLU(),
        nn.Dropout(settings.dropout),
    )
