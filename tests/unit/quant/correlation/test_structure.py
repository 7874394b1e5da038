import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.correlation import MatrixOrder
from services.quant.correlation import layout, structure
from services.quant.correlation.matrices import pearson
from tests.unit.quant.correlation.test_matrices import factor_returns

# Two pairs: {0, 2} at 0.9, {1, 3} at 0.8, nothing between.
PAIRS = np.array([[1, 0, 0.9, 0], [0, 1, 0, 0.8], [0.9, 0, 1, 0], [0, 0.8, 0, 1]])


def test_hand_worked_measures():
    # Eigenvalues 1.9, 1.8, 0.2, 0.1; squares 3.61 + 3.24 + 0.04 + 0.01 = 6.9.
    assert structure.effective_bets(PAIRS) == pytest.approx(16 / 6.9, abs=1e-12)
    assert structure.largest_share(PAIRS) == pytest.approx(1.9 / 4, abs=1e-12)
    assert structure.average_correlation(PAIRS) == pytest.approx(2 * 1.7 / 12, abs=1e-12)


@pytest.mark.parametrize("n_symbols", [2, 31, 33, 120])
def test_extremes_of_diversification(n_symbols):
    identity, one = np.eye(n_symbols), np.ones((n_symbols, n_symbols))
    assert structure.effective_bets(identity) == pytest.approx(n_symbols)
    assert structure.effective_bets(one) == pytest.approx(1.0)
    assert structure.largest_share(one) == pytest.approx(1.0)
    assert structure.largest_share(identity) == pytest.approx(1.0 / n_symbols)


@given(n_symbols=st.integers(2, 60), seed=st.integers(0, 500))
def test_measures_equal_those_of_the_whole_spectrum(n_symbols, seed):
    matrix = pearson(factor_returns(100, n_symbols, seed))
    eigenvalues = np.linalg.eigvalsh(matrix)
    bets = eigenvalues.sum() ** 2 / np.square(eigenvalues).sum()
    assert structure.effective_bets(matrix) == pytest.approx(bets, rel=1e-9)
    assert structure.largest_share(matrix) == pytest.approx(eigenvalues[-1] / n_symbols, rel=1e-6)


def test_independent_returns_show_what_the_page_says_they_would():
    bets, shares = [], []
    for seed in range(20):
        matrix = pearson(np.random.default_rng(seed).normal(size=(252, 200)))
        found = structure.measure(matrix, 252, None)
        bets.append(found.effective_bets)
        shares.append(found.largest_share)
    assert found.noise_bets == pytest.approx(np.mean(bets), rel=0.01)
    assert found.noise_share == pytest.approx(np.mean(shares), rel=0.05)
    shrunk = structure.measure(matrix, 252, 0.9)
    assert (shrunk.noise_bets, shrunk.noise_share, shrunk.shrinkage) == (None, None, 0.9)


def test_symbols_that_move_together_stand_side_by_side():
    tree = structure.linkage(PAIRS)
    order = structure.cluster_order(tree).tolist()
    assert abs(order.index(0) - order.index(2)) == abs(order.index(1) - order.index(3)) == 1
    assert len(set(structure.clusters(tree, 0.85).tolist())) == 3  # 0 with 2; 1 and 3 alone
    assert len(set(structure.clusters(tree, 0.75).tolist())) == 2


def test_orders():
    tree = structure.linkage(PAIRS)
    symbols, sectors = ["D", "B", "C", "A"], ["Energy", "Utilities", "Utilities", "Utilities"]
    assert layout.order_of(MatrixOrder.NAMES, tree, symbols, sectors).tolist() == [3, 1, 2, 0]
    by_sector = layout.order_of(MatrixOrder.SECTORS, tree, symbols, sectors).tolist()
    assert by_sector[-1] == 0  # the smaller sector last
    assert sorted(by_sector[:3]) == [1, 2, 3]


def test_blocks_are_runs_of_one_cluster_or_sector_with_their_average():
    order = [0, 2, 1, 3]
    matrix = PAIRS[np.ix_(order, order)]
    sectors = ["Energy", "Energy", "Energy", "Utilities"]
    by_cluster = layout.blocks_of(MatrixOrder.CLUSTERS, matrix, np.array([1, 1, 2, 2]), sectors)
    assert [(each.start, each.end) for each in by_cluster] == [(0, 2), (2, 4)]
    assert by_cluster[0].label == "Energy"
    assert by_cluster[0].average == pytest.approx(0.9)
    assert by_cluster[1].label == "Mixed, most Energy"
    by_sector = layout.blocks_of(MatrixOrder.SECTORS, matrix, np.array([1, 1, 2, 2]), sectors)
    assert [(each.start, each.end, each.label) for each in by_sector] == [(0, 3, "Energy")]
    assert layout.blocks_of(MatrixOrder.NAMES, matrix, np.array([1, 1, 2, 2]), sectors) == ()


def test_concentrations_name_who_moves_as_one():
    (one, two) = layout.concentrations(structure.linkage(PAIRS), PAIRS, ["A", "B", "C", "D"])
    assert one.symbols == ("A", "C")
    assert one.average == pytest.approx(0.9)
    assert two.symbols == ("B", "D")


def test_lines_of_several_symbols_show_the_mean_of_their_pairs():
    matrix = pearson(factor_returns(100, 7))
    starts = np.array([0, 3, 6, 7])
    lines = layout.lines_matrix(matrix, starts)
    assert lines[0, 1] == pytest.approx(matrix[0:3, 3:6].mean())
    assert lines[0, 0] == pytest.approx((matrix[0, 1] + matrix[0, 2] + matrix[1, 2]) / 3)
    assert lines[2, 2] == 1.0
    assert lines[2, 1] == pytest.approx(matrix[6, 3:6].mean())


@pytest.mark.parametrize(("n_symbols", "n_lines"), [(2, 2), (1_000, 1_000), (1_001, 501), (3_000, 1_000)])
def test_a_screen_never_gets_more_lines_than_it_can_draw(n_symbols, n_lines):
    starts = layout.line_starts(n_symbols)
    assert len(starts) - 1 == n_lines
    assert starts[-1] == n_symbols


def test_the_triangle_has_every_cell_once():
    triangle = layout.encoded_triangle(PAIRS)
    assert triangle.tolist() == [10_000, 0, 9_000, 0, 10_000, 0, 8_000, 10_000, 0, 10_000]
    assert triangle.dtype == np.dtype("<i2")
