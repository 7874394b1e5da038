"""Predictors without skill, which every model has to beat."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from services.ml.samples import Samples
from services.ports import Progress


class ReferenceRule(StrEnum):
    """How a reference predictor answers."""

    MAJORITY = "majority"  # the commonest class of the training samples
    CLASS_PRIOR = "class_prior"  # the shares of the classes in the training samples
    PREVIOUS_SIGN = "previous_sign"  # the sign of the newest return known
    ALWAYS_UP = "always_up"


@dataclass(frozen=True, eq=False)
class FittedReference:
    """A rule and what it saw in training."""

    rule: ReferenceRule
    prior: np.ndarray  # float64, shape (n_classes,)

    def predict(self, samples: Samples) -> np.ndarray:
        """Return probabilities, shape (n_samples, n_classes)."""
        n_classes = samples.n_classes
        if self.rule is ReferenceRule.CLASS_PRIOR:
            return np.tile(self.prior, (len(samples), 1))
        if self.rule is ReferenceRule.PREVIOUS_SIGN:
            chosen = np.where(samples.last_return > 0.0, n_classes - 1, 0)
        else:
            up = self.rule is ReferenceRule.ALWAYS_UP
            chosen = np.full(len(samples), n_classes - 1 if up else int(self.prior.argmax()))
        return np.eye(n_classes)[chosen]

    def files(self) -> dict[str, bytes]:
        """Return the rule and the prior as JSON."""
        return {"model.json": json.dumps({"rule": self.rule, "prior": self.prior.tolist()}).encode()}


@dataclass(frozen=True)
class Reference:
    """A predictor that learns at most the shares of the classes."""

    rule: ReferenceRule

    @property
    def name(self) -> str:
        """Name in the registry."""
        return self.rule.value

    @property
    def configuration(self) -> Mapping[str, Any]:
        """The rule."""
        return {"rule": self.rule.value}

    def fit(self, train: Samples, validation: Samples, seed: int, progress: Progress) -> FittedReference:
        """Count the classes."""
        counts = np.bincount(train.labelled().labels, minlength=train.n_classes).astype(np.float64)
        return FittedReference(self.rule, counts / max(counts.sum(), 1.0))


def majority(_: int = 1) -> Reference:
    """Return the predictor of the commonest class."""
    return Reference(ReferenceRule.MAJORITY)


def class_prior(_: int = 1) -> Reference:
    """Return the predictor of the classes' shares."""
    return Reference(ReferenceRule.CLASS_PRIOR)


def previous_sign(_: int = 1) -> Reference:
    """Return the predictor of the newest known return's sign."""
    return Reference(ReferenceRule.PREVIOUS_SIGN)


def always_up(_: int = 1) -> Reference:
    """Return the predictor of the most bullish class."""
    return Reference(ReferenceRule.ALWAYS_UP)
