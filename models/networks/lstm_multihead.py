"""LSTM layers under self-attention with several heads."""

from torch import Tensor, nn

from models.domain.networks import LstmMultiheadSettings
from models.networks.attention import SelfAttention


class LstmMultihead(nn.Module):
    """Reads a window forward, twice, and lets its newest session look back at all of them."""

    def __init__(self, settings: LstmMultiheadSettings, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.first = nn.LSTM(n_features, settings.first_units, batch_first=True)
        self.second = nn.LSTM(settings.first_units, settings.second_units, batch_first=True)
        self.attention = SelfAttention(settings.second_units, settings.n_heads)
        self.dense = nn.Sequential(
            nn.Linear(settings.second_units, settings.dense_units), nn.ReLU(), nn.Dropout(settings.dropout)
        )
        self.dropout = nn.Dropout(settings.dropout)
        self.head = nn.Linear(settings.dense_units, n_classes)

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_classes) and attention (n, n_heads, T) of windows (n, T, n_features)."""
        states = self.dropout(self.first(windows)[0])
        states = self.dropout(self.second(states)[0])
        seen, attention = self.attention.newest(states)
        return self.head(self.dense(states[:, -1] + seen)), attention
