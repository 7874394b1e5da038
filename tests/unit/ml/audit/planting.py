"""An honest training with a leak: each function takes the training and returns the leaking one's evidence."""

from dataclasses import replace

import numpy as np

from services.ml.audit.evidence import Stacked
from services.ml.preprocessing import Preprocessing, PreprocessingSettings
from services.quant.judging.calibration import fit_temperature
from tests.unit.ml.audit.factories import (
    HONEST,
    HORIZON,
    SETTINGS,
    WINDOW,
    build,
    features_with,
    joined,
    refit,
    train,
)
from tests.unit.quant.features import leaks


def overlapping_labels_across_a_random_split(honest):
    samples = honest.evidence.samples.labelled()
    days = np.random.default_rng(5).permutation(np.unique(samples.sessions))
    parts = np.split(days, [int(0.7 * days.size), int(0.8 * days.size)])
    train_part, validation = (samples.take(np.isin(samples.sessions, part)) for part in parts[:2])
    everyone = honest.evidence.samples
    test = everyone.take(np.isin(everyone.sessions, parts[2]))
    fold = refit(honest.fold, train_part, validation, test, parts[2])
    return replace(honest.evidence, folds=(fold,))


def same_date_in_train_and_test(honest):
    fold, samples = honest.fold, honest.evidence.samples
    day = fold.test_sessions[4]
    borrowed = samples.take((samples.sessions == day) & (samples.symbols == 0))
    test = fold.test.take(~((fold.test.sessions == day) & (fold.test.symbols == 0)))
    # The symbol is no member that day, so that its bar was nobody's to forecast.
    panel, context = honest.evidence.panel, honest.evidence.context
    member = context.is_member & ~((panel.session == day) & (panel.code == 0))
    train_part = joined(fold.train, borrowed)
    changed = refit(fold, train_part, fold.validation, test, fold.test_sessions)
    return replace(honest.evidence, context=replace(context, is_member=member), folds=(changed,))


def scaler_fitted_on_everything(honest):
    fold = honest.fold
    everything = joined(fold.train, fold.validation, fold.test.labelled())
    every = Preprocessing.fit(everything, PreprocessingSettings(max_features=len(HONEST)))
    columns = fold.preprocessing.columns
    scaler = replace(fold.preprocessing, centre=every.centre[columns], scale=every.scale[columns])
    return honest.with_fold(preprocessing=scaler)


def feature_selection_on_everything(honest):
    fold = honest.fold
    everything = joined(fold.train, fold.validation, fold.test.labelled())
    chosen = Preprocessing.fit(everything, SETTINGS.preprocessing).columns
    every = Preprocessing.fit(fold.train, PreprocessingSettings(max_features=len(HONEST)))
    selected = replace(
        fold.preprocessing,
        feature_names=tuple(fold.train.feature_names[column] for column in chosen),
        columns=chosen,
        centre=every.centre[chosen],
        scale=every.scale[chosen],
    )
    changed = replace(fold, preprocessing=selected, tuned=())
    return replace(honest.evidence, folds=(changed,))


def _with_feature(name):
    def plant(honest):
        evidence = honest.evidence
        compute = features_with({name: leaks.FUTURE[name]})
        return train(evidence.panel, evidence.context, compute).evidence

    return plant


def window_normalised_with_the_horizon_inside(honest):
    evidence = honest.evidence

    def scaled_around(panel, context, features):
        samples = build(panel, context, features)
        offsets = np.arange(1 - WINDOW, HORIZON + 1)
        reach = np.minimum(samples.places[:, None] + offsets, samples.source.size - 1)
        around = features.values[samples.source[reach]].astype(np.float64)
        around -= np.nanmean(around, axis=1, keepdims=True)
        windows = (around / (np.nanstd(around, axis=1, keepdims=True) + 1e-9))[:, :WINDOW]
        n = len(samples)
        return replace(
            samples,
            features=windows.reshape(n * WINDOW, -1).astype(np.float32),
            source=np.arange(n * WINDOW),
            places=np.arange(1, n + 1) * WINDOW - 1,
        )

    return train(evidence.panel, evidence.context, evidence.pipeline.compute, scaled_around).evidence


def label_conditioned_test_rows(honest):
    test = honest.fold.test
    return honest.with_fold(test=test.take(test.labels != 1))  # only what moved


def missing_purge(honest):
    fold, samples = honest.fold, honest.evidence.samples.labelled()
    calendar = honest.calendar
    at = int(np.searchsorted(calendar, fold.test_sessions[0]))
    validation = samples.between(calendar[at - 70], calendar[at - 1])
    train_part = samples.between(calendar[80], calendar[at - 71])
    changed = refit(fold, train_part, validation, fold.test, fold.test_sessions)
    return replace(honest.evidence, folds=(changed,))


def oversampling_before_the_split(honest):
    fold = honest.fold

    def doubled(part):
        return joined(part, part.take(part.labels == 0))

    parts = [doubled(part) for part in (fold.train, fold.validation, fold.test)]
    changed = refit(fold, *parts, fold.test_sessions)
    return replace(honest.evidence, folds=(changed,))


def synthetic_rows(honest):
    fold = honest.fold
    train_part = fold.train
    features = train_part.features.copy()
    row = train_part.source[train_part.places[3]]
    features[row] = features[row] * 0.5 + 0.5 * features[train_part.source[train_part.places[9]]]
    altered = replace(train_part, features=features)
    changed = refit(fold, altered, fold.validation, fold.test, fold.test_sessions)
    return replace(honest.evidence, folds=(changed,))


def duplicate_windows(honest):
    evidence = honest.evidence
    frozen, stale = honest.fold.test_sessions[0], 250

    def from_a_stale_store(panel, context, features):
        samples = build(panel, context, features)
        places = samples.places.copy()
        late = np.flatnonzero((samples.symbols == 2) & (samples.sessions >= frozen))
        places[late] -= stale
        return replace(samples, places=places)

    return train(evidence.panel, evidence.context, evidence.pipeline.compute, from_a_stale_store).evidence


def threshold_tuned_on_test(honest):
    fold = honest.fold
    test = fold.test.labelled()
    value = fit_temperature(fold.predict(test), test.labels)
    return honest.with_fold(tuned=(replace(fold.tuned[0], value=value),))


def stacking_on_in_sample_predictions(honest):
    train_part = honest.fold.train
    return honest.with_fold(stacked=(Stacked("the base model", train_part, train_part),))


def same_bar_execution(honest):
    fills = honest.evidence.fills
    panel = honest.evidence.panel
    row = np.flatnonzero((panel.code == fills.symbols[0]) & (panel.session == fills.signal_sessions[0]))[0]
    sessions, price = fills.fill_sessions.copy(), fills.price.copy()
    sessions[0], price[0] = panel.session[row], panel.open[row]
    return replace(honest.evidence, fills=replace(fills, fill_sessions=sessions, price=price))


full_period_normalisation = _with_feature("scaled by the full period")
centred_indicator = _with_feature("centred average")
backfilled_gaps = _with_feature("backfilled gaps")
later_restatement = _with_feature("restated adjustment")
