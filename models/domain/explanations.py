"""Why a model says what it says: attributions that add up, attention, and how far each may be believed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Self, TypeVar

import numpy as np

from models.domain.drift import Drift
from models.domain.errors import InvalidRequestError


class Method(StrEnum):
    """How an output is shared out among the features."""

    INTEGRATED_GRADIENTS = "integrated_gradients"  # exact up to the nodes of the integral; by feature and day
    SHAPLEY_SAMPLING = "shapley_sampling"  # a feature's whole window joins or leaves; by feature
    TREE_SHAP = "tree_shap"  # exact on trees
    LINEAR = "linear"  # exact on weights


class AttentionVerdict(StrEnum):
    """What a deletion test says."""

    FAITHFUL = "faithful"
    NOT_A_REASON = "do not read this as a reason"


@dataclass(frozen=True, eq=False)
class Explanation:
    """One signal of one model, explained on the logit of the class that is shown.

    ``output`` less ``base_output`` is shared out by ``attributions``; what is missing or too much is
    ``additivity_error``, without its sign. ``base_output`` is the model's output at ``baseline``, an input
    that is named in words. ``family_attributions`` are the exact Shapley values of the families for the same
    difference. NaN in ``values``,
    ``percentiles`` and ``scaled_days``: not known.
    """

    symbol: str
    session: date
    model_id: int
    model_hash: str  # of the model's content: another one after a retraining
    method: Method
    baseline: str
    class_names: tuple[str, ...]  # most bearish first
    shown_class: str
    output: float
    base_output: float
    additivity_error: float
    probabilities: np.ndarray  # calibrated, float64, shape (n_classes,)
    base_probabilities: np.ndarray  # the same at the baseline
    feature_names: tuple[str, ...]  # those that the model sees
    values: np.ndarray  # float64, shape (n_features,): as of the session, in the registry's units
    percentiles: np.ndarray  # float64: share of the training's values that are lower
    attributions: np.ndarray  # float64, shape (n_features,): summed over the window
    standard_errors: np.ndarray  # float64, of the attributions; 0 where they are not sampled
    window: tuple[date, ...]  # sessions that the model looked at, oldest first
    scaled_days: np.ndarray  # float32, shape (n_days, n_features): what the model was shown
    is_filled: np.ndarray  # bool, shape (n_days,): no bar that day, the one before stands in
    day_attributions: (
        np.ndarray
    )  # float32, shape (n_days, n_features); (0, n_features) where not shared by day
    family_attributions: dict[str, float]
    family_error: float
    attention: np.ndarray  # float32, shape (n_heads, n_days); (0, n_days) for a model without
    sentences: tuple[str, ...]  # the strongest features in words, strongest first

    @property
    def shown_probability(self) -> float:
        """Calibrated probability of the class that is shown."""
        return float(self.probabilities[self.class_names.index(self.shown_class)])


@dataclass(frozen=True)
class SignalRequest:
    """What is to be explained.

    ``session``: the newest signal up to that day; None: of all. ``model_id`` None: the model that said it,
    or else the one that serves. ``method`` None: what is exact for the model.
    """

    symbol: str
    session: date | None = None
    model_id: int | None = None
    method: Method | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of a run.

        Raises
        ------
        InvalidRequestError
            Naming what does not hold.
        """
        try:
            day, number, method = (parameters.get(name) for name in ("session", "model_id", "method"))
            return cls(
                str(parameters["symbol"]).upper(),
                date.fromisoformat(day) if day else None,
                int(number) if number is not None else None,
                Method(method) if method else None,
            )
        except (KeyError, ValueError, TypeError) as error:
            raise InvalidRequestError(
                f"What is to be explained cannot be read ({error}): name a symbol, and if need be a session "
                "as YYYY-MM-DD, the number of a model and a method"
            ) from error

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of a run that asks for it."""
        found = {
            "symbol": self.symbol,
            "session": self.session and self.session.isoformat(),
            "model_id": self.model_id,
            "method": self.method and self.method.value,
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class GlobalImportance:
    """Mean absolute attribution over the universe's newest signals.

    The points of a beeswarm are columns of equal length: feature (its place in ``feature_names``), symbol,
    the value's percentile (None: not known) and its attribution.
    """

    session: date
    method: Method
    n_signals: int
    feature_names: tuple[str, ...]
    mean_absolute: tuple[float, ...]
    families: dict[str, float]
    by_sector: dict[str, tuple[float, ...]]
    n_by_sector: dict[str, int]
    point_features: tuple[int, ...] = field(repr=False, default=())
    point_symbols: tuple[str, ...] = field(repr=False, default=())
    point_percentiles: tuple[float | None, ...] = field(repr=False, default=())
    point_attributions: tuple[float, ...] = field(repr=False, default=())


@dataclass(frozen=True)
class PermutationImportance:
    """How much the log-loss grows when a feature's windows are dealt out anew among the samples.

    ``is_out_of_sample``: the samples lie after all that the model has learnt from. ``standard_error`` is over
    the samples.
    """

    first_session: date
    last_session: date
    n_samples: int
    n_repeats: int
    is_out_of_sample: bool
    log_loss: float
    feature_names: tuple[str, ...]
    loss_increase: tuple[float, ...]
    standard_error: tuple[float, ...]


@dataclass(frozen=True)
class DeletionTest:
    """What happens to the shown class's logit when ``n_days_dropped`` days are set to the baseline.

    ``most``, ``least``, ``newest`` and ``random`` are mean absolute changes: of the most and the least
    attended days, of the newest ones, and of random ones. ``difference`` is ``most`` less ``random`` by
    window, with an interval over sessions whose windows do not overlap; None bounds where there are too few
    of them.
    """

    first_session: date
    last_session: date
    n_windows: int
    n_sessions: int
    n_days_dropped: int
    n_draws: int
    most: float
    least: float
    newest: float
    random: float
    difference: float
    low: float | None
    high: float | None
    confidence: float
    verdict: AttentionVerdict
    reason: str


@dataclass(frozen=True)
class Stability:
    """How alike two trainings explain the same windows: rank correlations of attributions by feature.

    ``by_symbol`` on the signed attributions of a symbol's newest signal; ``universe`` on the mean absolute
    ones. None where the two models share fewer than three features.
    """

    session: date
    other_model_id: int
    other_model_hash: str
    n_symbols: int
    n_shared_features: int
    universe: float | None
    median: float | None
    by_symbol: dict[str, float]


Summary = GlobalImportance | PermutationImportance | DeletionTest | Stability | Drift
SummaryType = TypeVar("SummaryType", GlobalImportance, PermutationImportance, DeletionTest, Stability, Drift)
