"""Random numbers in whole blocks, so that neither more companies nor more sessions move those before.

The market draws from one stream, and every 64 companies from one of their own, always for 64 sessions at a
time: a larger or longer simulation goes on where a smaller one stopped. Whole blocks also keep each number at
the same place of an array, since vector instructions may round the last few elements differently.
"""

from dataclasses import dataclass

import numpy as np

BLOCK = 64  # companies
SPAN = 64  # sessions
_TAIL_DEGREES = 6.0  # of Student's t


@dataclass(frozen=True, eq=False)
class Draws:
    """Independent random numbers, float64 arrays of shape (SPAN, n)."""

    night: np.ndarray  # standard normal: close to open
    day: np.ndarray  # open to close
    tail: np.ndarray  # the scale that makes a session's two normals Student's t of variance 1
    volatility: np.ndarray  # standard normal
    trading: np.ndarray  # standard normal: what persists in volume
    trades: np.ndarray  # standard normal: what does not
    above: np.ndarray  # standard exponential: how far the high lies above
    below: np.ndarray


def n_blocks(n_companies: int) -> int:
    """Return how many blocks hold so many companies."""
    return -(-n_companies // BLOCK)


def block_generator(seed: int, block: int) -> np.random.Generator:
    """Return the stream of a block of companies; block -1 is the market's."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(block + 1,))))


def draw_span(generators: list[np.random.Generator], n_each: int) -> Draws:
    """Draw the next ``SPAN`` sessions from each generator and lay them side by side."""
    numbers = np.empty((8, SPAN, len(generators) * n_each))
    for place, rng in enumerate(generators):
        part = numbers[:, :, place * n_each : (place + 1) * n_each]
        shape = (SPAN, n_each)
        part[:5] = rng.standard_normal((5, *shape), dtype=np.float32)
        part[5] = rng.standard_gamma(_TAIL_DEGREES / 2, shape, dtype=np.float32)
        part[6:] = rng.standard_exponential((2, *shape), dtype=np.float32)
    night, day, volatility, trading, trades, gamma, above, below = numbers
    tail = np.sqrt((_TAIL_DEGREES - 2) / (2 * np.maximum(gamma, 1e-3)))
    return Draws(night, day, tail, volatility, trading, trades, above, below)
