"""Events given or derived, and what has already been done to prices."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.market import EventKind, PriceBasis
from services.providers.files.events import _without_rounding
from services.quant.adjustment import growth_factors
from tests.unit.providers.files.writing import fetch, make_bars


def _with_events(n=200, seed=3, split=4.0, symbols=("AAPL",)):
    """Return raw bars with a dividend at sessions 40 and 90, a split at 120, and the adjusted close."""
    frames = []
    for at, symbol in enumerate(symbols):
        bars = make_bars([symbol], n=n, seed=seed + at)
        bars["dividend"], bars["split"] = 0.0, 1.0
        bars.loc[[40, 90], "dividend"] = [0.37, 0.41]
        bars.loc[120, "split"] = split
        for name in ("open", "high", "low", "close"):
            bars.loc[120:, name] = np.round(bars.loc[120:, name] / split, 2)
        bars["high"], bars["low"] = bars["high"] + 0.01, bars["low"] - 0.01
        gross, _ = growth_factors(
            np.array([0, n]), bars["close"].to_numpy(), bars["dividend"].to_numpy(), bars["split"].to_numpy()
        )
        bars["adj_close"] = bars["close"] * gross / gross[-1]
        frames.append(bars)
    return pd.concat(frames, ignore_index=True)


def _split_adjusted(bars, split=4.0):
    """Return what Yahoo makes of raw bars: prices and dividends over the split to come."""
    early = bars["session"] < bars["session"].iloc[120]
    result = bars.copy()
    for name in ("open", "high", "low", "close", "dividend"):
        result.loc[early, name] = result.loc[early, name] / split
    result.loc[early, "volume"] *= split
    return result


def _adjusted_closes(found):
    """Return each bar's close adjusted as of the last session, from the events found."""
    bars = found.bars.assign(dividend=0.0, split=1.0).set_index(["symbol", "session"])
    for kind in ("dividend", "split"):
        events = found.events[found.events["kind"] == kind].set_index(["symbol", "session"])["value"]
        bars.loc[events.index, kind] = events
    starts = np.append(np.flatnonzero(~bars.index.get_level_values(0).duplicated()), len(bars))
    arrays = (bars[name].to_numpy() for name in ("close", "dividend", "split"))
    gross, _ = growth_factors(starts, *arrays)
    last = np.repeat(gross[starts[1:] - 1], np.diff(starts))
    return bars["close"].to_numpy() * gross / last


def _kinds(found):
    return found.events["kind"].value_counts().to_dict()


def test_given_events_of_raw_prices_are_taken(tmp_path):
    bars = _with_events()
    bars.to_parquet(tmp_path / "a.parquet")
    found = fetch(tmp_path / "a.parquet")
    assert found.dataset.price_basis is PriceBasis.RAW
    assert found.events["value"].tolist() == [0.37, 0.41, 4.0]
    np.testing.assert_allclose(_adjusted_closes(found), bars["adj_close"], rtol=1e-12)


def test_splits_that_prices_hold_already_are_not_applied_again(tmp_path):
    bars = _split_adjusted(_with_events())
    bars.to_parquet(tmp_path / "a.parquet")
    found = fetch(tmp_path / "a.parquet")
    assert found.dataset.price_basis is PriceBasis.SPLIT_ADJUSTED
    assert _kinds(found) == {EventKind.DIVIDEND: 2}
    np.testing.assert_allclose(_adjusted_closes(found), bars["adj_close"], rtol=1e-12)


def test_zero_splits_as_yahoo_writes_them_are_none(tmp_path):
    bars = _split_adjusted(_with_events())
    names = {"dividend": "Dividends", "split": "Stock Splits", "adj_close": "Adj Close", "session": "Date"}
    bars.assign(split=bars["split"].where(bars["split"] != 1.0, 0.0)).rename(columns=names).to_csv(
        tmp_path / "a.csv"
    )
    assert _kinds(fetch(tmp_path / "a.csv")) == {EventKind.DIVIDEND: 2}


@pytest.mark.parametrize("word", ["4:1", "4/1", "4-for-1", "4 for 1", "4.0"])
def test_splits_in_words(tmp_path, word):
    bars = _with_events()
    bars = bars.assign(split=bars["split"].astype(str).replace({"1.0": "", "4.0": word}))
    bars.to_csv(tmp_path / "a.csv", index=False)
    found = fetch(tmp_path / "a.csv").events
    assert found.loc[found["kind"] == "split", "value"].tolist() == [4.0]


