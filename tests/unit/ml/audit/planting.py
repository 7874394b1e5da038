"""A small market, an honest training on it, and the same training with a leak in one place."""

from dataclasses import dataclass, replace

import numpy as np

from models.domain.judging import SplitSettings
from services.ml.audit.evidence import Evidence, Fills, FoldEvidence, Pipeline, Stacked
from services.ml.audit.training import train_fold
from services.ml.classifiers.interface import Quiet
from services.ml.classifiers.logistic import Logistic
from services.ml.labelled_panel import THREE_CLASSES, eligible_places
from services.ml.preprocessing import Preprocessing, PreprocessingSettings
from services.ml.samples import Samples
from services.ml.walk_forward import TrainingSettings
from services.quant.features.compute import FeaturePanel
from services.quant.features.context import FeatureContext
from services.quant.gaps import fill_gaps
from services.quant.judging.calibration import fit_temperature
from services.quant.judging.splits import walk_forward_splits
from services.quant.targets import compute_labels
from tests.unit.quant.factories import frames_of_panel, make_panel, random_bars
from tests.unit.quant.features import leaks

HORIZON = 5
WINDOW = 12
WARM_UP = 61
N_SESSIONS = 640
SPLITTING = SplitSettings(warm_up_sessions=80, min_train_sessions=220)
SETTINGS = TrainingSettings(preprocessing=PreprocessingSettings(max_features=4))
# Slow ones, as most that are in use: neighbouring windows are alike.
HONEST = {
    **{f"return_{n}": lambda f, n=n: f["close"].pct_change(n) for n in (10, 20, 40, 60)},
    **{f"volatility_{n}": lambda f, n=n: f["return"].rolling(n).std() for n in (20, 60)},
    **{f"close_to_sma_{n}": lambda f, n=n: f["close"] / f["close"].rolling(n).mean() - 1.0 for n in (20, 60)},
    "range_20": lambda f: (f["high"] / f["low"] - 1.0).rolling(20).mean(),
    "downside_60": lambda f: f["return"].clip(upper=0.0).rolling(60).std(),
}


def small_market(seed=3, n_symbols=6):
    """Symbols without a secret, with dividends, splits and short gaps."""
    rng = np.random.default_rng(seed)
    names = [f"S{number}" for number in range(n_symbols)]
    frames = frames_of_panel(make_panel({name: random_bars(rng, N_SESSIONS) for name in names}))
    for frame in frames.values():
        frame.loc[rng.integers(1, N_SESSIONS, 6), "dividend"] = 0.4
        frame.loc[rng.integers(1, N_SESSIONS), "split"] = 2.0
    frames["S1"] = frames["S1"].drop(index=rng.choice(np.arange(100, 600), 12, replace=False))
    panel = make_panel(frames)
    return panel, FeatureContext.of_whole_panel(panel)


def features_with(more=None):
    """The honest features and others beside them, as a function of panel and context."""

    def compute(panel, context):
        values = np.empty((panel.n_rows, len(HONEST)), dtype=np.float32)
        for rows, frame in leaks._frames(panel):
            values[rows] = np.column_stack([one(frame) for one in HONEST.values()])
        others = [np.asarray(one(panel, context), dtype=np.float32) for one in (more or {}).values()]
        return FeaturePanel((*HONEST, *(more or {})), np.column_stack([values, *others]))

    return compute


def build(panel, context, features):
    """Samples as ``build_samples`` makes them, of features that no registry knows."""
    filled = fill_gaps(panel)
    rows, places = eligible_places(panel, filled, context.is_member, WINDOW, WARM_UP)
    labels = compute_labels(panel, filled, HORIZON)
    return Samples(
        features=features.values,
        feature_names=features.names,
        class_names=THREE_CLASSES,
        window_sessions=WINDOW,
        source=filled.source,
        places=places,
        labels=labels.three_class[rows],
        sessions=panel.session[rows],
        label_ends=labels.last_session[rows],
        symbols=panel.code[rows].astype(np.int32),
        last_return=np.zeros(rows.size),
    )


@dataclass(frozen=True, eq=False)
class Training:
    """What an honest training has, for a leak to change."""

    evidence: Evidence

    @property
    def fold(self):
        return self.evidence.folds[0]

    @property
    def calendar(self):
        return np.unique(self.evidence.panel.session)

    def with_fold(self, **changes):
        return replace(self.evidence, folds=(replace(self.fold, **changes),))


def train(panel, context, compute, builder=build):
    """An honest training on what features and windows there are, with one fold and a book."""
    samples = builder(panel, context, compute(panel, context))
    split = walk_forward_splits(np.unique(panel.session), SPLITTING)[1]
    fold = train_fold(samples, split, Logistic(), SETTINGS, 0, Quiet())
    fold = replace(fold, stacked=(honest_stack(samples, fold),))
    return Training(
        Evidence(
            panel,
            context,
            Pipeline(compute, builder, WARM_UP),
            samples,
            (fold,),
            HORIZON,
            SETTINGS.preprocessing,
            next_open_fills(panel),
        )
    )


def honest_stack(samples, fold):
    """The first half of training, whose model forecasts the last quarter of it."""
    sessions = np.unique(fold.train.sessions)
    half, last = sessions[sessions.size // 2], sessions[3 * sessions.size // 4]
    train = fold.train
    return Stacked("the first half", train.take(train.sessions < half), train.take(train.sessions > last))


def next_open_fills(panel):
    """Signals of every 50th bar, filled at the open of the bar after it."""
    rows = np.arange(10, panel.n_rows - 1, 50)
    rows = rows[panel.code[rows] == panel.code[rows + 1]]
    return Fills(panel.code[rows], panel.session[rows], panel.session[rows + 1], panel.open[rows + 1])


def refit(fold, train_part, validation, test, test_sessions):
    """The fold's model again, fitted on other parts."""
    preprocessing = Preprocessing.fit(train_part, SETTINGS.preprocessing)
    seen, checked = preprocessing.apply(train_part), preprocessing.apply(validation)
    fitted = Logistic().fit(seen, checked, 0, Quiet())
    value = fit_temperature(fitted.predict(checked), validation.labels)
    tuned = replace(fold.tuned[0], value=value, sessions=validation.sessions)
    return FoldEvidence(
        train_part,
        validation,
        test,
        np.unique(test_sessions),
        preprocessing,
        lambda part: fitted.predict(preprocessing.apply(part)),
        (tuned,),
        (),
    )


def joined(*parts):
    """Samples of the same features, one after the other."""
    names = ("places", "labels", "sessions", "label_ends", "symbols", "last_return")
    return replace(parts[0], **{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})


# Each takes an honest training and returns the evidence of one with the leak.


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
    # What the test alone would choose is what a choice on everything leans to.
    chosen = Preprocessing.fit(fold.test.labelled(), SETTINGS.preprocessing).columns
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
