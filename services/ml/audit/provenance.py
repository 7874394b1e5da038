"""Whether scaling, selection, tuning and stacking come from where they may: each is found again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from models.domain.trials import AuditCheck
from services.ml.audit.evidence import FoldEvidence, Tuned, keys_of
from services.ml.audit.findings import over_folds
from services.ml.preprocessing import Preprocessing, PreprocessingSettings
from services.ml.samples import Samples

_TOLERANCE = 1e-5  # of float32 figures that are computed again
_TUNED_TOLERANCE = 1e-3  # a bounded search stops so near its optimum


def scaler_provenance(folds: Sequence[FoldEvidence], settings: PreprocessingSettings) -> AuditCheck:
    """Check that centre and scale are those of the training samples, and looked at nothing later."""

    def faults(fold: FoldEvidence) -> Iterator[str]:
        given = fold.preprocessing
        last = fold.train.sessions.max()
        if not given.fitted_through <= last:
            yield f"the scaler was fitted through {given.fitted_through}, and training ends on {last}"
        found = _scaler_of(fold.train, settings)
        name = _first_difference(given, found)
        if name is not None:
            at = given.feature_names.index(name)
            expected = "centre {:.6g} and scale {:.6g}".format(*found[name]) if name in found else "none"
            is_of_all = _first_difference(given, _scaler_of(_joined(fold), settings)) is None
            yield (
                f"scaler: {name} has centre {given.centre[at]:.6g} and scale {given.scale[at]:.6g}, "
                f"the training samples give {expected}"
                + (": it is that of all parts, the scaler was fitted on everything" if is_of_all else "")
            )

    return over_folds("scaler provenance", folds, faults, "the training samples give the same scaler")


def selection_provenance(folds: Sequence[FoldEvidence], settings: PreprocessingSettings) -> AuditCheck:
    """Check that the chosen features are those that the training samples choose."""

    def faults(fold: FoldEvidence) -> Iterator[str]:
        given = set(fold.preprocessing.feature_names)
        expected = set(Preprocessing.fit(fold.train, settings).feature_names)
        if given != expected:
            of_all = set(Preprocessing.fit(_joined(fold), settings).feature_names)
            origin = ": the features were selected on everything" if given == of_all else ""
            yield (
                f"feature selection: {', '.join(sorted(given - expected)) or 'nothing'} was chosen where the "
                f"training samples choose {', '.join(sorted(expected - given)) or 'nothing'}{origin}"
            )

    return over_folds("selection provenance", folds, faults, "the training samples choose the same features")


def tuning_provenance(folds: Sequence[FoldEvidence]) -> AuditCheck:
    """Check that temperatures and thresholds are those that the validation samples give."""

    def faults(fold: FoldEvidence) -> Iterator[str]:
        for tuned in fold.tuned:
            outside = np.setdiff1d(tuned.sessions, fold.validation.sessions)
            if outside.size:
                yield (
                    f"{tuned.name} was found on {outside.size:,} sessions outside validation, the first "
                    f"{outside[0]}"
                )
            expected = _found_on(tuned, fold, fold.validation)
            if not np.isclose(tuned.value, expected, rtol=_TUNED_TOLERANCE, atol=0.0):
                on_test = _found_on(tuned, fold, fold.test.labelled())
                is_of_test = np.isclose(tuned.value, on_test, rtol=_TUNED_TOLERANCE, atol=0.0)
                origin = "; the test gives just this: it was tuned on the test" if is_of_test else ""
                yield f"{tuned.name} is {tuned.value:.6g}, validation gives {expected:.6g}{origin}"

    looked_at = (
        "validation gives the same figures" if any(fold.tuned for fold in folds) else "nothing is tuned"
    )
    return over_folds("tuning provenance", folds, faults, looked_at)


def stacking(folds: Sequence[FoldEvidence]) -> AuditCheck:
    """Check that forecasts which are learnt from are of rows after all that their model had learnt from."""

    def faults(fold: FoldEvidence) -> Iterator[str]:
        for stacked in fold.stacked:
            ends = stacked.learnt_from.label_ends
            last = ends[~np.isnat(ends)].max(initial=np.datetime64("0001-01-01"))
            n_early = int((stacked.forecast.sessions <= last).sum())
            if n_early:
                n_own = int(np.isin(keys_of(stacked.forecast), keys_of(stacked.learnt_from)).sum())
                yield (
                    f"stacking on in-sample predictions: of {len(stacked.forecast):,} forecasts of "
                    f"{stacked.name}, {n_early:,} lie at or before {last}, where its own labels end, and "
                    f"{n_own:,} are of rows that it had learnt from"
                )

    is_stacked = any(fold.stacked for fold in folds)
    looked_at = "no stacked input is in sample" if is_stacked else "no model learns from another's forecasts"
    return over_folds("stacking", folds, faults, looked_at)


def _scaler_of(samples: Samples, settings: PreprocessingSettings) -> Mapping[str, tuple[float, float]]:
    every = Preprocessing.fit(samples, replace(settings, max_features=len(samples.feature_names)))
    return dict(
        zip(every.feature_names, zip(every.centre.tolist(), every.scale.tolist(), strict=True), strict=True)
    )


def _first_difference(given: Preprocessing, found: Mapping[str, tuple[float, float]]) -> str | None:
    for name, centre, scale in zip(
        given.feature_names, given.centre.tolist(), given.scale.tolist(), strict=True
    ):
        if name not in found or not np.allclose(
            (centre, scale), found[name], rtol=_TOLERANCE, atol=_TOLERANCE
        ):
            return name
    return None


def _joined(fold: FoldEvidence) -> Samples:
    """Return the samples of all parts as one; they share their features."""
    names = ("places", "labels", "sessions", "label_ends", "symbols", "last_return")
    parts = [part for _, part in fold.parts]
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in names
    }
    return replace(fold.train, **columns)


def _found_on(tuned: Tuned, fold: FoldEvidence, samples: Samples) -> float:
    return tuned.find(fold.predict(samples), samples.labels)