def test_dividends_beside_prices_that_hold_them_already(tmp_path):
    """What yfinance's history() gives by default: all adjusted, and the events beside."""
    bars = _with_events()
    share = bars["adj_close"] / bars["close"]
    for name in ("open", "high", "low", "close"):
        bars[name] *= share
    bars.drop(columns="adj_close").to_parquet(tmp_path / "a.parquet")
    found = fetch(tmp_path / "a.parquet")
    assert found.dataset.price_basis is PriceBasis.FULLY_ADJUSTED
    assert found.events.empty
    assert "no events are derived" in found.dataset.banner


@pytest.mark.parametrize("columns", [["dividend", "split"], ["dividend"], ["split"], []])
def test_events_are_derived_where_not_all_are_given(tmp_path, columns):
    bars = _with_events(symbols=("AAPL", "MSFT"))
    if len(columns) == 2:  # there, and empty
        bars[["dividend", "split"]] = [0.0, 1.0]
    bars.drop(columns=[name for name in ("dividend", "split") if name not in columns]).to_parquet(
        tmp_path / "a.parquet"
    )
    found = fetch(tmp_path / "a.parquet")
    assert _kinds(found) == {EventKind.DIVIDEND: 4, EventKind.SPLIT: 2}
    assert found.dataset.price_basis is PriceBasis.RAW
    np.testing.assert_allclose(_adjusted_closes(found), bars["adj_close"], rtol=1e-5)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), decimals=st.sampled_from([2, 3, 4, 6]))
def test_rounding_of_adjusted_closes_makes_no_dividends(seed, decimals):
    bars = _with_events(seed=seed)
    close, adjusted = bars["close"].to_numpy(), np.round(bars["adj_close"].to_numpy(), decimals)
    steady = _without_rounding(close, adjusted, 10.0**-decimals)
    ratio = steady / close
    moved = np.flatnonzero(np.abs(ratio[1:] / ratio[:-1] - 1.0) > 1e-6) + 1
    assert set(moved.tolist()) == {40, 90, 120}
    np.testing.assert_allclose(steady, bars["adj_close"], rtol=10.0**-decimals)


def test_many_years_without_a_split_are_split_adjusted(tmp_path):
    symbols = [f"S{at:02}" for at in range(30)]
    bars = make_bars(symbols, n=900, first="2015-01-02").assign(adj_close=np.nan)
    late = bars["session"] >= pd.Timestamp("2016-06-01")
    bars["adj_close"] = bars["close"].where(late, bars["close"] * 0.99)
    bars.to_parquet(tmp_path / "a.parquet")
    found = fetch(tmp_path / "a.parquet")
    assert found.dataset.price_basis is PriceBasis.SPLIT_ADJUSTED
    assert _kinds(found) == {EventKind.DIVIDEND: 30}
    bars.assign(adj_close=bars["close"]).to_parquet(tmp_path / "a.parquet")
    assert fetch(tmp_path / "a.parquet").dataset.price_basis is PriceBasis.FULLY_ADJUSTED


def test_nothing_declared_is_said(tmp_path):
    make_bars().to_parquet(tmp_path / "a.parquet")
    dataset = fetch(tmp_path / "a.parquet").dataset
    assert dataset.price_basis is PriceBasis.FULLY_ADJUSTED
    assert "taken as already adjusted" in dataset.banner
    assert "adjusted for splits and dividends" in dataset.label


@pytest.mark.parametrize(
    ("word", "basis"),
    [(True, PriceBasis.FULLY_ADJUSTED), (False, PriceBasis.RAW), ("yes", PriceBasis.FULLY_ADJUSTED)],
)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_flag_declares_the_basis(tmp_path, word, basis, ending):
    bars = make_bars().assign(adjusted=word)
    path = tmp_path / f"a.{ending}"
    bars.to_csv(path, index=False) if ending == "csv" else bars.to_parquet(path)
    found = fetch(path)
    assert found.dataset.price_basis is basis
    assert "taken as" not in found.dataset.banner
    assert found.bars["adj_close"].isna().all()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_adjusted_may_also_be_the_adjusted_close(tmp_path, ending):
    bars = _with_events().drop(columns=["dividend", "split"]).rename(columns={"adj_close": "Adjusted"})
    path = tmp_path / f"a.{ending}"
    bars.to_csv(path, index=False) if ending == "csv" else bars.to_parquet(path)
    assert _kinds(fetch(path)) == {EventKind.DIVIDEND: 2, EventKind.SPLIT: 1}


def test_an_event_counts_though_its_bar_is_refused(tmp_path):
    bars = _with_events()
    bars.loc[40, "open"] = np.nan
    bars.to_parquet(tmp_path / "a.parquet")
    found = fetch(tmp_path / "a.parquet")
    assert len(found.rejected) == 1
    assert _kinds(found) == {EventKind.DIVIDEND: 2, EventKind.SPLIT: 1}
