"""Rows at fault are put aside with their reason, and lose no others."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.market import REJECTED_COLUMNS, BarRule
from services.providers.bar_validation import validate_bars
from tests.unit.providers.files.writing import PRICES, StandingClock, fetch, make_bars, write

TODAY = StandingClock().now().date()


def _one_bad(line):
    """Return thirty bars, the sixth line's open exchanged for something else."""
    lines = ["date,symbol,open,high,low,close,volume"]
    lines += [
        f"{day:%Y-%m-%d},AAPL,{o},{h},{low},{c},{v:.0f}"
        for _, day, o, h, low, c, v in make_bars(["AAPL"]).itertuples(index=False)
    ]
    lines[5] = line
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("line", "rule", "detail"),
    [
        ("2020-01-08,AAPL,ten,11,9,10,5", BarRule.MISSING_FIELD, "open “ten” is no number"),
        ("2020-01-08,AAPL,,11,9,10,5", BarRule.MISSING_FIELD, "open nan, high 11"),
        ("2020-01-08,AAPL,inf,11,9,10,5", BarRule.MISSING_FIELD, "open"),
        ("2020-01-08,AAPL,10,11,9,10,", BarRule.NO_VOLUME, "volume nan"),
        ("2020-01-08,AAPL,10,11,0,10,5", BarRule.NOT_POSITIVE, "low 0"),
        ("2020-01-08,AAPL,-10,11,9,10,5", BarRule.NOT_POSITIVE, "open -10"),
        ("2020-01-08,AAPL,10,9,11,10,5", BarRule.HIGH_BELOW_LOW, "high 9, low 11"),
        ("2020-01-08,AAPL,12,11,9,10,5", BarRule.OUTSIDE_RANGE, "open 12, high 11"),
        ("2020-01-08,AAPL,10,11,9,10,-5", BarRule.NEGATIVE_VOLUME, "volume -5"),
        ("2020-01-04,AAPL,10,11,9,10,5", BarRule.NO_SESSION, "closed that day"),
        ("2031-01-08,AAPL,10,11,9,10,5", BarRule.FUTURE, "later than today, 2026-01-05"),
        ("yesterday,AAPL,10,11,9,10,5", BarRule.MISSING_FIELD, "date “yesterday” is no date"),
        ("2020-01-08,AAPL,10,11,9", BarRule.UNREADABLE, "2020-01-08,AAPL,10,11,9"),
        ("2020-01-08,,10,11,9,10,5", BarRule.MISSING_FIELD, "open 10"),
    ],
)
def test_a_row_that_breaks_a_rule_is_put_aside(tmp_path, line, rule, detail):
    (tmp_path / "a.csv").write_text(_one_bad(line))
    found = fetch(tmp_path / "a.csv")
    assert len(found.bars) == 29
    assert list(found.rejected.columns)[: len(REJECTED_COLUMNS)] == list(REJECTED_COLUMNS)
    row = found.rejected.iloc[0]
    assert len(found.rejected) == 1
    assert (row["rule"], row["source"], row["line"]) == (rule, "a.csv", 6)
    assert detail in row["detail"]


def test_lines_count_blank_ones_and_comments(tmp_path):
    text = _one_bad("2020-01-08,AAPL,10,9,11,10,5").split("\n")
    (tmp_path / "a.csv").write_text("\n".join(["# export", "", *text[:3], "", "# half", *text[3:]]))
    assert fetch(tmp_path / "a.csv").rejected["line"].tolist() == [10]


def test_repeats_collapse_and_contradictions_go(tmp_path):
    bars = make_bars(["AAPL"])
    again = bars.iloc[[3, 4]].copy()
    again.loc[again.index[1], "volume"] += 1
    found = fetch(write(tmp_path / "a.csv", pd.concat([bars, again])))
    assert len(found.bars) == 29
    assert found.rejected["rule"].tolist() == [BarRule.CONFLICT] * 2
    assert found.rejected["line"].tolist() == [6, 33]


def test_reference_rows_at_fault_are_dropped_and_counted(tmp_path):
    write(tmp_path / "stocks.csv", make_bars())
    spy = make_bars(["SPY"], n=40)
    spy.loc[2, "high"] = spy.loc[2, "low"] - 1
    vix = make_bars(["^VIX"], n=10).assign(volume=np.nan)
    vix.loc[0, "session"] = pd.Timestamp("2020-01-01")
    table = pd.concat([spy, vix])
    table["volume"] = table["volume"].fillna(-1)
    text = table.to_csv(index=False).replace(",-1.0\n", ",\n").replace("session", "date")
    (tmp_path / "beside.csv").write_text(text)
    found = fetch(tmp_path)
    assert found.rejected.empty
    assert found.bars["symbol"].value_counts().to_dict() == {"AAPL": 30, "MSFT": 30, "SPY": 29, "^VIX": 9}
    assert "1 bars of indices on days without a session dropped" in found.notes[0]
    assert (
        "1 bars of reference symbols dropped: high below low in 1, the first of them SPY on 2020-01-06 "
        "(beside.csv line 4)" in found.notes[1]
    )
    assert "10 bars of reference symbols after 2020-02-13 left out" in found.notes[2]


@pytest.mark.slow
@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_parting_agrees_with_one_row_at_a_time(seed):
    rng = np.random.default_rng(seed)
    bars = make_bars(["B", "A", "^I"], n=12, seed=seed).assign(adj_close=np.nan)
    for _ in range(8):
        row, name = int(rng.integers(len(bars))), rng.choice([*PRICES, "volume"])
        bars.loc[row, name] = rng.choice([np.nan, 0.0, -1.0, np.inf, 1e9, 1.0])
    moved = rng.integers(0, len(bars), 3)
    bars.loc[moved, "session"] = rng.choice(bars["session"].to_numpy(), 3)
    bars = pd.concat([bars, bars.sample(4, random_state=seed % 1000)], ignore_index=True)
    clean, rejected = validate_bars(bars.sample(frac=1, random_state=seed % 997), TODAY)

    def sound(row):
        o, h, low, c, v = (row[name] for name in (*PRICES, "volume"))
        if not all(np.isfinite([o, h, low, c])) or min(o, h, low, c) <= 0 or h < low:
            return False
        if min(o, c) < low * (1 - 1e-4) or max(o, c) > h * (1 + 1e-4):
            return False
        return row["symbol"].startswith("^") or (np.isfinite(v) and v >= 0)

    kept = bars[bars.apply(sound, axis=1)].drop_duplicates()
    n_each = kept.groupby(["symbol", "session"])["open"].transform("size")
    expected = kept[n_each == 1].sort_values(["symbol", "session"], ignore_index=True)
    pd.testing.assert_frame_equal(clean.reset_index(drop=True), expected)
    assert len(rejected) == len(bars[~bars.apply(sound, axis=1)]) + len(
        _all_of(bars, sound, kept[n_each > 1])
    )


def _all_of(bars, sound, conflicts):
    keys = set(map(tuple, conflicts[["symbol", "session"]].itertuples(index=False)))
    sound_rows = bars[bars.apply(sound, axis=1)]
    return [row for row in sound_rows[["symbol", "session"]].itertuples(index=False) if tuple(row) in keys]


def test_sound_bars_pass_as_they_are():
    bars = make_bars().assign(adj_close=np.nan)
    clean, rejected = validate_bars(bars, TODAY)
    assert clean is bars
    assert rejected.empty
    old = bars.assign(session=pd.Timestamp("1970-01-02"))[:1]
    assert len(validate_bars(old, TODAY)[0]) == 1
