"""Integrated gradients of a network: exact up to the nodes of an integral, and those are added until it is.

References
----------
Sundararajan, Taly and Yan (2017), Axiomatic attribution for deep networks, ICML, equation 1.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from services.ml.networks.one_thread import one_thread

ADDITIVITY_TOLERANCE = 1e-3
# Of the network itself, over all parts of a window's way; what is served differs from it by rounding.
_AIM = 0.5 * ADDITIVITY_TOLERANCE
_SHORTEST = 2.0**-12  # of the way; a shorter part is rounding alone
_INPUTS_AT_ONCE = 512
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_PLACES, _WEIGHTS = (_NODES + 1.0) / 2.0, _WEIGHTS / 2.0
_PARTS_AT_ONCE = _INPUTS_AT_ONCE // _PLACES.size


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

    def and_also(self, others: "_Parts") -> "_Parts":
        return _Parts(
            np.concatenate((self.window, others.window)),
            np.concatenate((self.begin, others.begin)),
            np.concatenate((self.end, others.end)),
        )


def integrated_gradients(network: nn.Module, windows: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return what each feature of each day adds to the logit of a class, against an input of zeros.

    The integral along the straight way from the baseline is taken at Gauss-Legendre nodes. What it must come
    to on any part of the way is known, so where the parts of a way miss too much together, those that miss
    most, by a kink of the network, are halved.

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
    found = np.empty(windows.shape, dtype=np.float64)
    with one_thread():
        for first in range(0, len(windows), _PARTS_AT_ONCE):
            some = slice(first, first + _PARTS_AT_ONCE)
            found[some] = _integrated(network, windows[some], classes[some])
    return found


def _integrated(network: nn.Module, windows: np.ndarray, classes: np.ndarray) -> np.ndarray:
    n_windows = len(windows)
    parts = _Parts(np.arange(n_windows), np.zeros(n_windows), np.ones(n_windows))
    over, missed = _over(network, windows, classes, parts)
    while (worst := _worst(parts, missed, n_windows)).any():
        halves = parts.take(worst).halves()
        halves_over, halves_missed = _over(network, windows, classes, halves)
        parts = parts.take(~worst).and_also(halves)
        over = np.concatenate((over[~worst], halves_over))
        missed = np.concatenate((missed[~worst], halves_missed))
    found = np.zeros(windows.shape, dtype=np.float64)
    np.add.at(found, parts.window, over)
    return found


def _worst(parts: _Parts, missed: np.ndarray, n_windows: int) -> np.ndarray:
    """Return which parts to halve: of each window that misses too much, those within half of its largest."""
    in_all = np.bincount(parts.window, missed, minlength=n_windows)
    is_open = (in_all[parts.window] > _AIM) & (parts.end - parts.begin > _SHORTEST)
    largest = np.zeros(n_windows)
    np.maximum.at(largest, parts.window[is_open], missed[is_open])
    found: np.ndarray = is_open & (missed >= largest[parts.window] / 2.0)
    return found


def _over(
    network: nn.Module, windows: np.ndarray, classes: np.ndarray, parts: _Parts
) -> tuple[np.ndarray, np.ndarray]:
    """Return attributions over parts of the way, (n_parts, n_days, n_features), and how far each misses."""
    found = np.empty((parts.window.size, *windows.shape[1:]))
    missed = np.empty(parts.window.size)
    for first in range(0, parts.window.size, _PARTS_AT_ONCE):
        some = np.arange(first, min(first + _PARTS_AT_ONCE, parts.window.size))
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
