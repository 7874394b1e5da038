"""The provider ``files`` on real panels."""

import numpy as np
import pandas as pd
import pytest

from models.domain.errors import InvalidMarketDataError
from models.domain.market import GICS_SECTORS, PriceBasis
from services.quant.adjustment import growth_factors
from tests.unit.providers.files.writing import fetch

pytestmark = pytest.mark.real_data

# Their events are incomplete in the source.
WITHOUT_EVENTS = {"TMUS", "TRMB", "ZBRA"}


@pytest.fixture(scope="module")
def sp500(real_data):
    names = ("sp500_daily.parquet", "sectors.csv", "benchmark.parquet")
    return fetch(*(real_data / "sp500" / name for name in names))


def _largest_error(found):
    """Return by symbol how far adjusted closes, scaled to the vendor's last, lie from the vendor's."""
    members = [member.symbol for member in found.instruments if member.in_universe]
    bars = found.bars[found.bars["symbol"].isin(members)].set_index(["symbol", "session"])
    bars = bars.assign(dividend=0.0, split=1.0)
    for kind in ("dividend", "split"):
        events = found.events[found.events["kind"] == kind].set_index(["symbol", "session"])["value"]
        events = events[events.index.isin(bars.index)]
        bars.loc[events.index, kind] = events
    names = bars.index.get_level_values(0)
    starts = np.append(np.flatnonzero(~names.duplicated()), len(bars))
    gross, _ = growth_factors(starts, *(bars[name].to_numpy() for name in ("close", "dividend", "split")))
    adjusted = bars["close"].to_numpy() * gross
    scale = (bars["adj_close"].to_numpy() / adjusted)[starts[1:] - 1]
    error = np.abs(adjusted * np.repeat(scale, np.diff(starts)) / bars["adj_close"].to_numpy() - 1.0)
    return pd.Series(np.fmax.reduceat(error, starts[:-1]), index=names[starts[:-1]])


def test_the_whole_index_is_read(sp500):
    members = {member.symbol for member in sp500.instruments if member.in_universe}
    assert len(members) == 504
    assert int(sp500.bars["symbol"].isin(members).sum()) == 2_402_891
    assert {m.sector for m in sp500.instruments if m.in_universe} == set(GICS_SECTORS.values())
    assert sp500.dataset.price_basis is PriceBasis.RAW
    assert sp500.dataset.benchmark == "SPY"
    assert {"SPY", "^GSPC", "^VIX"} <= {m.symbol for m in sp500.instruments if not m.in_universe}
    assert sp500.bars["session"].max() == pd.Timestamp("2021-04-21")
    assert sp500.rejected.empty
    assert "BRK.B" in members
    key = sp500.bars[["symbol", "session"]]
    assert not key.duplicated().any()
    assert sp500.bars["symbol"].is_monotonic_increasing


def test_adjusted_closes_equal_the_vendors(sp500):
    error = _largest_error(sp500)
    assert set(error.index[error > 1e-3]) == WITHOUT_EVENTS
    assert error.median() < 1e-6


def test_the_same_from_text(sp500, real_data, tmp_path):
    frame = pd.read_parquet(real_data / "sp500" / "sp500_daily.parquet")
    symbols = ["A", "BRK.B", "ZTS"]
    frame = frame[frame["symbol"].isin(symbols)]
    frame.to_csv(tmp_path / "some.csv", index=False, date_format="%Y-%m-%d")
    found = fetch(tmp_path / "some.csv")
    expected = sp500.bars[sp500.bars["symbol"].isin(symbols)].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.bars, expected, rtol=1e-6)
    assert len(found.events) == int(sp500.events["symbol"].isin(symbols).sum())


def test_derived_events_make_the_vendors_adjusted_closes(real_data, tmp_path):
    frame = pd.read_parquet(real_data / "sp500" / "sp500_daily.parquet")
    frame.drop(columns=["dividend", "split"]).to_parquet(tmp_path / "bare.parquet")
    found = fetch(tmp_path / "bare.parquet")
    assert found.dataset.price_basis is PriceBasis.RAW
    assert (_largest_error(found) <= 1e-3).all()


def test_a_membership_file(real_data):
    names = ("sp500_daily.parquet", "sp500_membership.csv")
    found = fetch(*(real_data / "sp500" / name for name in names))
    assert len(found.membership) == 1_230
    assert "have no prices here" in found.dataset.survivorship_note
    spells = found.membership[found.membership["symbol"] == "AAL"]
    assert spells["start"].dt.year.tolist() == [1996, 2015]
    assert sum(member.in_universe for member in found.instruments) > 480


def test_split_adjusted_prices_with_adjusted_closes(real_data):
    found = fetch(real_data / "acl18" / "price_raw.parquet", real_data / "acl18" / "StockTable.tsv")
    assert len(found.instruments) == 88
    assert len(found.bars) == 108_589
    assert found.rejected["rule"].tolist() == ["missing_field"] * 3
    assert found.dataset.price_basis is PriceBasis.SPLIT_ADJUSTED
    assert set(found.events["kind"]) == {"dividend"}
    assert (_largest_error(found) > 1e-3).sum() == 0
    assert {m.symbol: m.sector for m in found.instruments}["XOM"] == "Materials"


def test_a_panel_with_defects_keeps_the_rest(real_data):
    found = fetch(real_data / "dirty" / "all_stocks_5yr.parquet")
    assert len(found.bars) == 619_017
    assert found.rejected["rule"].value_counts().to_dict() == {
        "missing_field": 11,
        "open_or_close_outside_range": 11,
        "high_below_low": 1,
    }


def test_an_error_saved_as_a_price_file(real_data):
    with pytest.raises(InvalidMarketDataError, match="line 1: is JSON, perhaps a vendor's error"):
        fetch(real_data / "dirty" / "DA-BF.B-T-2021-04-21.csv")


def test_ghost_bars_on_holidays_are_put_aside(real_data):
    with pytest.raises(
        InvalidMarketDataError, match=r"no session in 169, the first of them AIRI on 2015-04-03"
    ):
        fetch(real_data / "dirty" / "pystock_holiday_ghost_bars.csv")


def test_two_panels_that_disagree(real_data):
    names = ("sp500_daily.parquet", "sp500_adj_2010_2026.parquet")
    with pytest.raises(InvalidMarketDataError, match=r"disagree on A on 2010-01-04"):
        fetch(*(real_data / "sp500" / name for name in names))
