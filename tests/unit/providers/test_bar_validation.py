"""Every hard rule of a bar, and no complaint about what is right."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.errors import InvalidMarketDataError
from models.domain.market import BAR_COLUMNS, Dataset, MarketData, PriceBasis
from services.providers.bar_validation import check_market_data, validate_market_data
from tests.unit.quant.factories import random_bars, weekdays

TODAY = date(2026, 1, 5)
GOOD = {"open": 10.0, "high": 11.0, "low": 9.0, "close": 10.5, "volume": 100.0, "adj_close": 5.0}


def _market(bars):
    return MarketData(Dataset("files", "f" * 64, "Files", PriceBasis.RAW), (), bars)


def _bars(**changes):
    """Three good bars, the middle one changed."""
    rows = [{"symbol": "XYZ", "session": day, **GOOD} for day in weekdays(3).astype("datetime64[s]")]
    rows[1] |= changes
    return pd.DataFrame(rows)


def test_good_bars_pass():
    check_market_data(_market(_bars().astype(dict(BAR_COLUMNS))))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"open": np.nan}, "a price is missing"),
        ({"high": np.inf}, "not finite"),
        ({"close": None}, "a price is missing"),
        ({"low": "n/a"}, "low is no number"),
        ({"volume": "12"}, "volume is no number"),
        ({"adj_close": "<html>"}, "adj_close is no number"),
        ({"low": 0.0}, "not positive"),
        ({"open": -10.0}, "not positive"),
        ({"high": 8.0, "low": 9.0}, "high is below low"),
        ({"open": 11.0012}, "outside low and high"),
        ({"close": 8.999}, "outside low and high"),
        ({"volume": -1.0}, "volume is missing, negative"),
        ({"volume": np.nan}, "volume is missing, negative"),
        ({"volume": np.inf}, "not finite"),
    ],
)
def test_a_broken_bar_is_refused_by_name_with_its_rule_and_the_cure(changes, rule):
    with pytest.raises(InvalidMarketDataError) as caught:
        check_market_data(_market(_bars(**changes)))
    message = str(caught.value)
    assert rule in message
    assert "1 of 3 bars" in message
    assert "XYZ on 2010-01-05" in message
    assert "Nothing was stored; mend the source and ingest again" in message


def test_a_bar_that_stands_twice():
    bars = _bars(session=weekdays(1).astype("datetime64[s]")[0])
    with pytest.raises(InvalidMarketDataError, match=r"2 of 3 bars.*stands twice.*XYZ on 2010-01-04"):
        check_market_data(_market(bars))


@pytest.mark.parametrize("changes", [{"symbol": None}, {"session": pd.NaT}])
def test_a_bar_without_symbol_or_session(changes):
    with pytest.raises(
        InvalidMarketDataError, match=r"1 of 3 bars.*symbol or session is missing.*mend the source"
    ):
        check_market_data(_market(_bars(**changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {"open": 11.001, "close": 8.9992},  # within rounding of high and low
        {"volume": 0.0},
        {"adj_close": np.nan},
        {"symbol": "^IDX", "volume": np.nan},
        {"open": 10.0, "high": 10.0, "low": 10.0, "close": 10.0},
    ],
)
def test_what_is_allowed(changes):
    check_market_data(_market(_bars(**changes)))


@pytest.mark.parametrize("column", list(BAR_COLUMNS))
def test_a_missing_column_is_named(column):
    with pytest.raises(
        InvalidMarketDataError, match=rf"files lack the columns {column};.*expected symbol, session"
    ):
        check_market_data(_market(_bars().drop(columns=column)))


def test_no_bars_at_all_keep_what_is_stored():
    with pytest.raises(InvalidMarketDataError, match=r"no bars; what is stored stays.*DATA_PROVIDER"):
        check_market_data(_market(_bars().iloc[:0]))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.sampled_from([1e-3, 1.0, 1e6]))
def test_valid_random_bars_pass_and_one_broken_among_them_is_found(seed, n, price):
    rng = np.random.default_rng(seed)
    frames = [
        random_bars(rng, n, price).assign(
            symbol=name, session=weekdays(n).astype("datetime64[s]"), adj_close=np.nan
        )
        for name in ("A", "B", "^I")
    ]
    bars = pd.concat(frames, ignore_index=True)[list(BAR_COLUMNS)]
    bars.loc[bars["symbol"] == "^I", "volume"] = np.nan
    check_market_data(_market(bars))
    row = int(rng.integers(0, len(bars)))
    column = rng.choice(["open", "high", "low", "close"])
    beyond = price * (1e-6 if column == "high" else 1e6)
    bars.loc[row, column] = rng.choice([np.nan, -1.0, 0.0, np.inf, beyond])
    name, day = bars.loc[row, "symbol"], bars.loc[row, "session"]
    with pytest.raises(InvalidMarketDataError) as caught:
        check_market_data(_market(bars))
    assert f"{name} on {day:%Y-%m-%d}" in str(caught.value)


def test_bars_that_break_a_rule_are_put_aside_with_their_prices():
    market = validate_market_data(_market(_bars(low=12.0)), TODAY)
    assert len(market.bars) == 2
    assert market.validated
    row = market.rejected.iloc[0]
    assert (row["rule"], row["detail"][:24]) == ("high_below_low", "open 10, high 11, low 12")
    assert row[["open", "high", "low", "close", "volume", "adj_close"]].tolist() == [
        10.0, 11.0, 12.0, 10.5, 100.0, 5.0,
    ]  # fmt: skip
    unreadable = validate_market_data(_market(_bars(open="ten", high=np.inf)), TODAY).rejected.iloc[0]
    assert unreadable[["open", "high"]].isna().all()
    assert unreadable["low"] == 9.0


def test_what_a_provider_has_validated_is_not_looked_at_again():
    market = replace(_market(_bars(low=12.0)), validated=True)
    assert validate_market_data(market, TODAY) is market
    with pytest.raises(InvalidMarketDataError, match="gave no bars"):
        validate_market_data(replace(market, bars=market.bars.iloc[:0]), TODAY)
    with pytest.raises(InvalidMarketDataError, match="lack the columns open"):
        validate_market_data(replace(market, bars=market.bars.drop(columns="open")), TODAY)


def test_bars_of_an_index_on_days_without_a_session_are_dropped_and_counted():
    index = _bars(session=pd.Timestamp("2010-01-01")).assign(symbol="^IDX", volume=np.nan)
    share = _bars(session=pd.Timestamp("2010-01-01"))
    market = validate_market_data(_market(pd.concat([index, share], ignore_index=True)), TODAY)
    assert market.rejected[["symbol", "rule"]].to_numpy().tolist() == [["XYZ", "no_session"]]
    assert market.notes == ("1 bars of indices on days without a session dropped",)
    assert len(market.bars) == 4


def test_rows_that_say_the_same_again_are_counted_by_symbol():
    bars = _bars()
    other = bars.iloc[:1].assign(symbol="ABC")
    twice = pd.concat([bars, bars.iloc[[0, 2, 0]], other], ignore_index=True)
    market = validate_market_data(_market(twice), TODAY)
    assert len(market.bars) == 4
    assert market.repeats == {"XYZ": 3}
    assert market.rejected.empty


def test_what_is_left_of_a_feed_of_nothing_but_defects():
    broken = _bars().assign(close=-1.0)
    with pytest.raises(InvalidMarketDataError, match=r"All 3 bars of provider files break a hard rule"):
        validate_market_data(_market(broken), TODAY)
