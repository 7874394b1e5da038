"""Windows that could have been: stretched in time and in size. For training alone.

References
----------
Um et al. (2017), Data augmentation of wearable sensor data for Parkinson's disease monitoring using
convolutional neural networks, ICMI, section 3.
"""

import numpy as np
import torch
from scipy.interpolate import CubicSpline
from torch import Tensor

_N_KNOTS = 4
_MIN_SPEED = 0.1  # time never stands still, let alone runs backwards


class Warping:
    """Warps a share of the windows it is given, by curves drawn from its generator."""

    def __init__(
        self,
        window_sessions: int,
        share: float,
        time_warp: float,
        magnitude_warp: float,
        generator: torch.Generator,
    ) -> None:
        self.share, self.time_warp, self.magnitude_warp = share, time_warp, magnitude_warp
        self.generator = generator
        knots = np.linspace(0.0, window_sessions - 1.0, _N_KNOTS)
        basis = CubicSpline(knots, np.eye(_N_KNOTS))(np.arange(window_sessions))
        self._basis = torch.as_tensor(basis, dtype=torch.float32)

    def __call__(self, windows: Tensor) -> Tensor:
        """Return the windows (n, T, n_features), some of them warped; what was given stays as it is."""
        n_windows, n_sessions, n_features = windows.shape
        chosen = torch.rand(n_windows, generator=self.generator) < self.share
        n_chosen = int(chosen.sum())
        if n_chosen == 0 or n_sessions < 2:
            return windows
        positions = self._positions(n_chosen).to(windows.device)
        sizes = self._curves((n_chosen, n_features), self.magnitude_warp).transpose(1, 2).to(windows.device)
        warped = windows.clone()
        warped[chosen] = interpolate(windows[chosen], positions) * sizes
        return warped

    def _positions(self, n_windows: int) -> Tensor:
        """Return rising places in the window (n, T) from its first session to its last, both kept."""
        speeds = self._curves((n_windows,), self.time_warp).clamp_min(_MIN_SPEED)
        passed = torch.cumsum(speeds, dim=1) - speeds[:, :1]
        return passed / passed[:, -1:] * (speeds.shape[1] - 1)

    def _curves(self, shape: tuple[int, ...], deviation: float) -> Tensor:
        """Return smooth curves around 1, shape (*shape, T)."""
        knots = 1.0 + deviation * torch.randn(*shape, _N_KNOTS, generator=self.generator)
        return knots @ self._basis.T


def interpolate(windows: Tensor, positions: Tensor) -> Tensor:
    """Return windows (n, T, n_features) read at fractional places (n, T), linearly between sessions."""
    last = windows.shape[1] - 1
    before = positions.floor().clamp(0, last - 1).long()
    share = (positions - before).unsqueeze(2)
    rows = torch.arange(windows.shape[0], device=windows.device)[:, None]
    return windows[rows, before] * (1.0 - share) + windows[rows, before + 1] * share
