"""Labels by quantile: against counting by hand, against a slow second implementation, and causal."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.quant.quantile_labels import MIN_SESSIONS_WITH_SIGNALS, WINDOW_SESSIONS, quantile_labels
from tests.unit.quant.factories import weekdays


def _slowly(market, session, confluence):
    """The same with sorted lists and fractions of whole numbers."""
    shown = [round(float(np.round(score * 1000))) for score in confluence]
    labels = []
    for day, own in zip(session, shown, strict=True):
        place = int(np.flatnonzero(market == day)[0])
        window = set(market[max(0, place - WINDOW_SESSIONS + 1) : place + 1].tolist())
        peers = [score for that, score in zip(session.tolist(), shown, strict=True) if that in window]
        n_days = len(window & set(session.tolist()))
        if place < WINDOW_SESSIONS - 1 or n_days < MIN_SESSIONS_WITH_SIGNALS:
            labels.append(None)
            continue
        twice = sum(2 * (peer < own) + (peer == own) for peer in peers)
        hundredths = 100 * twice  # of 2 * len(peers)
        whole = 2 * len(peers)
        if hundredths >= 95 * whole:
            labels.append("STRONG BUY")
        elif hundredths >= 80 * whole:
            labels.append("BUY")
        elif hundredths <= 5 * whole:
            labels.append("STRONG SELL")
        elif hundredths <= 20 * whole:
            labels.append("SELL")
        else:
            labels.append("HOLD")
    return labels


def _plain(labels):
    return [None if pd.isna(label) else label for label in labels]


def test_shares_by_hand():
    """One symbol whose score rises by a thousandth each day: 252 different scores, the newest the highest."""
    market = weekdays(300)
    rising = 0.2 + np.arange(300) / 1000
    assert _plain(quantile_labels(market, market, rising)) == [None] * 251 + ["STRONG BUY"] * 49
    assert _plain(quantile_labels(market, market, rising[::-1])) == [None] * 251 + ["STRONG SELL"] * 49


def test_equal_scores_stand_in_the_middle_of_each_other():
    market = weekdays(252)
    assert _plain(quantile_labels(market, market, np.full(252, 0.9)))[-1] == "HOLD"


@pytest.mark.parametrize(
    ("place", "label"),
    [(0, "STRONG SELL"), (49, "STRONG SELL"), (50, "SELL"), (199, "SELL"), (200, "HOLD"),
     (799, "HOLD"), (800, "BUY"), (949, "BUY"), (950, "STRONG BUY"), (999, "STRONG BUY")],
)  # fmt: skip
def test_of_a_thousand_different_scores_fifty_are_strong_at_either_end(place, label):
    market = weekdays(252)
    everyone = np.arange(1000) / 1000
    session, score = np.repeat(market, 1000), np.tile(everyone, 252)
    labels = quantile_labels(market, session, score)[-1000:]
    assert labels[place] == label


def test_scores_count_as_they_are_shown():
    market = weekdays(252)
    score = np.linspace(0.3, 0.7, 252)
    noise = np.random.default_rng(1).uniform(-1e-9, 1e-9, 252)
    shown = np.round(score, 3)
    assert _plain(quantile_labels(market, market, shown + noise)) == _plain(
        quantile_labels(market, market, shown)
    )


@pytest.mark.parametrize(("n_without", "n_labelled"), [(25, 1), (26, 0)])
def test_a_window_needs_signals_on_nine_of_ten_sessions(n_without, n_labelled):
    market = weekdays(252)
    kept = np.ones(252, dtype=bool)
    kept[100 : 100 + n_without] = False
    labels = quantile_labels(market, market[kept], np.full(kept.sum(), 0.5))
    assert labels.notna().sum() == n_labelled


def test_nothing_gives_nothing():
    none = np.zeros(0, dtype="datetime64[D]")
    assert len(quantile_labels(none, none, np.zeros(0))) == 0
    assert len(quantile_labels(weekdays(3), none, np.zeros(0))) == 0


def _random_universe(seed, n_sessions, n_symbols):
    rng = np.random.default_rng(seed)
    market = weekdays(n_sessions)
    session = np.repeat(market, n_symbols)
    # Few levels, so that many are equal; and a drift, so that the window matters.
    drift = np.repeat(np.linspace(0, 0.3, n_sessions), n_symbols)
    score = np.round(rng.choice(np.linspace(0.2, 0.6, rng.integers(2, 60)), session.size) + drift, 4)
    kept = rng.random(session.size) < rng.uniform(0.5, 1.0)
    order = rng.permutation(np.flatnonzero(kept))
    return market, session[order], score[order]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_equals_the_slow_one(seed):
    market, session, score = _random_universe(seed, 262, 3)
    assert _plain(quantile_labels(market, session, score)) == _slowly(market, session, score)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(252, 399))
def test_nothing_later_decides(seed, cut):
    market, session, score = _random_universe(seed, 400, 5)
    whole = quantile_labels(market, session, score)
    then = session <= market[cut - 1]
    part = quantile_labels(market[:cut], session[then], score[then])
    np.testing.assert_array_equal(whole[then].codes, part.codes)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_nothing_older_than_the_window_decides(seed):
    market, session, score = _random_universe(seed, 400, 5)
    whole = quantile_labels(market, session, score)
    recent = session >= market[100]
    part = quantile_labels(market[100:], session[recent], score[recent])
    settled = session[recent] >= market[100 + WINDOW_SESSIONS - 1]
    np.testing.assert_array_equal(whole[recent][settled].codes, part[settled].codes)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_turning_every_score_round_turns_every_label_round(seed):
    market, session, score = _random_universe(seed, 300, 5)
    score = np.round(score, 3)
    codes = quantile_labels(market, session, score).codes
    turned = quantile_labels(market, session, 1.0 - score).codes
    np.testing.assert_array_equal(np.where(codes < 0, -1, 4 - codes), turned)
