"""The population stability index: by hand, against scipy's entropies, and what it must not depend on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from services.quant.judging.stability import bin_edges, bin_shares, stability_index


def test_by_hand():
    """Halves of which one lost a quarter: (0.25 - 0.5) ln 0.5 + (0.75 - 0.5) ln 1.5 = 0.1733 + 0.1014."""
    assert stability_index(np.array([0.5, 0.5]), np.array([0.25, 0.75])) == pytest.approx(0.274653, abs=1e-6)


def test_bins_by_hand():
    edges = bin_edges(np.arange(1.0, 21.0))
    assert edges.tolist() == [2, 4, 6, 8, 10, 12, 14, 16, 18]
    assert bin_shares(np.arange(1.0, 21.0), edges) == pytest.approx(np.full(10, 0.1))
    # An edge belongs to the bin below it; what is not known is not counted.
    assert bin_shares(np.array([2.0, 2.1, np.nan, 99.0]), edges)[[0, 1, 9]].tolist() == [1 / 3] * 3


def test_it_is_both_relative_entropies_together():
    rng = np.random.default_rng(0)
    before, now = rng.dirichlet(np.full(10, 5.0), 2)
    assert stability_index(before, now) == pytest.approx(entropy(now, before) + entropy(before, now))
    assert stability_index(before, now) == pytest.approx(stability_index(now, before))


def test_an_empty_bin_is_a_finite_index():
    found = stability_index(np.array([0.5, 0.5]), np.array([1.0, 0.0]))
    assert found == pytest.approx(0.5 * np.log(2) + (0.5 - 1e-4) * np.log(0.5 / 1e-4))


@pytest.mark.parametrize("values", [np.repeat([0.0, 1.0], [97, 3]), np.full(50, 7.0), np.array([])])
def test_few_values_have_few_bins_and_stay_where_they_are(values):
    edges = bin_edges(values)
    shares = bin_shares(values, edges)
    if values.size:
        assert stability_index(shares, bin_shares(values, edges)) == 0.0
        assert shares.sum() == pytest.approx(1.0)
    else:
        assert np.isnan(shares).all()


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 10.0), st.floats(-5.0, 5.0))
def test_units_do_not_matter_and_a_shift_is_seen(seed, scale, move):
    rng = np.random.default_rng(seed)
    before, now = rng.normal(size=400), rng.normal(size=400)
    edges, other = bin_edges(before), bin_edges(before * scale + move)
    found = stability_index(bin_shares(before, edges), bin_shares(now, edges))
    same = stability_index(bin_shares(before * scale + move, other), bin_shares(now * scale + move, other))
    assert same == pytest.approx(found, abs=1e-9)
    assert 0.0 <= found < stability_index(bin_shares(before, edges), bin_shares(now + 1.5, edges))


def test_of_the_same_distribution_it_is_as_large_as_chance_makes_it():
    """(bins - 1) (1 / n + 1 / m) on average (Yurdakul 2018): 9 (1/500 + 1/500) = 0.036."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(300):
        before = rng.normal(size=500)
        edges = bin_edges(before)
        found.append(stability_index(np.full(10, 0.1), bin_shares(rng.normal(size=500), edges)))
    assert np.mean(found) == pytest.approx(0.036, rel=0.15)
