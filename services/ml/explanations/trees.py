"""Boosted trees: TreeSHAP against the training medians.

References
----------
Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees, Nature
Machine Intelligence 2, the interventional variant.
"""

from typing import Any

import numpy as np
import shap
from shap.explainers._tree import SingleTree

from models.domain.explanations import Method
from services.ml.classifiers.boosted_trees import FittedBoostedTrees
from services.ml.explanations.attributions import Attributions, against_the_rest, of_class


class TreesExplainer:
    """LightGBM. Of two classes, each one's logit against the other."""

    def __init__(self, classifier: FittedBoostedTrees) -> None:
        self.n_days = classifier.n_sessions
        self._classifier = classifier
        described = classifier.booster.dump_model(num_iteration=classifier.n_rounds)
        self._n_trees_a_round = int(described["num_tree_per_iteration"])
        self._trees: list[dict[str, Any]] = described["tree_info"]
        self._counts_unknown_as_zero = _features_without_unknowns(self._trees)

    def outputs(self, windows: np.ndarray) -> np.ndarray:
        """Return raw scores, float64, shape (n, n_classes)."""
        found = np.asarray(
            self._classifier.booster.predict(
                _flat(windows), raw_score=True, num_iteration=self._classifier.n_rounds
            ),
            dtype=np.float64,
        )
        return found if found.ndim == 2 else np.column_stack((-found, found))

    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return probabilities before calibration."""
        return against_the_rest(outputs)

    def attention(self, windows: np.ndarray) -> np.ndarray:
        """Return no heads."""
        return np.empty((len(windows), 0, self.n_days), dtype=np.float32)

    def attribute(self, windows: np.ndarray, classes: np.ndarray) -> Attributions:
        """Return the trees' Shapley values of each feature of each day."""
        flat = _flat(windows)
        flat[:, self._counts_unknown_as_zero] = np.nan_to_num(flat[:, self._counts_unknown_as_zero], nan=0.0)
        found = np.zeros(flat.shape, dtype=np.float64)
        for wanted in np.unique(classes):
            of_wanted = classes == wanted
            found[of_wanted] = self._shapley(flat[of_wanted], int(wanted))
        outputs = of_class(self.outputs(windows), classes)
        base = self.outputs(np.zeros_like(windows[:1]))[0]
        return Attributions.of_days(Method.TREE_SHAP, outputs, base[classes], found.reshape(windows.shape))

    def _shapley(self, flat: np.ndarray, class_index: int) -> np.ndarray:
        """Return Shapley values of a class; shap itself would add up the trees of all classes."""
        is_binary = self._n_trees_a_round == 1
        of_class = self._trees if is_binary else self._trees[class_index :: self._n_trees_a_round]
        base = np.zeros((1, flat.shape[1]))
        is_unknown = np.zeros_like(base, dtype=np.bool_)
        trees = [SingleTree(tree, data=base, data_missing=is_unknown) for tree in of_class]
        explainer = shap.TreeExplainer(
            trees, data=base, feature_perturbation="interventional", model_output="raw"
        )
        found = np.asarray(explainer.shap_values(flat, check_additivity=False), dtype=np.float64)
        return -found if is_binary and class_index == 0 else found


def _flat(windows: np.ndarray) -> np.ndarray:
    return windows.reshape(len(windows), -1).astype(np.float64)


def _features_without_unknowns(trees: list[dict[str, Any]]) -> np.ndarray:
    """Return the inputs whose training values were all known: LightGBM then reads an unknown one as 0."""
    found: set[int] = set()
    waiting = [tree["tree_structure"] for tree in trees]
    while waiting:
        node = waiting.pop()
        if "split_feature" not in node:
            continue
        if node["missing_type"] == "None":
            found.add(node["split_feature"])
        waiting += [node["left_child"], node["right_child"]]
    return np.array(sorted(found), dtype=np.int64)
