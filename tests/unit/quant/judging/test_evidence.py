"""Evidence beside a signal: hand-worked, against pandas, and no narrower than its sessions allow."""

import numpy as np
import pandas as pd
import pytest

from services.quant.judging.evidence import evidence_by_signal
from services.quant.judging.intervals import session_draws

# Up at 0.5 three times, right once; Down at 0.5 twice, right both times; Up at 0.75 once, right.
PROBABILITIES = np.array(
    [[0.2, 0.3, 0.5], [0.3, 0.2, 0.5], [0.25, 0.25, 0.5], [0.5, 0.3, 0.2], [0.5, 0.2, 0.3], [0.05, 0.2, 0.75]]
)
LABELS = np.array([2, 0, 1, 0, 0, 2])
PLACES = np.array([0, 1, 1, 2, 3, 3])


def draws_of(n_sessions, block=1):
    return session_draws(n_sessions, block, np.random.default_rng(0))


def test_by_hand():
    found = evidence_by_signal(PROBABILITIES, LABELS, PLACES, draws_of(4))
    cells = {(one.shown, one.confidence_from): one for one in found}
    assert set(cells) == {(0, 0.5), (2, 0.5), (None, 0.5), (2, 0.7), (None, 0.7)}
    up = cells[2, 0.5]
    assert (up.n, up.n_sessions, up.confidence_to) == (3, 2, 0.55)
    assert up.accuracy.value == pytest.approx(1 / 3)
    assert up.base_rate == pytest.approx(2 / 6)  # of six outcomes two were Up
    assert up.excess.value == pytest.approx(0.0)
    down = cells[0, 0.5]
    assert (down.accuracy.value, down.base_rate) == (1.0, 3 / 6)
    both = cells[None, 0.5]
    assert (both.n, both.n_sessions, both.accuracy.value) == (5, 4, 3 / 5)
    assert both.base_rate == pytest.approx((3 * 2 / 6 + 2 * 3 / 6) / 5)
    assert both.excess.value == pytest.approx(3 / 5 - 2 / 5)


def random_forecasts(seed=0, n_sessions=240, n_symbols=25):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet((2.0, 3.0, 2.5), n_sessions * n_symbols)
    places = np.repeat(np.arange(n_sessions), n_symbols)
    return probabilities, rng.integers(0, 3, places.size), places


def test_pandas_counts_the_same():
    probabilities, labels, places = random_forecasts()
    table = pd.DataFrame(
        {
            "shown": probabilities.argmax(axis=1),
            "right": probabilities.argmax(axis=1) == labels,
            "from": pd.cut(
                probabilities.max(axis=1), [0, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 1.0], right=False
            ).map(lambda each: each.left),
        }
    )
    expected = table.groupby(["shown", "from"], observed=True)["right"].agg(["size", "mean"])
    found = evidence_by_signal(probabilities, labels, places, draws_of(240))
    cells = {(one.shown, one.confidence_from): one for one in found if one.shown is not None}
    assert set(cells) == set(expected.index)
    for key, row in expected.iterrows():
        assert (cells[key].n, cells[key].accuracy.value) == (row["size"], pytest.approx(row["mean"]))
        assert cells[key].base_rate == pytest.approx((labels == key[0]).mean())
        assert cells[key].accuracy.low < cells[key].accuracy.value < cells[key].accuracy.high


def test_symbols_that_move_together_are_no_cases_of_their_own():
    probabilities, labels, places = random_forecasts()
    probabilities[:] = [0.2, 0.28, 0.52]  # all say Up alike
    same_day = labels[:: np.bincount(places)[0]][places]  # each session has one outcome for all symbols
    of_each, of_days = (
        evidence_by_signal(probabilities, came, places, draws_of(240, 10))[0].accuracy
        for came in (labels, same_day)
    )
    assert (of_days.high - of_days.low) > 3.0 * (of_each.high - of_each.low)


def test_a_forecaster_who_sees_nothing_has_no_excess_and_one_who_sees_has():
    probabilities, labels, places = random_forecasts(seed=3)
    blind = evidence_by_signal(probabilities, labels, places, draws_of(240, 5))
    assert sum(one.excess.low > 0.0 or one.excess.high < 0.0 for one in blind) <= 3  # of 25 at 95 %
    seeing = np.where(
        np.random.default_rng(1).random(labels.size) < 0.2, probabilities.argmax(axis=1), labels
    )
    found = evidence_by_signal(probabilities, seeing, places, draws_of(240, 5))
    assert all(one.excess.low > 0.0 for one in found if one.n > 200)


def test_where_one_class_alone_is_shown_the_excess_is_not_of_the_commonest():
    """A model that always says Down in a market that mostly falls has no edge."""
    labels = (np.arange(600) % 10 >= 7).astype(int) * 2  # seven of ten fall
    probabilities = np.tile([0.62, 0.2, 0.18], (600, 1))
    (down, every) = evidence_by_signal(probabilities, labels, np.arange(600) // 10, draws_of(60))
    assert down.accuracy.value == down.base_rate == pytest.approx(0.7)
    assert (down.excess.low, down.excess.high) == pytest.approx((0.0, 0.0), abs=1e-12)
    assert every.shown is None
