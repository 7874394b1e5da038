"""Where reported accuracies of 70 to 90 % come from: the same data, the same model, another split.

Rows of overlapping windows are dealt out at random, so that most rows of the test lie between two of
training that share all but one of their label's sessions. A model that is large enough to remember reads the
answer off its neighbours. Split by time, with a purge, it knows nothing. docs/leakage-audit.md has the
figures, and those of a larger run.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from benchmarks.features import subject
from services.ml.audit.dates import chronological_order, disjoint_dates, purged_labels
from services.ml.audit.evidence import Evidence, FoldEvidence, Pipeline
from services.ml.audit.shifted_labels import shifted_labels
from services.ml.classifiers.boosted_trees import BoostedTrees, BoostedTreesSettings
from services.ml.classifiers.interface import Quiet
from services.ml.labelled_panel import build_samples, feature_warm_up
from services.ml.preprocessing import Preprocessing, PreprocessingSettings
from services.quant.features.compute import compute_features
from services.quant.gaps import fill_gaps
from services.quant.panels import keep_rows
from services.quant.targets import compute_labels
from tests.unit.providers.files.writing import fetch

pytestmark = pytest.mark.real_data

N_SYMBOLS = 25
# The test by time is of 2015, a year that ended where it began.
SESSIONS = np.datetime64("2010-01-01"), np.datetime64("2016-02-29")
WINDOW_SESSIONS = 5
EVERYTHING = PreprocessingSettings(max_features=1_000, is_scaled=False)


@dataclass(frozen=True)
class Size:
    """Of the trees: large enough to remember."""

    n_rounds: int = 120
    n_leaves: int = 127
    learning_rate: float = 0.15

    def classifier(self):
        return BoostedTrees(
            BoostedTreesSettings(
                n_rounds=self.n_rounds,
                learning_rate=self.learning_rate,
                n_leaves=self.n_leaves,
                min_samples_leaf=5,
                feature_share=0.3,
                row_share=0.8,
                ridge_penalty=1.0,
                patience_rounds=self.n_rounds,
            )
        )


@pytest.fixture(scope="module")
def some(real_data):
    names = ("sp500_daily.parquet", "sectors.csv", "benchmark.parquet")
    return part_of(fetch(*(real_data / "sp500" / name for name in names)), N_SYMBOLS, *SESSIONS)


def part_of(market, n_symbols, first_session, last_session):
    """The first symbols by name that were there from the first session on, and the sessions to the last."""
    panel, context = subject(market)
    begins = panel.session[panel.starts[:-1]]
    chosen = np.flatnonzero(begins <= first_session)[:n_symbols]
    keep = np.isin(panel.code, chosen) & (panel.session >= first_session) & (panel.session <= last_session)
    return keep_rows(panel, keep), context.of_rows(panel, keep)


def samples_of(panel, context, features, horizon_sessions):
    """Two-class samples: the sign of the return over the horizon."""
    filled = fill_gaps(panel)
    labels = compute_labels(panel, filled, horizon_sessions)
    return build_samples(
        panel, filled, features, labels, context.is_member, n_classes=2, window_sessions=WINDOW_SESSIONS
    )


def random_parts(samples, seed=0):
    """Four fifths of the rows to learn from, of which a few say when to stop, and a fifth to be judged on."""
    order = np.random.default_rng(seed).permutation(len(samples))
    cut, last = int(0.75 * order.size), int(0.8 * order.size)
    return tuple(samples.take(np.sort(part)) for part in np.split(order, [cut, last]))


def parts_by_time(samples, horizon_sessions):
    """The last fifth of the sessions is judged on, gaps of two horizons before it and before validation."""
    days = np.unique(samples.sessions)
    cut, last = int(0.7 * days.size), int(0.8 * days.size)
    gap = 2 * horizon_sessions
    return (
        samples.between(days[0], days[cut - 1 - gap]),
        samples.between(days[cut], days[last - 1 - gap]),
        samples.between(days[last], days[-1]),
    )


def accuracy_of(parts, size):
    """Train on one, stop by another, judge on the third; return the fold, its accuracy and always-up's."""
    train, validation, test = parts
    preprocessing = Preprocessing.fit(train, EVERYTHING)
    fitted = size.classifier().fit(preprocessing.apply(train), preprocessing.apply(validation), 0, Quiet())
    fold = FoldEvidence(
        train,
        validation,
        test,
        np.unique(test.sessions),
        preprocessing,
        lambda part: fitted.predict(preprocessing.apply(part)),
    )
    return fold, float(np.mean(fold.predict(test).argmax(axis=1) == test.labels)), float(test.labels.mean())


def evidence_of(panel, context, samples, fold, horizon_sessions):
    """What the checks on splits look at; no feature is in question."""
    pipeline = Pipeline(lambda *_: None, lambda *_: samples, feature_warm_up(samples.feature_names))
    return Evidence(panel, context, pipeline, samples, (fold,), horizon_sessions, EVERYTHING)


@pytest.fixture(scope="module")
def features(some):
    return compute_features(some[0], fill_gaps(some[0]), some[1])


@pytest.mark.parametrize(("horizon_sessions", "at_least"), [(5, 0.70), (20, 0.84)])
def test_a_random_split_gives_what_others_report_and_is_named(some, features, horizon_sessions, at_least):
    samples = samples_of(*some, features, horizon_sessions)
    parts = random_parts(samples.labelled())
    fold, leaking, _ = accuracy_of(parts, Size())
    _, honest, always_up = accuracy_of(parts_by_time(samples.labelled(), horizon_sessions), Size())
    assert leaking > at_least
    assert 0.42 < honest < 0.58
    assert honest < always_up + 0.03
    evidence = evidence_of(*some, samples, fold, horizon_sessions)
    assert "a random split" in chronological_order(evidence.folds).detail
    assert "the same date in both" in disjoint_dates(evidence.folds).detail
    assert "overlapping labels" in purged_labels(evidence.folds).detail
    shifted = shifted_labels(evidence, np.random.default_rng(0))
    assert not shifted.passed
    assert "share labels with training" in shifted.detail
