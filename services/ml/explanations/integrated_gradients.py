"""Integrated gradients of a network: exact up to the nodes of an integral, and those are added until it is.

References
----------
Sundararajan, Taly and Yan (2017), Axiomatic attribution for deep networks, ICML, equation 1.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

ADDITIVITY_TOLERANCE = 1e-3
# Of the network itself; what is served differs from it by rounding. A part of the way may miss an eighth.
_AIM = 0.5 * ADDITIVITY_TOLERANCE
_AIM_OF_PART = _AIM / 8.0
_MOST_HALVINGS = 12
_WINDOWS_AT_ONCE = 512
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_PLACES, _WEIGHTS = (_NODES + 1.0) / 2.0, _WEIGHTS / 2.0


@dataclass(frozen=True, eq=False)
class _Parts:
    """Parts of the ways from the baseline, 0, to windows, 1; arrays of one length."""

    window: np.ndarray  # int64
    begin: np.ndarray  # float64
    end: np.ndarray  # float64

    def take(self, which: np.ndarray) -> "_Parts":
        return _Parts(self.window[which], self.begin[which], self.end[which])

    def halves(self) -> "_Parts":
        middle = (self.begin + self.end) / 2.0
        return _Parts(
            np.concatenate((self.window, self.window)),
            np.concatenate((self.begin, middle)),
            np.concatenate((middle, self.end)),
        )


def integrated_gradients(network: nn.Module, windows: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return what each feature of each day adds to the logit of a class, against an input of zeros.

    The integral along the straight way from the baseline is taken at Gauss-Legendre nodes. What it must come
    to on any part of the way is known, so a part that misses it, by a kink of the network, is halved.

    Parameters
    ----------
    network : torch module
        In evaluation mode, on the CPU; returns logits first.
    windows : float32 array, shape (n, n_days, n_features)
        No NaN.
    classes : int array, shape (n,)
        Whose logit is explained.

    Returns
    -------
    float64 array, shape (n, n_days, n_features)
    """
    found = np.zeros(windows.shape, dtype=np.float64)
    n_windows = len(windows)
    parts, aim = _Parts(np.arange(n_windows), np.zeros(n_windows), np.ones(n_windows)), _AIM
    with _one_thread():
        for n_halvings in range(_MOST_HALVINGS + 1):
            tried, error = _over(network, windows, classes, parts)
            is_done = (error <= aim) | (n_halvings == _MOST_HALVINGS)
            np.add.at(found, parts.window[is_done], tried[is_done])
            if is_done.all():
                break
            parts, aim = parts.take(~is_done).halves(), _AIM_OF_PART
    return found


def _over(
    network: nn.Module, windows: np.ndarray, classes: np.ndarray, parts: _Parts
) -> tuple[np.ndarray, np.ndarray]:
    """Return attributions over parts of the way, (n_parts, n_days, n_features), and how far each misses."""
    found = np.empty((parts.window.size, *windows.shape[1:]))
    missed = np.empty(parts.window.size)
    n_together = _WINDOWS_AT_ONCE // _PLACES.size
    for first in range(0, parts.window.size, n_together):
        some = np.arange(first, min(first + n_together, parts.window.size))
        part = parts.take(some)
        window, length = windows[part.window], part.end - part.begin
        places = part.begin[:, None] + length[:, None] * _PLACES
        gradient = _gradient(network, window, classes[part.window], places)
        mean = gradient @ _WEIGHTS
        found[some] = mean * window * length[:, None, None]
        ends = [_logits(network, window, classes[part.window], place) for place in (part.begin, part.end)]
        missed[some] = np.abs(found[some].sum(axis=(1, 2)) - (ends[1] - ends[0]))
    return found, missed


def _gradient(network: nn.Module, windows: np.ndarray, classes: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return gradients at places of the way, shape (n, n_days, n_features, n_places)."""
    on_the_way = windows[:, None] * places[:, :, None, None].astype(np.float32)
    inputs = torch.from_numpy(on_the_way.reshape(-1, *windows.shape[1:])).requires_grad_()
    wanted = torch.from_numpy(np.repeat(classes, places.shape[1]).astype(np.int64))
    logits = network(inputs)[0].gather(1, wanted[:, None])
    (gradient,) = torch.autograd.grad(logits.sum(), inputs)
    found: np.ndarray = np.moveaxis(gradient.numpy().reshape(on_the_way.shape), 1, 3)
    return found


@torch.no_grad()
def _logits(network: nn.Module, windows: np.ndarray, classes: np.ndarray, places: np.ndarray) -> np.ndarray:
    given = windows * places[:, None, None].astype(np.float32)
    logits = network(torch.from_numpy(given))[0].numpy().astype(np.float64)
    found: np.ndarray = logits[np.arange(len(windows)), classes]
    return found


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep PyTorch to this thread: on a busy machine its threads wait for each other most of the time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
