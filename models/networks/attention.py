"""How a network looks back over its window: additive, several heads, or one score a session."""

import torch
from torch import Tensor, nn


class AdditiveAttention(nn.Module):
    """Scores each session by a small network of its own.

    References
    ----------
    Bahdanau, Cho and Bengio (2015), ICLR, equation 6 of appendix A, without a decoder's state.
    """

    def __init__(self, n_inputs: int, n_units: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(n_inputs, n_units)
        self.score = nn.Linear(n_units, 1, bias=False)

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weighted state (n, n_inputs) and the weights (n, 1, T)."""
        return pool(states, self.score(torch.tanh(self.hidden(states))))


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
        weights, values = self._look(states)
        merged: Tensor = self.merge((weights @ values).transpose(1, 2).flatten(2))
        return merged

    def pooled(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean of ``forward`` over the sessions (n, n_units), and its weights (n, n_heads, T).

        The mean of the weights over those who look is exactly what each session counts for in that mean.
        """
        weights, values = self._look(states)
        mean_weights = weights.mean(dim=2, keepdim=True)
        return self.merge((mean_weights @ values).transpose(1, 2).flatten(1)), mean_weights.squeeze(2)

    def _look(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Return weights (n, n_heads, T, T), rows summing to 1, and values (n, n_heads, T, units)."""
        heads = self.project(states).unflatten(2, (3, self.n_heads, self.n_head_units))
        queries, keys, values = heads.permute(2, 0, 3, 1, 4)
        scores = queries @ keys.transpose(2, 3) / self.n_head_units**0.5
        return torch.softmax(scores, dim=3), values
