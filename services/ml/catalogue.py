"""Every model that can be trained, by name."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, cast

from models.domain.errors import InvalidRequestError, OperatorError
from services.ml.changed_settings import changed_settings
from services.ml.classifiers.interface import Classifier

NETWORKS = ("fast", "bilstm_attention", "lstm_multihead", "cnn_bilstm_transformer")
# Name -> module and what in it makes the model, for so many sessions of its window where they are given.
# Imported when asked for: the worker starts without what it may never train.
CLASSIFIERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "majority": ("reference", "majority"),
        "class_prior": ("reference", "class_prior"),
        "previous_sign": ("reference", "previous_sign"),
        "always_up": ("reference", "always_up"),
        "logistic_regression": ("logistic", "logistic_regression"),
        "lightgbm": ("boosted_trees", "lightgbm_trees"),
        **{name: ("network", name) for name in NETWORKS},
    }
)


def make_classifier(
    name: str, n_sessions: int | None = None, changes: Mapping[str, Any] | None = None
) -> Classifier:
    """Return the model of a name in its standard configuration.

    Parameters
    ----------
    name : str
    n_sessions : int, optional
        The newest sessions of the window that a model sees; without it one for models of tables, and what
        their configuration says for networks.
    changes : mapping, optional
        Settings by name that are to be others than in the standard configuration.

    Raises
    ------
    InvalidRequestError
        If there is none of that name, it has no such setting, or none of that value.
    OperatorError
        If the library behind it cannot be loaded on this machine.
    """
    check_classifier(name)
    module, factory = CLASSIFIERS[name]
    try:
        found = importlib.import_module(f"services.ml.classifiers.{module}")
    except OSError as error:  # LightGBM's wheel counts on the system's OpenMP
        raise OperatorError(
            f"The library behind {name} cannot be loaded ({error}); on Debian: apt-get install libgomp1"
        ) from error
    make = cast("Callable[..., Classifier]", getattr(found, factory))
    classifier = make() if n_sessions is None else make(n_sessions)
    return _changed(classifier, changes) if changes else classifier


def _changed(classifier: Classifier, changes: Mapping[str, Any]) -> Classifier:
    settings = changed_settings(classifier.name, getattr(classifier, "settings", None), changes)
    changed: Any = replace(cast("Any", classifier), settings=settings)
    return cast("Classifier", changed)


def check_classifier(name: str) -> None:
    """Refuse a name that there is no model of; loads nothing.

    Raises
    ------
    InvalidRequestError
        Naming those there are.
    """
    if name not in CLASSIFIERS:
        raise InvalidRequestError(f"There is no model {name}; choose one of {', '.join(CLASSIFIERS)}")
