"""Shapley values: by hand, by going through every order of joining, and sampled."""

from itertools import permutations

import numpy as np
import pytest

from services.ml.explanations.shapley import exact_shapley, sampled_shapley


def table_game(rng, n_players, n_games=1):
    """A game whose every coalition reaches something random."""
    reached = rng.normal(size=(2**n_players, n_games))
    bits = 1 << np.arange(n_players)
    return lambda coalitions: reached[(coalitions * bits).sum(axis=1)]


def by_all_orders(game, n_players):
    gains = []
    for order in permutations(range(n_players)):
        who, gain = np.zeros((1, n_players), dtype=bool), np.zeros(n_players)
        for player in order:
            before = game(who)[0, 0]
            who[0, player] = True
            gain[player] = game(who)[0, 0] - before
        gains.append(gain)
    return np.array(gains)


def test_one_left_glove_and_two_right_ones_by_hand():
    # A pair is worth 1. The left glove is decisive in 4 of 6 orders, each right one in 1 of 6.
    def pairs(coalitions):
        return (coalitions[:, :1] & (coalitions[:, 1:2] | coalitions[:, 2:3])).astype(float)

    values, everyone, nobody = exact_shapley(pairs, 3)
    assert values[0] == pytest.approx([4 / 6, 1 / 6, 1 / 6])
    assert (everyone[0], nobody[0]) == (1.0, 0.0)


@pytest.mark.parametrize("n_players", [1, 2, 5])
def test_exact_values_are_the_mean_over_all_orders(n_players):
    game = table_game(np.random.default_rng(n_players), n_players)
    assert exact_shapley(game, n_players)[0][0] == pytest.approx(by_all_orders(game, n_players).mean(axis=0))


@pytest.mark.parametrize("seed", range(3))
def test_eight_players_sum_to_the_difference(seed):
    game = table_game(np.random.default_rng(seed), 8, n_games=4)
    values, everyone, nobody = exact_shapley(game, 8)
    assert values.sum(axis=1) == pytest.approx(everyone - nobody, abs=1e-12)


@pytest.mark.parametrize("n_pairs", [2, 7])
def test_sampled_values_sum_to_the_difference_whatever_the_orders(n_pairs):
    game = table_game(np.random.default_rng(1), 6, n_games=3)
    values, errors = sampled_shapley(game, 6, n_pairs, np.random.default_rng(2))
    everyone, nobody = game(np.ones((1, 6), bool))[0], game(np.zeros((1, 6), bool))[0]
    assert values.sum(axis=1) == pytest.approx(everyone - nobody, abs=1e-12)
    assert errors.shape == (3, 6)


def test_sampled_values_lie_within_their_errors():
    game = table_game(np.random.default_rng(5), 6)
    exact = exact_shapley(game, 6)[0][0]
    values, errors = sampled_shapley(game, 6, 400, np.random.default_rng(6))
    assert (np.abs(values[0] - exact) < 4.0 * errors[0]).all()
    assert errors.max() < 0.1


def test_an_order_and_its_reverse_are_exact_where_players_add_up_in_pairs():
    # Gains that change by the same amount with each partner: half before, half after, so one pair suffices.
    rng = np.random.default_rng(0)
    alone, together = rng.normal(size=5), rng.normal(size=(5, 5))

    def game(coalitions):
        who = coalitions.astype(float)
        return (who @ alone + np.einsum("ni,ij,nj->n", who, together, who))[:, None]

    values, errors = sampled_shapley(game, 5, 2, rng)
    assert values == pytest.approx(exact_shapley(game, 5)[0])
    assert errors == pytest.approx(0.0, abs=1e-12)
