"""Explanations of a model's signals, whole: values, attributions, families, attention, sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.domain.explanations import Explanation, Method
from services.ml.explanations.attributions import Attributions
from services.ml.explanations.explainer import Explainer, explainer_for
from services.ml.explanations.grouped import family_shapley, feature_shapley
from services.ml.explanations.sentences import strongest
from services.ml.samples import Samples
from services.ml.walk_forward import TrainedModel
from services.quant.judging.calibration import apply_temperature

_SEED = 0  # of sampled Shapley values: the same question has the same answer


@dataclass(frozen=True, eq=False)
class ExplainedModel:
    """A model that can be explained, and what it is known by."""

    id: int
    content_hash: str
    trained: TrainedModel

    @cached_property
    def explainer(self) -> Explainer:
        """What explains it; opened once."""
        return explainer_for(self.trained.classifier)

    def shown_windows(self, samples: Samples) -> np.ndarray:
        """Return what the model is shown, scaled: float32, shape (n, n_days, n_features), with NaN."""
        seen = self.trained.preprocessing.apply(samples)
        found: np.ndarray = seen.windows()[:, -self.explainer.n_days :]
        return found

    def probabilities(self, windows: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities of windows as they are shown, shape (n, n_classes)."""
        explainer = self.explainer
        found = explainer.probabilities(explainer.outputs(windows))
        return apply_temperature(found, self.trained.temperature)


@dataclass(frozen=True, eq=False)
class Asked:
    """Signals to explain. ``samples`` see all features, unscaled.

    ``symbols``: names by the samples' codes. ``market_sessions``: datetime64[D], ascending, those that
    windows are laid on. ``is_filled``: by place, whether a session without a bar is filled there.
    """

    samples: Samples
    symbols: Sequence[str]
    market_sessions: np.ndarray
    is_filled: np.ndarray

    def take(self, which: np.ndarray) -> "Asked":
        """Return some of the signals."""
        return Asked(self.samples.take(which), self.symbols, self.market_sessions, self.is_filled)


def explain(
    model: ExplainedModel,
    asked: Asked,
    method: Method | None = None,
    classes: np.ndarray | None = None,
) -> list[Explanation]:
    """Explain one class of each signal.

    Parameters
    ----------
    model : ExplainedModel
    asked : Asked
        A few hundred at most: their windows are held at once.
    method : Method, optional
        ``SHAPLEY_SAMPLING``, or by default what is exact for this kind of model.
    classes : int array, shape (n,), optional
        Which; by default the most likely one.
    """
    explainer, samples = model.explainer, asked.samples
    windows = model.shown_windows(samples)
    probabilities = model.probabilities(windows)
    if classes is None:
        classes = probabilities.argmax(axis=1)
    if method is Method.SHAPLEY_SAMPLING:
        found = feature_shapley(explainer, windows, classes, np.random.default_rng(_SEED))
    else:
        found = explainer.attribute(windows, classes)
    families = family_shapley(explainer, windows, classes, model.trained.preprocessing.feature_names)
    return list(_assembled(model, asked, windows, probabilities, classes, found, families))


def _assembled(
    model: ExplainedModel,
    asked: Asked,
    windows: np.ndarray,
    probabilities: np.ndarray,
    classes: np.ndarray,
    found: Attributions,
    families: tuple[tuple[str, ...], np.ndarray],
) -> Iterator[Explanation]:
    samples, preprocessing = asked.samples, model.trained.preprocessing
    n_days = model.explainer.n_days
    values = samples.flat(1)[:, preprocessing.columns].astype(np.float64)
    percentiles = preprocessing.percentiles(values)
    base_probabilities = model.probabilities(np.zeros_like(windows[:1]))[0]
    attention = model.explainer.attention(windows)
    # Against the output that stands beside them, which was computed in another batch.
    family_errors = np.abs(families[1].sum(axis=1) - (found.outputs - found.base_outputs))
    last_session = np.searchsorted(asked.market_sessions, samples.sessions)
    for k in range(len(samples)):
        days = slice(last_session[k] + 1 - n_days, last_session[k] + 1)
        place = samples.places[k]
        shown_class = samples.class_names[int(classes[k])]
        session = samples.sessions[k].item()
        yield Explanation(
            symbol=asked.symbols[samples.symbols[k]],
            session=session,
            model_id=model.id,
            model_hash=model.content_hash,
            method=found.method,
            baseline=found.baseline,
            class_names=samples.class_names,
            shown_class=shown_class,
            output=float(found.outputs[k]),
            base_output=float(found.base_outputs[k]),
            additivity_error=float(found.additivity_errors[k]),
            probabilities=probabilities[k],
            base_probabilities=base_probabilities,
            feature_names=preprocessing.feature_names,
            values=values[k],
            percentiles=percentiles[k],
            attributions=found.by_feature[k],
            standard_errors=found.standard_errors[k],
            window=tuple(asked.market_sessions[days].tolist()),
            scaled_days=windows[k],
            is_filled=asked.is_filled[place + 1 - n_days : place + 1],
            day_attributions=found.by_day[k].astype(np.float32),
            family_attributions=dict(zip(families[0], families[1][k].tolist(), strict=True)),
            family_error=float(family_errors[k]),
            attention=attention[k],
            sentences=strongest(
                preprocessing.feature_names,
                values[k],
                percentiles[k],
                found.by_feature[k],
                found.by_day[k],
                session,
                shown_class=shown_class,
                class_names=samples.class_names,
            ),
        )
