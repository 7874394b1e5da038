"""Shapley values of a game that is given by what each coalition of players reaches."""

from collections.abc import Callable
from math import comb

import numpy as np

# Bool, shape (n_coalitions, n_players): who takes part; to float64, shape (n_coalitions, n_games).
Game = Callable[[np.ndarray], np.ndarray]


def exact_shapley(game: Game, n_players: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return Shapley values over all coalitions, asked for at once.

    Returns
    -------
    values : float64 array, shape (n_games, n_players)
    everyone, nobody : float64 array, shape (n_games,)
        What all players together reach, and none; the values of a game sum to the difference.

    References
    ----------
    Shapley (1953), A value for n-person games, equation 12.
    """
    coalitions = np.arange(2**n_players)[:, None] >> np.arange(n_players) & 1 == 1
    reached = game(coalitions)
    size = coalitions.sum(axis=1)
    # A player's marginal gain counts 1 / (m C(m - 1, s)) for each coalition of s others that it joins.
    share = np.array([1.0 / (n_players * comb(n_players - 1, others)) for others in range(n_players)])
    joined = share[np.maximum(size - 1, 0)][:, None]
    left_out = share[np.minimum(size, n_players - 1)][:, None]
    weights = np.where(coalitions, joined, -left_out)
    return reached.T @ weights, reached[-1], reached[0]


def sampled_shapley(
    game: Game, n_players: int, n_pairs: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return Shapley values estimated over random orders of joining, each with its reverse.

    Whatever the orders, the values of a game sum to what everyone reaches less what nobody does.

    Parameters
    ----------
    game : Game
    n_players : int
    n_pairs : int
        2 or more; each is an order and its reverse, whose errors largely cancel.
    rng : numpy Generator

    Returns
    -------
    values : float64 array, shape (n_games, n_players)
    standard_errors : float64 array, shape (n_games, n_players)
        Over the pairs.

    References
    ----------
    Mitchell et al. (2022), Sampling permutations for Shapley value estimation, JMLR 23, section 3.2.
    """
    forward = np.array([rng.permutation(n_players) for _ in range(n_pairs)])
    orders = np.stack((forward, forward[:, ::-1]), axis=1).reshape(-1, n_players)
    place = np.argsort(orders, axis=1)  # of each player in each order
    steps = np.arange(n_players + 1)
    coalitions = (place[:, None, :] < steps[:, None]).reshape(-1, n_players)
    distinct, back = np.unique(coalitions, axis=0, return_inverse=True)
    reached = game(distinct)[back.reshape(-1)].reshape(len(orders), n_players + 1, -1)
    gains = np.take_along_axis(np.diff(reached, axis=1), place[:, :, None], axis=1)
    by_pair = gains.reshape(n_pairs, 2, n_players, -1).mean(axis=1)
    error = by_pair.std(axis=0, ddof=1) / np.sqrt(n_pairs)
    return by_pair.mean(axis=0).T, error.T
