"""A matrix laid out for a screen: its order, its blocks, lines of several symbols where there are many."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from models.domain.correlation import SCALE, Block, Concentration, MatrixOrder
from services.quant.correlation.structure import average_correlation, cluster_order, clusters

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
MAX_LINES = 1_000
BLOCK_CORRELATION = 0.6  # symbols that join here or closer are outlined as one block
CONCENTRATION = 0.8  # symbols that join here are nearly one bet
_SMALLEST_BLOCK = 60  # blocks of fewer than this part of all symbols are too small to be labelled
_MAJORITY = 0.6


def order_of(
    order: MatrixOrder, tree: FloatArray, symbols: Sequence[str], sectors: Sequence[str]
) -> IntArray:
    """Return the places of the symbols in the order asked for; sectors by size, clustered within."""
    if order is MatrixOrder.NAMES:
        return np.argsort(np.array(symbols, dtype=object), kind="stable").astype(np.int64)
    leaves = cluster_order(tree)
    if order is MatrixOrder.CLUSTERS:
        return leaves
    sizes = Counter(sectors)
    ranked = sorted(leaves.tolist(), key=lambda place: (-sizes[sectors[place]], sectors[place]))
    return np.array(ranked, dtype=np.int64)


def blocks_of(
    order: MatrixOrder, matrix: FloatArray, cluster: IntArray, sectors: Sequence[str]
) -> tuple[Block, ...]:
    """Return the outlined blocks of an ordered matrix, largest neighbours of one cluster or sector.

    Parameters
    ----------
    order : MatrixOrder
        Of names there are no blocks.
    matrix : float64 array, shape (n, n)
        In order.
    cluster : int64 array, shape (n,)
        Cluster of each line, in order.
    sectors : sequence of str
        Sector of each line, in order.
    """
    if order is MatrixOrder.NAMES:
        return ()
    names = list(sectors) if order is MatrixOrder.SECTORS else cluster.tolist()
    least = max(2, len(names) // _SMALLEST_BLOCK)
    return tuple(
        Block(start, end, _label(sectors[start:end]), average_correlation(matrix[start:end, start:end]))
        for start, end in _runs(names)
        if end - start >= least
    )


def concentrations(tree: FloatArray, matrix: FloatArray, symbols: Sequence[str]) -> tuple[Concentration, ...]:
    """Return the groups of symbols that move almost as one, the largest first."""
    cluster = clusters(tree, CONCENTRATION)
    found = []
    for number, size in Counter(cluster.tolist()).most_common():
        if size < 2:
            break
        places = np.flatnonzero(cluster == number)
        members = tuple(symbols[place] for place in places.tolist())
        found.append(Concentration(members, average_correlation(matrix[np.ix_(places, places)])))
    return tuple(sorted(found, key=lambda each: (-len(each.symbols), -each.average)))


def line_starts(n_symbols: int) -> IntArray:
    """Return the first symbol of each line and, last, the number of symbols."""
    per_line = -(-n_symbols // MAX_LINES)
    return np.append(np.arange(0, n_symbols, per_line), n_symbols).astype(np.int64)


def lines_matrix(matrix: FloatArray, starts: IntArray) -> FloatArray:
    """Return the mean correlation over the pairs of each two lines; within one, over its pairs alone."""
    size = np.diff(starts).astype(np.float64)
    if (size == 1).all():
        return matrix
    sums = np.add.reduceat(np.add.reduceat(matrix, starts[:-1], axis=0), starts[:-1], axis=1)
    n_pairs = np.outer(size, size)
    np.fill_diagonal(sums, np.diagonal(sums) - size)
    np.fill_diagonal(n_pairs, size * (size - 1.0))
    # A line of one symbol has no pair within: it is perfectly correlated with itself.
    means: FloatArray = np.divide(sums, n_pairs, out=np.ones_like(sums), where=n_pairs > 0)
    return means


def encoded_triangle(matrix: FloatArray) -> npt.NDArray[np.int16]:
    """Return the upper triangle with its diagonal as whole ten-thousandths, line after line."""
    return np.rint(matrix[np.triu_indices_from(matrix)] * SCALE).astype("<i2")


def _runs(names: Sequence[object]) -> list[tuple[int, int]]:
    borders = [0, *(place for place in range(1, len(names)) if names[place] != names[place - 1]), len(names)]
    return list(pairwise(borders))


def _label(sectors: Sequence[str]) -> str:
    name, count = Counter(sectors).most_common(1)[0]
    return name if count >= _MAJORITY * len(sectors) else f"Mixed, most {name}"
