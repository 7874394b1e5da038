"""Every hard rule of a bar, and no complaint about what is right."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.errors import InvalidMarketDataError
from models.domain.market import BAR_COLUMNS, Dataset, MarketData, PriceBasis
from services.providers.bar_validation import check_market_data
from tests.unit.quant.factories import random_bars, weekdays

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
