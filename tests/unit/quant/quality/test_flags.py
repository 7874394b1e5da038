"""Soft rules: one defect at a time in a quiet market, and what must not be flagged."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.market import FLAG_COLUMNS, FlagRule, empty_frame
from services.quant.panels import cut_panel
from services.quant.quality.flags import find_flags
from services.quant.quality.settings import FlagSettings
from tests.unit.quant.quality.markets import panel, quiet_market, scale, sessions
from tests.unit.quant.quality.plain_flags import plain_flags

DAY = 280  # a row with a year of history before it


def rules(found):
    return [(row.symbol, FlagRule(row.rule)) for row in found.itertuples()]


def at(frames, name="S0", row=DAY):
    return pd.Timestamp(frames[name]["session"].iloc[row])


def test_a_quiet_market_has_no_flag():
    assert find_flags(panel(quiet_market())).empty


def test_a_crash_nobody_explains():
    frames = quiet_market()
    frames["S0"] = scale(frames["S0"], DAY, 0.6)
    found = find_flags(panel(frames))
    assert rules(found) == [("S0", FlagRule.UNEXPLAINED_MOVE)]
    assert found["session"].iloc[0] == at(frames)
    assert found.dtypes.astype(str).to_dict()["session"] == FLAG_COLUMNS["session"]
    close = frames["S0"]["close"]
    assert (
        f"close {close[DAY - 1]:g} to {close[DAY]:g}, {close[DAY] / close[DAY - 1] - 1:+.1%}"
        in (found["detail"].iloc[0])
    )


@pytest.mark.parametrize(("split", "dividend"), [(1 / 0.6, 0.0), (1.0, None)])
def test_an_event_that_explains_it_is_no_move(split, dividend):
    frames = quiet_market()
    frame = scale(frames["S0"], DAY, 0.6)
    paid = frame["close"][DAY - 1] - frame["close"][DAY] if dividend is None else dividend
    is_day = frame.index == DAY
    frames["S0"] = frame.assign(split=np.where(is_day, split, 1.0), dividend=np.where(is_day, paid, 0.0))
    assert find_flags(panel(frames)).empty


def test_a_known_merger_explains_any_move_even_where_its_day_has_no_bar():
    frames = quiet_market()
    close = frames["S0"]["close"]
    halved = scale(frames["S0"], DAY + 1, close[DAY - 1] / close[DAY + 1] / 2.0)
    frames["S0"] = halved.drop(index=DAY)
    known = pd.DataFrame({"symbol": ["S0", "elsewhere"], "session": [at(frames, "S1")] * 2})
    assert rules(find_flags(panel(frames))) == [("S0", FlagRule.MISSED_SPLIT)]
    assert find_flags(panel(frames), explained=known).empty
    frames["S0"] = scale(quiet_market()["S0"], DAY, 0.6)
    assert find_flags(panel(frames), explained=known).empty
    other_day = known.assign(session=at(frames, "S1", DAY - 3))
    assert not find_flags(panel(frames), explained=other_day).empty


def test_when_the_whole_market_falls_nobody_is_flagged():
    frames = {name: scale(frame, DAY, 0.7) for name, frame in quiet_market().items()}
    assert find_flags(panel(frames)).empty


def test_who_stands_still_while_the_market_falls_is_flagged():
    frames = {name: scale(frame, DAY, 0.7) for name, frame in quiet_market().items()}
    frames["S0"] = quiet_market()["S0"]
    assert rules(find_flags(panel(frames))) == [("S0", FlagRule.UNEXPLAINED_MOVE)]


def test_a_wild_share_may_move_more():
    frames = quiet_market(spread=0.01)
    frames["S0"] = quiet_market(seed=9, spread=0.06)["S0"]
    frames["S0"] = scale(frames["S0"], DAY, 0.74)
    assert find_flags(panel(frames)).empty


def test_the_threshold_is_eight_robust_deviations():
    """A year of moves of +1 % and -1 % in turn against a still market: the deviation is 1.4826 %."""
    n = 300
    turns = np.where(np.arange(n) % 2 == 0, 1.0, 1.01)
    for factor, flagged in ((1.01 / 1.01 * 1.21, True), (1.19, False)):
        frames = quiet_market(spread=0.0)
        close = 50.0 * turns
        close[DAY:] *= factor
        frames["S0"] = frames["S0"].assign(open=close, high=close, low=close, close=close)
        found = find_flags(panel(frames), FlagSettings(least_move=0.10))
        # From an odd row at 1.01 to an even one: the move is factor / 1.01, so +19.8 % and +17.8 %,
        # against 8 * 1.4826 * 0.995 % = 11.8 %.
        assert (FlagRule.UNEXPLAINED_MOVE in found["rule"].tolist()) is True
        strict = find_flags(panel(frames), FlagSettings(least_move=0.10, n_deviations=12.5))
        # 12.5 deviations are 18.5 %.
        assert (FlagRule.UNEXPLAINED_MOVE in strict["rule"].tolist()) is flagged


def test_without_enough_history_there_is_no_measure():
    frames = quiet_market(n_sessions=55)
    frames["S0"] = scale(frames["S0"], 50, 0.6)
    assert find_flags(panel(frames)).empty


@pytest.mark.parametrize(
    ("factor", "words"), [(1 / 4, "1/4"), (1 / 3, "1/3"), (0.5, "1/2"), (2 / 3, "2/3"), (2, "2"), (3, "3")]
)
def test_a_split_that_the_vendor_missed(factor, words):
    frames = quiet_market()
    frame = frames["S0"].copy()
    frame.loc[DAY:, "close"] *= frame["close"][DAY - 1] / frame["close"][DAY] * factor * 1.009
    frames["S0"] = frame
    found = find_flags(panel(frames))
    assert FlagRule.MISSED_SPLIT in found["rule"].tolist()
    assert f"near {words}, and no split" in " ".join(found["detail"])
    known = frame.assign(split=np.where(frame.index == DAY, 1.0 / factor, 1.0))
    assert find_flags(panel(frames | {"S0": known})).empty


def test_a_return_not_that_near_is_no_split():
    frames = quiet_market()
    frame = frames["S0"].copy()
    frame.loc[DAY:, "close"] *= frame["close"][DAY - 1] / frame["close"][DAY] * 0.5 * 1.012
    assert rules(find_flags(panel(frames | {"S0": frame}))) == [("S0", FlagRule.UNEXPLAINED_MOVE)]


def test_the_same_close_on_three_sessions_while_the_market_moves():
    frames = quiet_market()
    frames["S0"].loc[DAY - 3 : DAY, "close"] = frames["S0"]["close"][DAY - 3]
    found = find_flags(panel(frames))
    assert rules(found) == [("S0", FlagRule.REPEATED_CLOSE)] * 2
    assert found["session"].tolist() == [at(frames, row=DAY - 1), at(frames)]
    assert found["detail"].str.extract(r"on (\d+) sessions")[0].tolist() == ["3", "4"]


def test_a_market_that_stands_still_says_nothing():
    frames = quiet_market()
    for frame in frames.values():
        frame.loc[DAY - 3 : DAY, "close"] = frame["close"][DAY - 3]
    assert find_flags(panel(frames)).empty


@pytest.mark.parametrize(("n_missing", "flagged"), [(5, False), (6, True), (20, True)])
def test_a_gap(n_missing, flagged):
    frames = quiet_market()
    frames["S0"] = frames["S0"].drop(index=range(DAY - n_missing, DAY))
    found = find_flags(panel(frames))
    assert rules(found) == [("S0", FlagRule.GAP)] * flagged
    if flagged:
        before = frames["S1"]["session"][DAY - n_missing - 1]
        assert found["detail"].tolist() == [f"{n_missing} sessions without a bar since {before:%Y-%m-%d}"]
        assert found["session"].tolist() == [at(frames, "S1")]


@pytest.mark.parametrize(
    ("n_missing", "factor", "reused"),
    [(21, 1.5, True), (21, 0.55, True), (20, 1.5, False), (21, 1.2, False)],
)
def test_another_company_under_the_same_ticker(n_missing, factor, reused):
    frames = quiet_market()
    frame = scale(frames["S0"], DAY, factor)
    frame.loc[DAY:, "close"] *= frames["S0"]["close"][DAY - n_missing - 1] / frames["S0"]["close"][DAY]
    frames["S0"] = frame.drop(index=range(DAY - n_missing, DAY))
    found = find_flags(panel(frames))
    assert (FlagRule.TICKER_REUSE in found["rule"].tolist()) is reused
    assert FlagRule.GAP in found["rule"].tolist()


def test_no_share_traded_and_indices_are_exempt():
    frames = quiet_market()
    frames["S0"].loc[DAY, "volume"] = 0.0
    frames["^IDX"] = frames["S1"].assign(volume=0.0)
    found = find_flags(panel(frames))
    assert rules(found) == [("S0", FlagRule.ZERO_VOLUME)]
    frames["^IDX"] = frames["S1"].assign(volume=np.nan)
    assert rules(find_flags(panel(frames))) == [("S0", FlagRule.ZERO_VOLUME)]


def test_nothing_in_nothing_out():
    pd.testing.assert_frame_equal(
        find_flags(panel({"S0": quiet_market()["S0"][:0]})), empty_frame(FLAG_COLUMNS)
    )


def messy_market(seed, n_sessions=420):
    """A market full of planted defects of every kind."""
    rng = np.random.default_rng(seed)
    frames = quiet_market(n_symbols=7, n_sessions=n_sessions, seed=seed)
    for name, quiet in frames.items():
        frame = quiet
        for row in rng.choice(np.arange(70, n_sessions), 4, replace=False).tolist():
            frame = scale(frame, row, rng.choice([0.5, 0.6, 1.5, 2.0]))
        row = int(rng.integers(80, n_sessions - 10))
        frame.loc[row : row + 4, "close"] = frame["close"][row]
        frame.loc[rng.integers(0, n_sessions, 3), "volume"] = 0.0
        is_split = rng.random(n_sessions) < 0.01
        first = int(rng.integers(100, n_sessions - 60))
        frame = frame.assign(split=np.where(is_split, 2.0, 1.0), dividend=np.where(is_split, 0.3, 0.0))
        frames[name] = frame.drop(index=range(first, first + int(rng.integers(1, 45))))
    return frames


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000))
def test_an_implementation_in_plain_loops_agrees(seed):
    market = panel(messy_market(seed))
    found = find_flags(market)
    expected = plain_flags(market)
    assert list(zip(found["symbol"], found["session"].dt.date, found["rule"], strict=True)) == expected
    assert {rule for _, _, rule in expected} >= {FlagRule.UNEXPLAINED_MOVE, FlagRule.ZERO_VOLUME}


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(150, 410))
def test_flags_do_not_change_when_later_bars_arrive(seed, cut):
    market = panel(messy_market(seed))
    last = sessions(420)[cut]
    known_now = find_flags(market)
    known_then = find_flags(cut_panel(market, last))
    pd.testing.assert_frame_equal(known_then, known_now[known_now["session"] <= last].reset_index(drop=True))


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(280, 410))
def test_a_panel_that_begins_early_enough_gives_the_same_flags(seed, begin):
    """Only bars from a session on are looked at, in a panel without what lies further back than needed."""
    market = panel(messy_market(seed))
    days = sessions(420)
    whole = find_flags(market)
    expected = whole[whole["session"] >= days[begin]].reset_index(drop=True)
    pd.testing.assert_frame_equal(find_flags(market, from_session=days[begin]), expected)
    first = days[begin - FlagSettings().lookback_sessions]
    late = _cut_off_before(market, first)
    if (late.session[late.starts[:-1]] < days[begin]).all():
        pd.testing.assert_frame_equal(find_flags(late, from_session=days[begin]), expected)


def _cut_off_before(market, first):
    keep = market.session >= first
    kept = np.add.reduceat(keep, market.starts[:-1])
    columns = {
        field.name: getattr(market, field.name)[keep]
        for field in dataclasses.fields(market)
        if field.name not in ("symbols", "instrument_ids", "starts")
    }
    starts = np.concatenate(([0], np.cumsum(kept))).astype(np.int64)
    return dataclasses.replace(market, starts=starts, **columns)
