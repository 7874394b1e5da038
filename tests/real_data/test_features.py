"""Features and labels on real prices."""

import numpy as np
import pytest

from benchmarks.features import subject
from services.quant.features import checks
from services.quant.features.compute import compute_features
from services.quant.features.registry import LONGEST_CONVERGENCE_SESSIONS, METADATA, NAMES
from services.quant.gaps import fill_gaps
from services.quant.panels import keep_rows
from services.quant.scoring import window_counts
from services.quant.targets import DOWN, NEUTRAL, UNKNOWN, UP, compute_labels
from tests.unit.providers.files.writing import fetch

pytestmark = pytest.mark.real_data


def _compute(panel, context):
    return compute_features(panel, fill_gaps(panel), context)


@pytest.fixture(scope="module")
def sp500(real_data):
    names = ("sp500_daily.parquet", "sectors.csv", "benchmark.parquet")
    return subject(fetch(*(real_data / "sp500" / name for name in names)))


@pytest.fixture(scope="module")
def some(sp500):
    """Every fourth symbol, the last ten years."""
    panel, context = sp500
    keep = (panel.code % 4 == 0) & (panel.session >= np.datetime64("2011-01-01"))
    return keep_rows(panel, keep), context.of_rows(panel, keep)


@pytest.fixture(scope="module")
def computed(some):
    return _compute(*some)


def test_every_value_past_its_warm_up_is_known_and_finite(some, computed):
    panel = some[0]
    filled = fill_gaps(panel)
    age = window_counts(filled)[1][~filled.is_filled]
    position = np.searchsorted(np.unique(panel.session), panel.session) + 1
    assert not np.isinf(computed.values).any()
    longest = max(metadata.warm_up_sessions for metadata in METADATA.values())
    is_past = (age >= longest) & (position >= longest)
    assert is_past.mean() > 0.8
    assert np.isfinite(computed.values[is_past]).all()


def test_no_value_knows_the_future(some):
    cuts = np.array(["2015-08-24", "2020-03-16"], dtype="datetime64[D]")
    found = checks.truncation_check(_compute, *some, cuts)
    assert found.detail == f"{len(NAMES)} features pass"


def test_the_start_is_forgotten_and_the_newest_session_needs_little(sp500):
    """On all 504 symbols: real prices tie, in whole cents, and rounding must not decide where they do."""
    panel, context = sp500
    days = np.unique(panel.session)
    recent = panel.session >= days[-900]
    panel, context = keep_rows(panel, recent), context.of_rows(panel, recent)
    convergence = {name: metadata.convergence_sessions for name, metadata in METADATA.items()}
    starts = [days[-600], days[-LONGEST_CONVERGENCE_SESSIONS]]
    found = checks.start_check(_compute, panel, context, starts, convergence)
    assert found.detail == f"{len(NAMES)} features pass"


def test_labels_of_the_whole_panel(sp500):
    """Thresholds of half a deviation leave a third or so to each class; the market rose more than it fell."""
    panel = sp500[0]
    labels = compute_labels(panel, fill_gaps(panel))
    share = [np.mean(labels.three_class == one) for one in (DOWN, NEUTRAL, UP, UNKNOWN)]
    assert 0.22 < share[0] < share[2] < 0.40
    assert 0.30 < share[1] < 0.45
    assert share[3] < 0.02
    days = np.unique(panel.session)
    last = np.searchsorted(days, labels.last_session[labels.two_class != UNKNOWN])
    assert (last - np.searchsorted(days, panel.session[labels.two_class != UNKNOWN]) == 5).all()
