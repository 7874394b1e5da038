"""The learning rate of each step."""

import math

from models.domain.networks import NetworkSettings

_RISING_SHARE = 0.3
_FINAL_SHARE = 1e-4  # of the first rate


def learning_rate(settings: NetworkSettings, step: int, n_steps: int) -> float:
    """Return the rate of a step, from 0, of all ``n_steps`` that training may take.

    References
    ----------
    Smith and Topin (2018), Super-convergence, arXiv:1708.07120; cosine ends as in fast.ai's version.
    """
    if settings.peak_learning_rate is None:
        return settings.learning_rate
    first, peak = settings.learning_rate, settings.peak_learning_rate
    turn = _RISING_SHARE * n_steps - 1.0
    if step <= turn:
        return _cosine(first, peak, step / turn)
    return _cosine(peak, first * _FINAL_SHARE, (step - turn) / (n_steps - 1.0 - turn))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1.0 + math.cos(math.pi * share)) / 2.0
