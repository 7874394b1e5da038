"""What the real client brings of a vendor on this machine, and what is stored of it."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from models.domain.market import EventKind, PriceBasis
from services.providers.yfinance.incremental import OVERLAP_SESSIONS
from tests.integration.providers.conftest import SESSIONS, TEN
from tests.integration.providers.vendor_market import Listing, closed

pytestmark = pytest.mark.slow


def column(panel, symbol, name):
    place = panel.symbols.index(symbol)
    return getattr(panel, name)[panel.starts[place] : panel.starts[place + 1]]


def adjusted(panel, symbol):
    growth = column(panel, symbol, "gross_growth")
    return column(panel, symbol, "close") * growth / growth[-1]


def test_ten_symbols_with_names_benchmark_and_volatility_index(desk):
    result = desk.ingest()
    assert (result.is_partial, result.detail["symbols"], result.rows_written) == (False, 10, 12 * 200 + 4)
    status = desk.status()
    assert (status.n_symbols, status.dataset.benchmark) == (10, "SPY")
    assert status.dataset.price_basis is PriceBasis.SPLIT_ADJUSTED
    assert (status.first_session, status.last_session) == (SESSIONS[0], SESSIONS[199])
    members = desk.instruments().set_index("symbol")
    assert members.loc["BB", "name"] == "B Incorporated"
    assert members.loc["BB", "sector"] == "Information Technology"
    assert sorted(members.index[~members["in_universe"]]) == ["SPY", "^VIX"]


def test_closes_are_what_the_vendor_says_in_the_shortest_decimals(desk, vendor):
    desk.ingest()
    told = vendor.listings["BB"].told(199)["close"]
    stored = column(desk.panel(), "BB", "close")
    assert (stored.astype(np.float32) == told.astype(np.float32)).all()
    assert [float(str(np.float32(price))) for price in told] == stored.tolist()


def test_adjusted_closes_are_the_vendors_own(desk, vendor):
    """Its column is not read: splits and dividends and the textbook's formula give the same."""
    desk.ingest()
    panel = desk.panel()
    for symbol in ("AA", "BB"):
        np.testing.assert_allclose(
            adjusted(panel, symbol), vendor.listings[symbol].told(199)["adjclose"], rtol=3e-7
        )


def test_a_split_is_kept_for_people_and_applied_once(desk, vendor):
    """A holder's wealth: quoted close, shares doubled at the split, dividends bought back in."""
    desk.ingest()
    listing, panel = vendor.listings["AA"], desk.panel()
    shares, worth = 1.0, []
    for place in range(200):
        if place:
            before = listing.close[place - 1] / listing.splits.get(place, 1.0)
            shares *= listing.splits.get(place, 1.0)
            shares /= 1.0 - listing.dividends.get(place, 0.0) / before
        worth.append(shares * listing.close[place])
    wealth = column(panel, "AA", "close") * column(panel, "AA", "gross_growth")
    np.testing.assert_allclose(wealth / wealth[0], np.array(worth) / worth[0], rtol=3e-7)
    events = desk.read("SELECT kind, session, value FROM events ORDER BY session, kind")
    assert events["kind"].tolist() == ["dividend", "dividend", "split", "dividend"]
    assert events["value"].tolist() == pytest.approx([0.4, 0.4, 2.0, 0.45])


def test_an_evening_later_only_the_last_sessions_are_asked_for(desk, vendor, time):
    desk.ingest()
    vendor.asked.clear()
    time.time = closed(SESSIONS[200])
    firsts = []
    listing, chart = vendor.listings["BB"], vendor.listings["BB"].chart
    listing.chart = lambda symbol, now, first: firsts.append(first) or chart(symbol, now, first)
    assert desk.ingest().rows_written == 12
    assert set(vendor.charts().values()) == {1}
    wanted = pd.Timestamp(SESSIONS[200 - OVERLAP_SESSIONS]).tz_localize("America/New_York")
    assert firsts == [wanted.timestamp()]
    assert not [what for what, _ in vendor.asked if what == "summary"], "names and sectors are kept"


def test_the_same_evening_again_changes_nothing(desk):
    desk.ingest()
    assert desk.ingest().rows_written == 0
    assert desk.read("SELECT * FROM bar_versions").empty


def test_evenings_one_by_one_give_what_one_fetch_gives(desk, other_desk, time):
    """Through a dividend: increments and the whole history adjust alike."""
    for place in (150, 154, 156, 165, 199):
        time.time = closed(SESSIONS[place])
        desk.ingest()
    other_desk.ingest()
    for symbol in ("AA", "CC"):
        step, whole = desk.panel(), other_desk.panel()
        np.testing.assert_array_equal(column(step, symbol, "session"), column(whole, symbol, "session"))
        np.testing.assert_allclose(adjusted(step, symbol), adjusted(whole, symbol), rtol=1e-12)


