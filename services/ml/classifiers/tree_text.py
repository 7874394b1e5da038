"""Boosted trees read from LightGBM's own text and walked in NumPy: a page can ask them without LightGBM."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import expit, softmax

TREES = "model.txt"  # what LightGBM writes, among a model's files
# Of a node's ``decision_type``.
_IS_CATEGORICAL, _GOES_LEFT_UNKNOWN = 1, 2
_ZERO_IS_UNKNOWN, _NAN_IS_UNKNOWN = 1, 2
_AS_GOOD_AS_ZERO = float(np.float32(1e-35))  # LightGBM reads what is no larger as 0


@dataclass(frozen=True, eq=False)
class _Tree:
    """Nodes by number; a child below 0 is the leaf of its complement."""

    feature: np.ndarray
    threshold: np.ndarray
    goes_left_unknown: np.ndarray
    unknown: np.ndarray  # what counts as not known: nothing, a zero, or NaN
    left: np.ndarray
    right: np.ndarray
    leaf: np.ndarray

    @classmethod
    def of(cls, fields: dict[str, str]) -> Self:
        kind = _integers(fields, "decision_type")
        if (kind & _IS_CATEGORICAL).any():
            raise ValueError("a tree splits by category")
        return cls(
            _integers(fields, "split_feature"),
            np.array(fields.get("threshold", "").split(), dtype=np.float64),
            (kind & _GOES_LEFT_UNKNOWN) > 0,
            kind >> 2,
            _integers(fields, "left_child"),
            _integers(fields, "right_child"),
            np.array(fields["leaf_value"].split(), dtype=np.float64),
        )

    def values(self, rows: np.ndarray) -> np.ndarray:
        """Return the value of each row's leaf; zeros are exact."""
        node = np.full(len(rows), 0 if self.feature.size else -1)
        while (inside := np.flatnonzero(node >= 0)).size:
            at = node[inside]
            node[inside] = np.where(self._goes_left(at, rows[inside]), self.left[at], self.right[at])
        found: np.ndarray = self.leaf[~node]
        return found

    def _goes_left(self, at: np.ndarray, rows: np.ndarray) -> np.ndarray:
        value, unknown = rows[np.arange(len(rows)), self.feature[at]], self.unknown[at]
        value = np.where(np.isnan(value) & (unknown != _NAN_IS_UNKNOWN), 0.0, value)
        is_unknown = np.isnan(value) | ((unknown == _ZERO_IS_UNKNOWN) & (value == 0.0))
        found: np.ndarray = np.where(is_unknown, self.goes_left_unknown[at], value <= self.threshold[at])
        return found


@dataclass(frozen=True, eq=False)
class TextTrees:
    """A booster of LightGBM with one or more trees a round, one for each class it tells apart."""

    trees: tuple[_Tree, ...]
    n_trees_a_round: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a booster's text.

        Raises
        ------
        ValueError, KeyError
            If it is not whole, or splits by category.
        """
        head, *trees = _blocks(text)
        objective = head["objective"].split()[0]
        if objective not in {"binary", "multiclass"}:
            raise ValueError(f"the objective {objective} is not one that is trained here")
        if len(trees) != len(head["tree_sizes"].split()):
            raise ValueError("trees are missing")
        return cls(tuple(_Tree.of(fields) for fields in trees), int(head["num_tree_per_iteration"]))

    def scores(self, rows: np.ndarray) -> np.ndarray:
        """Return raw scores, float64, shape (n, n_trees_a_round).

        Parameters
        ----------
        rows : float64 array, shape (n, n_inputs)
            Inputs as in training; NaN where a value is not known.
        """
        rows = np.where(np.abs(rows) <= _AS_GOOD_AS_ZERO, 0.0, rows)
        found = np.zeros((len(rows), self.n_trees_a_round))
        for number, tree in enumerate(self.trees):  # in LightGBM's order: sums are the same to the last bit
            found[:, number % self.n_trees_a_round] += tree.values(rows)
        return found

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """Return probabilities before calibration, float64, shape (n, n_classes), of such rows."""
        scores = self.scores(rows)
        if self.n_trees_a_round > 1:
            return np.asarray(softmax(scores, axis=1))
        found = expit(scores[:, 0])
        return np.column_stack((1.0 - found, found))


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """Yield the fields of the head, then of each tree."""
    described, end, _ = text.partition("end of trees")
    if not end:
        raise ValueError("the text breaks off")
    for block in described.split("\nTree="):
        lines = (line.partition("=") for line in block.splitlines())
        yield {name: value for name, equals, value in lines if equals}


def _integers(fields: dict[str, str], name: str) -> np.ndarray:
    return np.array(fields.get(name, "").split(), dtype=np.int64)
