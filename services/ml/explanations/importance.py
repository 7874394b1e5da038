"""What a model looks at over the whole universe, by attributions and by what it loses without a feature."""

from collections.abc import Mapping, Sequence

import numpy as np

from models.domain.explanations import Explanation, GlobalImportance, PermutationImportance
from services.ml.explanations.explained import ExplainedModel
from services.ml.samples import Samples
from services.ports import Progress
from services.quant.judging.classification import losses_by_session

_MOST_POINTS = 4000  # of a beeswarm: more cannot be told apart
_UNKNOWN_SECTOR = ""
_N_REPEATS = 3


def global_importance(
    found: Sequence[Explanation], sectors: Mapping[str, str | None], rng: np.random.Generator
) -> GlobalImportance:
    """Sum up explanations of the newest signals by one model and method.

    Parameters
    ----------
    found : sequence of Explanation
        One or more.
    sectors : mapping of str to str or None
        By symbol.
    rng : numpy Generator
        Draws the signals of the beeswarm.
    """
    first = found[0]
    sizes = np.abs(np.array([one.attributions for one in found]))
    of_sector = np.array([sectors.get(one.symbol) or _UNKNOWN_SECTOR for one in found])
    groups = {str(name): of_sector == name for name in np.unique(of_sector)}
    families = {
        name: float(np.mean([abs(one.family_attributions[name]) for one in found]))
        for name in first.family_attributions
    }
    n_shown = min(len(found), max(1, _MOST_POINTS // len(first.feature_names)))
    shown = [found[k] for k in np.sort(rng.choice(len(found), n_shown, replace=False))]
    features = range(len(first.feature_names))
    points = [(k, one) for k in features for one in shown]
    return GlobalImportance(
        session=max(one.session for one in found),
        method=first.method,
        n_signals=len(found),
        feature_names=first.feature_names,
        mean_absolute=tuple(sizes.mean(axis=0).tolist()),
        families=families,
        by_sector={name: tuple(sizes[which].mean(axis=0).tolist()) for name, which in groups.items()},
        n_by_sector={name: int(which.sum()) for name, which in groups.items()},
        point_features=tuple(k for k, _ in points),
        point_symbols=tuple(one.symbol for _, one in points),
        point_percentiles=tuple(_or_none(one.percentiles[k]) for k, one in points),
        point_attributions=tuple(float(one.attributions[k]) for k, one in points),
    )


def permutation_importance(
    model: ExplainedModel,
    samples: Samples,
    rng: np.random.Generator,
    progress: Progress,
    *,
    is_out_of_sample: bool,
) -> PermutationImportance:
    """Deal each feature's windows out anew among labelled samples and see by how much the log-loss grows.

    Parameters
    ----------
    model : ExplainedModel
    samples : Samples
        Labelled ones, unscaled; some hundreds.
    rng : numpy Generator
    progress : Progress
    is_out_of_sample : bool
        Whether the model has learnt from none of their days.

    References
    ----------
    Breiman (2001), Random forests, Machine Learning 45, section 10.
    """
    windows, names = model.shown_windows(samples), model.trained.preprocessing.feature_names
    before = _losses(model.probabilities(windows), samples.labels)
    increase = np.zeros((len(windows), len(names)))
    for k, name in enumerate(names):
        progress(k, len(names), f"log-loss without {name}")
        for _ in range(_N_REPEATS):
            changed = windows.copy()
            changed[:, :, k] = windows[rng.permutation(len(windows)), :, k]
            increase[:, k] += (_losses(model.probabilities(changed), samples.labels) - before) / _N_REPEATS
    return PermutationImportance(
        first_session=samples.sessions.min().item(),
        last_session=samples.sessions.max().item(),
        n_samples=len(samples),
        n_repeats=_N_REPEATS,
        is_out_of_sample=is_out_of_sample,
        log_loss=float(before.mean()),
        feature_names=names,
        loss_increase=tuple(increase.mean(axis=0).tolist()),
        standard_error=tuple((increase.std(axis=0, ddof=1) / np.sqrt(len(windows))).tolist()),
    )


def _losses(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the log-loss of each sample."""
    return losses_by_session(probabilities, labels, np.arange(labels.size), labels.size)[:, 1]


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