def test_after_a_split_the_whole_history_comes_again(desk, vendor, time):
    """Place 120 splits two for one: what was believed before is kept, and the growth stays whole."""
    time.time = closed(SESSIONS[119])
    desk.ingest()
    before = time.now()
    vendor.asked.clear()
    time.time = closed(SESSIONS[121])
    desk.ingest()
    assert vendor.charts()["AA"] == 2
    assert vendor.charts()["BB"] == 1
    now, then = desk.panel(), desk.panel(known_by=before)
    np.testing.assert_allclose(
        column(now, "AA", "close")[:120] * 2.0, column(then, "AA", "close")[:120], rtol=3e-7
    )
    np.testing.assert_allclose(adjusted(now, "AA"), vendor.listings["AA"].told(121)["adjclose"], rtol=3e-7)
    np.testing.assert_allclose(adjusted(then, "AA"), vendor.listings["AA"].told(119)["adjclose"], rtol=3e-7)


def test_one_corrected_close_is_a_version_and_no_split(desk, vendor, time):
    desk.ingest()
    vendor.listings["BB"].close[195] *= 1.01
    vendor.asked.clear()
    time.time = closed(SESSIONS[200])
    desk.ingest()
    assert vendor.charts()["BB"] == 1
    assert desk.read("SELECT session FROM bar_versions")["session"].tolist() == [SESSIONS[195]]


@pytest.mark.parametrize(("minutes", "last"), [(-300, 198), (-1, 198), (29, 198), (30, 199)])
def test_todays_bar_is_stored_only_when_it_is_settled(desk, time, minutes, last):
    time.time = closed(SESSIONS[199], minutes_later=minutes)
    desk.ingest()
    assert desk.status().last_session == SESSIONS[last]


def test_a_dividend_of_today_waits_for_its_bar(desk, time):
    time.time = closed(SESSIONS[155], minutes_later=-60)
    desk.ingest()
    assert (desk.read("SELECT max(session) AS last FROM events")["last"] < SESSIONS[155]).all()


def test_classes_of_shares_are_translated(make_desk, vendor):
    vendor.listings["BRK-B"] = replace(vendor.listings["BB"], name="Berkshire Hathaway Inc.")
    desk = make_desk(("BRK-B", "AA"))
    desk.ingest()
    assert desk.instruments()["symbol"].tolist() == ["AA", "BRK.B", "SPY", "^VIX"]
    assert vendor.charts()["BRK-B"] == 1


def test_a_symbol_that_leaves_the_universe_stays_stored(desk, make_desk):
    desk.ingest()
    smaller = make_desk(TEN[:4], engine=desk.engine)
    smaller.ingest()
    assert smaller.status().n_symbols == 4
    assert desk.count("bars") == 12 * 200
    assert desk.count("datasets") == 1


def test_sectors_that_cannot_be_had_cost_nothing_else(desk, vendor):
    vendor.broken["summary"] = "500"
    result = desk.ingest()
    assert not result.is_partial
    assert desk.instruments()["sector"].isna().all()
    assert len({symbol for what, symbol in vendor.asked if what == "summary"}) < len(TEN)
    del vendor.broken["summary"]
    desk.ingest()
    assert desk.instruments().set_index("symbol").loc[list(TEN), "sector"].notna().all()


def test_a_listing_that_ends_is_a_failure_first_and_a_delisting_after_five_sessions(desk, vendor, time):
    desk.ingest()
    del vendor.listings["CC"]
    time.time = closed(SESSIONS[204])
    soon = desk.ingest()
    assert soon.is_partial
    assert "CC (No data found, symbol may be delisted)" in soon.message
    assert desk.read(f"SELECT * FROM events WHERE kind = '{EventKind.DELISTING}'").empty
    time.time = closed(SESSIONS[205])
    assert desk.ingest().is_partial, "of the others five sessions more are stored"
    time.time = closed(SESSIONS[206])
    later = desk.ingest()
    assert not later.is_partial
    (event,) = desk.read(f"SELECT * FROM events WHERE kind = '{EventKind.DELISTING}'").to_dict("records")
    assert (event["session"], event["detail"]) == (SESSIONS[199], "No data found, symbol may be delisted")
    assert event["value"] == column(desk.panel(symbols=["CC"]), "CC", "close")[-1]
    assert desk.ingest().rows_written == 0
    assert column(desk.panel(), "CC", "close").size == 200


def test_a_time_in_which_nobody_asked_delists_nobody(desk, vendor, time):
    desk.ingest()
    del vendor.listings["CC"]
    time.time = closed(SESSIONS[220])
    assert list(desk.ingest().detail["failed"]) == ["CC"]
    assert desk.read(f"SELECT * FROM events WHERE kind = '{EventKind.DELISTING}'").empty


def test_a_newcomer_comes_with_its_history(desk, vendor, make_desk, time):
    desk.ingest()
    vendor.listings["KK"] = Listing.walk(30, SESSIONS)
    time.time += timedelta(minutes=5)
    make_desk((*TEN, "KK"), engine=desk.engine).ingest()
    assert column(desk.panel(), "KK", "close").size == 200
