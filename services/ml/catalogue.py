"""Every model that can be trained, by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from models.domain.errors import InvalidRequestError
from services.ml.classifiers.boosted_trees import BoostedTrees, BoostedTreesSettings
from services.ml.classifiers.interface import Classifier
from services.ml.classifiers.logistic import Logistic, LogisticSettings
from services.ml.classifiers.reference import Reference, ReferenceRule

# From the sessions of the window that a model of tables sees to the model.
CLASSIFIERS: Mapping[str, Callable[[int], Classifier]] = MappingProxyType(
    {
        "majority": lambda _: Reference(ReferenceRule.MAJORITY),
        "class_prior": lambda _: Reference(ReferenceRule.CLASS_PRIOR),
        "previous_sign": lambda _: Reference(ReferenceRule.PREVIOUS_SIGN),
        "always_up": lambda _: Reference(ReferenceRule.ALWAYS_UP),
        "logistic_regression": lambda n_sessions: Logistic(LogisticSettings(n_sessions=n_sessions)),
        "lightgbm": lambda n_sessions: BoostedTrees(BoostedTreesSettings(n_sessions=n_sessions)),
    }
)


def make_classifier(name: str, n_sessions: int = 1) -> Classifier:
    """Return the model of a name in its standard configuration.

    Raises
    ------
    InvalidRequestError
        If there is none of that name.
    """
    if name not in CLASSIFIERS:
        raise InvalidRequestError(f"There is no model {name}; choose one of {', '.join(CLASSIFIERS)}")
    return CLASSIFIERS[name](n_sessions)
