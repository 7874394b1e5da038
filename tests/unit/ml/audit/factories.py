"""A small market, and an honest training on it."""

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
