"""Bidirectional LSTM layers under additive attention."""

import torch
from torch import Tensor, nn

from models.domain.networks import BiLstmAttentionSettings
from models.networks.attention import AdditiveAttention


class BiLstmAttention(nn.Module):
    """Reads a window in both directions, twice, and decides by its weighed sessions and its newest one.

    References
    ----------
    Feng et al. (2019), Enhancing Stock Movement Prediction with Adversarial Training, IJCAI, section 2: its
    attentive LSTM joins the newest state to the weighted one in the same way.
    """

    def __init__(self, settings: BiLstmAttentionSettings, n_features: int, n_classes: int) -> None:
        super().__init__()
        first, second = settings.first_units, settings.second_units
        self.first = nn.LSTM(n_features, first, batch_first=True, bidirectional=True)
        self.second = nn.LSTM(2 * first, second, batch_first=True, bidirectional=True)
        self.attention = AdditiveAttention(2 * second, settings.attention_units)
        self.dense = nn.Sequential(
            nn.Linear(4 * second, settings.dense_units), nn.ReLU(), nn.Dropout(settings.dropout)
        )
        self.dropout = nn.Dropout(settings.dropout)
        self.head = nn.Linear(settings.dense_units, n_classes)

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_classes) and attention (n, 1, T) of windows (n, T, n_features)."""
        states = self.dropout(self.first(windows)[0])
        states = self.dropout(self.second(states)[0])
        seen, attention = self.attention(states)
        return self.head(self.dense(torch.cat((seen, states[:, -1]), dim=1))), attention
