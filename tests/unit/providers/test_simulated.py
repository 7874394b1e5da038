"""The simulated provider: its contract, and that a later day only adds."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from models.domain.errors import InvalidMarketDataError, InvalidRequestError
from models.domain.market import (
    BAR_COLUMNS,
    EVENT_COLUMNS,
    GICS_SECTORS,
    MEMBERSHIP_COLUMNS,
    EventKind,
    PriceBasis,
)
from models.domain.settings import Settings
from services.providers.bar_validation import validate_market_data
from services.providers.registry import open_provider
from services.providers.simulated import SimulatedProvider
from services.quant.adjustment import growth_factors
from services.quant.market_simulation.market import simulate_market
from services.quant.market_simulation.settings import SimulationSettings

# The close of Thursday 20 November 2025, 16:00 in New York.
CLOSE = datetime(2025, 11, 20, 21, tzinfo=UTC)
# More happens within a few years than by default.
LIVELY = SimulationSettings(24, share_listed_late=0.6, delistings_per_year=0.2)


class FixedClock:
    def __init__(self, now):
        self._now = now

    def now(self):
        return self._now


def _no_progress(done, total, message):
    pass


def _fetch(now=CLOSE, **chosen):
    return SimulatedProvider(clock=FixedClock(now), **chosen).fetch(_no_progress)


def _lively(now=CLOSE, **chosen):
    return _fetch(now, **{"simulation": LIVELY, "seed": 5, "first_day": date(2020, 1, 1), **chosen})


@pytest.fixture(scope="module")
def market():
    return open_provider(Settings(data_provider="simulated"), FixedClock(CLOSE)).fetch(_no_progress)


@pytest.mark.parametrize("chosen", [{}, {"simulation": LIVELY, "seed": 5}])
def test_frames_keep_their_contract_and_no_bar_is_rejected(chosen):
    market = _fetch(**chosen)
    contracts = (
        (market.bars, BAR_COLUMNS, ["symbol", "session"]),
        (market.events, EVENT_COLUMNS, ["symbol", "session", "kind"]),
        (market.membership, MEMBERSHIP_COLUMNS, ["symbol", "start"]),
    )
    for frame, columns, keys in contracts:
        assert {name: str(kind) for name, kind in frame.dtypes.items()} == dict(columns)
        assert not frame.duplicated(keys).any()
        pd.testing.assert_frame_equal(frame, frame.sort_values(keys, ignore_index=True))
    checked = validate_market_data(market, CLOSE.date())
    assert checked.rejected.empty
    assert checked.bars is market.bars, "nothing had to be sorted or dropped"


def test_the_largest_universe_is_in_the_order_of_the_contract():
    market = _fetch(
        simulation=SimulationSettings(10_000, share_listed_late=0.0), first_day=date(2025, 11, 18)
    )
    assert market.bars["symbol"].is_monotonic_increasing
    assert market.membership["symbol"].is_monotonic_increasing
    assert {"SIM0001", "SIM1000", "SIM10000", "SIM1001", "^SIM"} <= set(market.bars["symbol"])
    assert validate_market_data(market, CLOSE.date()).bars is market.bars


def test_instruments_and_dataset_say_what_they_are(market):
    *members, benchmark = market.instruments
    assert len(members) == 57, "three of sixty are not listed yet"
    assert {member.sector for member in members} == set(GICS_SECTORS.values())
    assert all(member.in_universe for member in members)
    first = members[0]
    assert (first.symbol, first.name, first.sector) == ("SIM0001", "Simulated 0001", "Energy")
    assert benchmark.symbol == "^SIM"
    assert not benchmark.in_universe
    assert "total return" in benchmark.name
    assert set(market.bars["symbol"]) == {instrument.symbol for instrument in market.instruments}
    dataset = market.dataset
    assert dataset.simulated
    assert not dataset.historical
    assert dataset.price_basis is PriceBasis.RAW
    assert dataset.benchmark == "^SIM"
    assert "simulated" in dataset.banner.lower()
    assert "simulated" in dataset.label.lower()
    assert dataset.provider == "simulated"
    assert not dataset.survivorship_note, "those that left are there, with when they were members"


def test_a_planted_effect_is_told():
    planted = _lively(simulation=SimulationSettings(12, signal_strength=0.093)).dataset
    assert "0.093" in planted.banner
    assert "can be predicted" in _lively().dataset.banner
    assert "can be predicted" not in planted.banner


def test_about_ten_years_up_to_the_last_session_that_has_closed(market):
    assert market.bars["session"].min() == pd.Timestamp("2016-01-04")
    assert market.bars["session"].max() == pd.Timestamp("2025-11-20")
    a_minute_before = _fetch(CLOSE - timedelta(minutes=1))
    assert a_minute_before.bars["session"].max() == pd.Timestamp("2025-11-19")
    assert _fetch(CLOSE + timedelta(days=2)).bars["session"].max() == pd.Timestamp("2025-11-21"), "a Saturday"


def test_later_the_same_day_nothing_has_changed(market):
    again = _fetch(CLOSE + timedelta(hours=2))
    assert again.dataset == market.dataset
    assert again.instruments == market.instruments
    for name in ("bars", "events", "membership"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(market, name))


@pytest.mark.parametrize("n_days", [1, 30, 400])
def test_a_later_day_only_adds(n_days):
    then, now = _lively(), _lively(CLOSE + timedelta(days=n_days))
    assert now.dataset == then.dataset
    assert set(then.instruments) <= set(now.instruments)
    for name in ("bars", "events"):
        old, new = getattr(then, name), getattr(now, name)
        assert len(new) > len(old) or name == "events"
        cut = new[new["session"] <= "2025-11-20"].reset_index(drop=True)
        pd.testing.assert_frame_equal(cut, old)
    known = now.membership[now.membership["start"] <= "2025-11-20"].reset_index(drop=True)
    known["end"] = known["end"].where(known["end"] <= "2025-11-20")
    pd.testing.assert_frame_equal(known, then.membership)


def test_members_are_those_that_trade():
    market = _lively()
    stocks = market.bars[market.bars["symbol"] != "^SIM"]
    spans = stocks.groupby("symbol")["session"].agg(["min", "max", "count"])
    spells = market.membership.set_index("symbol")
    assert (spells["start"] == spans["min"]).all()
    sessions = market.bars.loc[market.bars["symbol"] == "^SIM", "session"].reset_index(drop=True)
    gone = spells["end"].notna()
    assert 0 < gone.sum() < len(spells)
    for symbol, end in spells.loc[gone, "end"].items():
        assert sessions[sessions > spans.loc[symbol, "max"]].iloc[0] == end
    assert (spans.loc[~gone, "max"] == sessions.iloc[-1]).all()
    # No hole between the first and the last bar.
    n_between = [((sessions >= low) & (sessions <= high)).sum() for low, high in spans[["min", "max"]].values]
    assert spans["count"].tolist() == n_between


def test_one_that_left_is_known_to_have_left_on_the_next_session():
    market = _lively()
    leaving = market.membership.dropna(subset="end").iloc[-1]
    last = market.bars.loc[market.bars["symbol"] == leaving["symbol"], "session"].max()
    for day, is_gone in ((last, False), (leaving["end"], True)):
        seen = _lively(day.to_pydatetime().replace(tzinfo=UTC) + timedelta(hours=22)).membership
        end = seen.loc[seen["symbol"] == leaving["symbol"], "end"].iloc[0]
        assert pd.notna(end) == is_gone


def test_bars_and_events_are_those_of_the_simulated_market(market):
    n_sessions = market.bars["session"].nunique()
    source = simulate_market(SimulationSettings(60, n_sessions), 2016)
    stocks = market.bars[market.bars["symbol"] != "^SIM"]
    for name in ("open", "high", "low", "close", "volume"):
        wide = stocks.pivot_table(index="session", columns="symbol", values=name)
        listed = np.flatnonzero(source.listing_session >= 0)
        np.testing.assert_allclose(wide.to_numpy(), getattr(source, name)[:, listed], rtol=1e-6)
    assert (market.events["kind"] == EventKind.DIVIDEND.value).sum() == source.dividends.session.size
    assert (market.events["kind"] == EventKind.SPLIT.value).sum() == source.splits.session.size > 0
    cents = stocks["close"].to_numpy()
    np.testing.assert_array_equal(cents, np.round(cents, 2))


def test_splits_and_dividends_stand_on_their_ex_date(market):
    """Adjusted with them no session moves by a half; without them those of a split do."""
    split = market.events[market.events["kind"] == "split"]
    joined = market.bars.merge(
        market.events.pivot_table(index=["symbol", "session"], columns="kind", values="value"),
        on=["symbol", "session"],
        how="left",
    ).fillna({"dividend": 0.0, "split": 1.0})
    for symbol in split["symbol"].unique():
        rows = joined[joined["symbol"] == symbol]
        close, dividend, ratio = (rows[name].to_numpy() for name in ("close", "dividend", "split"))
        gross, _ = growth_factors(np.array([0, len(rows)]), close, dividend, ratio)
        at = np.flatnonzero(ratio != 1.0)
        quoted, adjusted = np.diff(np.log(close)), np.diff(np.log(close * gross))
        np.testing.assert_allclose(quoted[at - 1], -np.log(ratio[at]), atol=0.25)
        assert (np.abs(adjusted[at - 1]) < 0.25).all()


def test_the_fingerprint_names_the_market_and_not_the_day():
    known = _lively().dataset.fingerprint
    assert len(known) == 64
    listed = [member.symbol for member in _lively().instruments[:2]]
    assert _lively(CLOSE + timedelta(days=300), universe=listed).dataset.fingerprint == known
    others = [
        _lively(seed=6),
        _lively(first_day=date(2020, 1, 3)),
        _lively(simulation=SimulationSettings(25, share_listed_late=0.6, delistings_per_year=0.2)),
        _lively(simulation=SimulationSettings(24, 2520, 0.05, 0.6, 0.2)),
    ]
    assert len({known, *(other.dataset.fingerprint for other in others)}) == 5


def test_universe_restricts_what_is_scored_and_refuses_what_is_not_there():
    listed = [member.symbol for member in _lively().instruments if member.in_universe]
    chosen = listed[1:3]
    market = _lively(universe=chosen)
    assert [member.symbol for member in market.instruments if member.in_universe] == chosen
    assert len(market.instruments) == len(listed) + 1
    pd.testing.assert_frame_equal(market.bars, _lively().bars)
    with pytest.raises(InvalidRequestError, match=r"AAPL.*from SIM\d{4} to SIM\d{4}"):
        _lively(universe=[chosen[0], "AAPL"])


def test_before_its_first_close_there_is_no_market():
    with pytest.raises(InvalidMarketDataError, match=r"begins on 2016-01-04.*2016-01-04 20:59"):
        _fetch(datetime(2016, 1, 4, 20, 59, tzinfo=UTC))


def test_progress_goes_up_to_its_total():
    seen = []
    SimulatedProvider(clock=FixedClock(CLOSE), simulation=LIVELY).fetch(lambda *step: seen.append(step))
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    assert seen[-1][0] == seen[-1][1]
    assert all(message for _, _, message in seen)
