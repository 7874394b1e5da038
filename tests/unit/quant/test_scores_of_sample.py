"""``compute_scores`` over the whole sample: against a slow second implementation, and never looking ahead."""

import math
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.signals import LABELS
from services.quant.panels import cut_panel
from tests.unit.quant import plain
from tests.unit.quant.factories import compute_scores, frames_of_panel, make_panel, random_bars

SCORES = ("rsi_score", "macd_score", "ma_score", "bb_score", "technical", "confluence")


@pytest.fixture(scope="module")
def plainly(sample_frames):
    """By (instrument, session): the score of every session that has one, or None."""
    return {
        (number, session): score
        for number, frame in enumerate(sample_frames.values(), start=1)
        for session, score in zip(frame["session"], plain.scores(frame), strict=True)
    }


@pytest.fixture(scope="module")
def ours(sample_scores):
    _, signals = sample_scores
    return {(row["instrument_id"], row["session"]): row for row in signals.to_dict("records")}


def test_the_same_sessions_have_a_score(plainly, ours):
    assert set(ours) == {key for key, score in plainly.items() if score is not None}


def test_facebook_has_indicators_but_no_score(sample_scores):
    indicators, signals = sample_scores
    assert (indicators["instrument_id"] == 2).sum() == 196
    assert not (signals["instrument_id"] == 2).any()


@pytest.mark.parametrize("name", SCORES)
def test_every_score_equals_the_slow_one(plainly, ours, name):
    worst = max(abs(row[name] - float(plainly[key][name])) for key, row in ours.items())
    assert worst < 1e-9


@pytest.mark.parametrize("name", ["technical_label", "label"])
def test_every_label_equals_the_slow_one(plainly, ours, name):
    different = {
        key: (row[name], plainly[key][name]) for key, row in ours.items() if row[name] != plainly[key][name]
    }
    assert different == {}


def test_every_rank_equals_the_slow_one(plainly, ours):
    by_day = defaultdict(list)
    for (_, session), score in plainly.items():
        if score is not None:
            by_day[session].append(score["confluence"])
    for (number, session), row in ours.items():
        own, peers = plainly[number, session]["confluence"], by_day[session]
        n_lower, n_equal = sum(p < own for p in peers), sum(p == own for p in peers)
        assert row["rank"] == pytest.approx((n_lower + 0.5 * n_equal) / len(peers), abs=1e-12)


def test_frames_say_what_storage_expects(sample_panel, sample_scores):
    indicators, signals = sample_scores
    assert len(indicators) == sample_panel.n_rows
    assert set(signals["label"]) <= {label.value for label in LABELS}
    assert signals[["sentiment", "model", "model_id"]].isna().all(axis=None)
    assert not signals.duplicated(["instrument_id", "session"]).any()
    np.testing.assert_array_equal(
        signals["known_at"].to_numpy("datetime64[D]"), signals["session"].to_numpy("datetime64[D]")
    )


def _assert_cut_changes_nothing(panel, cut, whole):
    part = compute_scores(cut_panel(panel, cut))
    for now, then in zip(whole, part, strict=True):
        earlier = now[now["session"].to_numpy("datetime64[D]") <= cut].reset_index(drop=True)
        pd.testing.assert_frame_equal(earlier, then, check_exact=True)


@pytest.mark.parametrize(
    "day", ["2000-03-01", "2000-12-15", "2002-06-28", "2005-02-28", "2008-10-10", "2013-02-28"]
)
def test_a_day_changes_nothing_that_stood_before(sample_panel, sample_scores, day):
    """Every column, confidence too, equal to the bit: what was scored then is what is scored now."""
    _assert_cut_changes_nothing(sample_panel, np.datetime64(day), sample_scores)


def _gappy_panel(rng, n=620, n_symbols=4):
    frames = frames_of_panel(make_panel({f"S{i}": random_bars(rng, n) for i in range(n_symbols)}))
    for name, frame in frames.items():
        frame.loc[rng.integers(1, n, 3), "dividend"] = 0.2
        frame.loc[rng.integers(1, n), "split"] = 2.0
        frames[name] = frame.drop(index=rng.choice(n, 20, replace=False))
    frames["S1"] = frames["S1"].loc[lambda frame: (frame.index < 300) | (frame.index > 312)]
    frames["S2"] = frames["S2"].loc[150:]
    return make_panel(frames)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_random_panels_with_gaps_events_and_late_listings_do_not_look_ahead(seed):
    rng = np.random.default_rng(seed)
    panel = _gappy_panel(rng)
    whole = compute_scores(panel)
    sessions = np.unique(panel.session)
    for cut in (sessions[0], *rng.choice(sessions[220:], 3)):
        _assert_cut_changes_nothing(panel, cut, whole)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_symbols_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    panel = _gappy_panel(rng)
    frames = frames_of_panel(panel)
    order = rng.permutation(list(frames))
    turned = make_panel({name: frames[name] for name in order})
    names = dict(enumerate(panel.symbols, start=1)), dict(enumerate(turned.symbols, start=1))
    for now, then in zip(compute_scores(panel), compute_scores(turned), strict=True):
        sorted_ = [
            frame.assign(symbol=frame["instrument_id"].map(by_id))
            .drop(columns="instrument_id")
            .sort_values(["symbol", "session"], ignore_index=True)
            for frame, by_id in zip((now, then), names, strict=True)
        ]
        pd.testing.assert_frame_equal(*sorted_, check_exact=True)


def test_a_long_gap_takes_the_score_away_until_two_hundred_sessions_are_there():
    rng = np.random.default_rng(1)
    frames = frames_of_panel(make_panel({"A": random_bars(rng, 700), "B": random_bars(rng, 700)}))
    frames["A"] = frames["A"].drop(index=range(300, 306))
    indicators, signals = compute_scores(make_panel(frames))
    own = indicators[indicators["instrument_id"] == 1]["window_sessions"].tolist()
    assert own == [*range(1, 301), *range(1, 395)]
    sessions = frames["A"]["session"].to_numpy("datetime64[D]")
    scored = signals[signals["instrument_id"] == 1]["session"].to_numpy("datetime64[D]")
    np.testing.assert_array_equal(scored, np.concatenate((sessions[199:300], sessions[499:])))


def test_filled_sessions_are_counted_among_the_last_two_hundred():
    rng = np.random.default_rng(2)
    frames = frames_of_panel(make_panel({"A": random_bars(rng, 500), "B": random_bars(rng, 500)}))
    missing = {40, 41, 42, 300}
    frames["A"] = frames["A"].drop(index=sorted(missing))
    indicators, signals = compute_scores(make_panel(frames))
    counts = indicators[indicators["instrument_id"] == 1]["filled_sessions"].tolist()
    own = [place for place in range(500) if place not in missing]
    assert counts == [sum(place - 200 < gap <= place for gap in missing) for place in own]
    assert (signals["instrument_id"] == 1).sum() == 500 - 199 - 1  # place 300 has no bar of its own


def test_the_sample_shows_what_the_contract_says_of_the_technical_rule(sample_scores):
    """HOLD nearly always, and never a STRONG label, by the source's own rule."""
    _, signals = sample_scores
    shares = signals["technical_label"].value_counts(normalize=True)
    assert shares["HOLD"] > 0.9
    assert not math.isnan(shares["HOLD"])
    assert shares[["STRONG BUY", "STRONG SELL"]].tolist() == [0.0, 0.0]
