"""How a network looks back over its window: additive, several heads, or one score a session."""

import torch
from torch import Tensor, nn


class AdditiveAttention(nn.Module):
    """Scores each session by what it and the newest one say together.

    References
    ----------
    Bahdanau, Cho and Bengio (2015), ICLR, appendix A.1.2; the newest state stands for the decoder's.
    """

    def __init__(self, n_inputs: int, n_units: int) -> None:
        super().__init__()
        self.of_session = nn.Linear(n_inputs, n_units)
        self.of_newest = nn.Linear(n_inputs, n_units, bias=False)
        self.score = nn.Linear(n_units, 1, bias=False)

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weighted state (n, n_inputs) and the weights (n, 1, T)."""
        hidden = torch.tanh(self.of_session(states) + self.of_newest(states[:, -1:]))
        return pool(states, self.score(hidden))


class LinearAttention(nn.Module):
    """Scores each session by one linear layer."""

    def __init__(self, n_inputs: int) -> None:
        super().__init__()
        self.score = nn.Linear(n_inputs, 1, bias=False)

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weighted state (n, n_inputs) and the weights (n, 1, T)."""
        return pool(states, self.score(states))


def pool(states: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
    """Weight states (n, T, d) by the softmax of their scores (n, T, 1).

    A bias of the score would move nothing: the softmax takes it away.
    """
    weights = torch.softmax(scores, dim=1).transpose(1, 2)
    return (weights @ states).squeeze(1), weights


class SelfAttention(nn.Module):
    """Each session looks at all others, with several heads.

    References
    ----------
    Vaswani et al. (2017), NeurIPS, section 3.2.
    """

    def __init__(self, n_units: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.n_head_units = n_units // n_heads
        self.project = nn.Linear(n_units, 3 * n_units)
        self.merge = nn.Linear(n_units, n_units)

    def forward(self, states: Tensor) -> Tensor:
        """Return what each session (n, T, n_units) makes of all."""
        queries, keys, values = self._heads(states)
        return self._merge(self._weights(queries, keys), values)

    def newest(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the newest session makes of all (n, n_units), and its weights (n, n_heads, T)."""
        queries, keys, values = self._heads(states)
        weights = self._weights(queries[:, :, -1:], keys)
        return self._merge(weights, values).squeeze(1), weights.squeeze(2)

    def _heads(self, states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys and values, each (n, n_heads, T, n_head_units)."""
        heads = self.project(states).unflatten(2, (3, self.n_heads, self.n_head_units))
        queries, keys, values = heads.permute(2, 0, 3, 1, 4)
        return queries, keys, values

    def _weights(self, queries: Tensor, keys: Tensor) -> Tensor:
        return torch.softmax(queries @ keys.transpose(2, 3) / self.n_head_units**0.5, dim=3)

    def _merge(self, weights: Tensor, values: Tensor) -> Tensor:
        merged: Tensor = self.merge((weights @ values).transpose(1, 2).flatten(2))
        return merged
