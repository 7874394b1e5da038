"""Quotes of the simulated market against what was drawn for them, and against the rules of a bar."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.quant.adjustment import growth_factors
from services.quant.market_simulation import returns as returns_module
from services.quant.market_simulation.companies import found_companies
from services.quant.market_simulation.market import simulate_market
from services.quant.market_simulation.returns import ReturnProcess
from services.quant.market_simulation.settings import SimulationSettings
from services.quant.market_simulation.streams import SPAN, draw_span

LIVELY = {"share_listed_late": 0.4, "delistings_per_year": 0.2}


def _dense(market):
    """Return dividend and split of every session and company."""
    dividend, split = np.zeros(market.close.shape), np.ones(market.close.shape)
    dividend[market.dividends.session, market.dividends.company] = market.dividends.value
    split[market.splits.session, market.splits.company] = market.splits.value
    return dividend, split


def _moves(chosen, seed):
    """Draw again what a market of these settings is made of."""
    companies, generators = found_companies(chosen, seed)
    process = ReturnProcess(companies, generators, seed)
    spans = [process.advance() for _ in range(-(-chosen.n_sessions // SPAN))]
    part = (slice(chosen.n_sessions), slice(chosen.n_symbols))
    names = ("night", "day", "volatility")
    return companies, {name: np.concatenate([getattr(span, name) for span in spans])[part] for name in names}


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**63),
    n_symbols=st.integers(1, 20),
    n_sessions=st.integers(1, 150),
    strength=st.sampled_from([0.0, 0.05, 0.19]),
    late=st.sampled_from([0.0, 0.5, 1.0]),
    leaving=st.sampled_from([0.0, 0.9]),
)
def test_every_bar_keeps_the_rules_of_a_bar(seed, n_symbols, n_sessions, strength, late, leaving):
    market = simulate_market(SimulationSettings(n_symbols, n_sessions, strength, late, leaving), seed)
    prices = np.stack([market.open, market.high, market.low, market.close]).astype(np.float64)
    session = np.arange(n_sessions)[:, None]
    last = np.where(market.delisting_session < 0, n_sessions - 1, market.delisting_session)
    is_listed = (market.listing_session >= 0) & (session >= market.listing_session) & (session <= last)
    np.testing.assert_array_equal(np.isfinite(prices), np.broadcast_to(is_listed, prices.shape))
    np.testing.assert_array_equal(np.isfinite(market.volume), is_listed)
    open_, high, low, close = prices[:, is_listed]
    assert (low >= 0.01 - 1e-6).all()
    assert (low <= np.minimum(open_, close)).all()
    assert (high >= np.maximum(open_, close)).all()
    np.testing.assert_allclose(prices[:, is_listed] * 100, np.rint(prices[:, is_listed] * 100), rtol=1e-6)
    volume = market.volume[is_listed].astype(np.float64)
    assert (volume >= 1).all()
    np.testing.assert_array_equal(volume, np.rint(volume))
    for events in (market.dividends, market.splits):
        assert is_listed[events.session, events.company].all()
        assert (events.session > market.listing_session[events.company]).all()
        assert (events.value > 0).all()
    assert (market.index_close > 0).all()


@pytest.mark.parametrize("strength", [0.0, 0.1])
def test_adjusted_closes_follow_what_was_drawn_through_splits_and_dividends(strength):
    """Rebuild every adjusted return from bars and events, and again from the shocks: cents apart, no more."""
    chosen = SimulationSettings(64, 2_000, strength, **LIVELY)
    market = simulate_market(chosen, 5)
    _, moves = _moves(chosen, 5)
    dividend, split = _dense(market)
    wanted = moves["night"] + moves["day"]
    wanted[1:] += strength * np.nan_to_num(market.score[:-1]) * moves["volatility"][1:]
    n_split_bars = 0
    for company in range(64):
        rows = np.flatnonzero(np.isfinite(market.close[:, company]))
        close = np.round(market.close[rows, company].astype(np.float64), 2)
        paid, ratio = dividend[rows, company], split[rows, company]
        gross, _ = growth_factors(np.array([0, rows.size]), close, paid, ratio)
        adjusted = np.diff(np.log(close * gross))
        # Half a cent of the close, of what the close before it has become.
        np.testing.assert_array_less(
            np.abs(adjusted - wanted[rows[1:], company]), 0.0051 / np.minimum(close[1:], close[:-1]) + 1e-6
        )
        n_split_bars += int((ratio != 1).sum())
    assert n_split_bars == market.splits.session.size > 5


def test_a_quoted_close_falls_by_its_split():
    market = simulate_market(SimulationSettings(640, 2_000), 5)
    session, company, ratio = market.splits.session, market.splits.company, market.splits.value
    moved = np.log(market.close[session, company] / market.close[session - 1, company])
    usual = np.nanstd(np.diff(np.log(market.close), axis=0))
    assert session.size > 50
    assert np.abs(np.median(moved + np.log(ratio))) < 4 * usual / np.sqrt(session.size)
    assert set(ratio) <= {0.1, 1.5, 2.0, 3.0, 4.0}
    forward = ratio > 1
    assert (market.close[session - 1, company][forward] > 40).all(), "only what is dear is split"
    assert (market.close[session - 1, company][~forward] < 1.0).all(), "only what is cheap is put together"


def test_the_oracle_sees_nothing_but_the_closes_so_far():
    chosen = SimulationSettings(64, 400, 0.15, **LIVELY)
    market = simulate_market(chosen, 6)
    dividend, split = _dense(market)
    close = np.round(market.close.astype(np.float64), 2)
    log_return = np.full(close.shape, np.nan)
    log_return[1:] = np.log((close[1:] + dividend[1:]) * split[1:] / close[:-1])
    for session, company in np.random.default_rng(1).integers((20, 0), (400, 64), (2_000, 2)):
        window = log_return[session - 19 : session + 1, company]
        expected = window.sum() / np.sqrt((window**2).sum())
        assert market.score[session, company] == pytest.approx(expected, abs=1e-5, nan_ok=True)
    assert not np.isfinite(market.score[:20]).any()


def test_signs_of_later_shocks_change_neither_volatility_nor_volume(monkeypatch):
    """The reason why nothing is predictable: a future and its mirror image are equally likely."""
    chosen = SimulationSettings(64, 3 * SPAN)

    def mirrored(generators, n_each):
        draws = draw_span(generators, n_each)
        for part in (draws.night, draws.day):
            np.negative(part, out=part)
        return draws

    companies, generators = found_companies(chosen, 8)
    process = ReturnProcess(companies, generators, 8)
    companies, generators = found_companies(chosen, 8)
    mirror = ReturnProcess(companies, generators, 8)
    for span in range(3):
        moves = process.advance()
        with monkeypatch.context() as patch:
            if span:
                patch.setattr(returns_module, "draw_span", mirrored)
            image = mirror.advance()
        sign = -1.0 if span else 1.0
        for name in ("night", "day"):
            np.testing.assert_array_equal(getattr(image, name), sign * getattr(moves, name))
        for name in ("volatility", "day_variance", "volume", "above", "below"):
            np.testing.assert_array_equal(getattr(image, name), getattr(moves, name))


def test_earnings_jump_overnight_once_a_quarter():
    chosen = SimulationSettings(640, 630, share_listed_late=0.0, delistings_per_year=0.0)
    companies, moves = _moves(chosen, 9)
    is_report = (np.arange(630)[:, None] - companies.earnings_phase) % 63 == 0
    night, day = (np.abs(moves[name]) for name in ("night", "day"))
    ratios = [np.median(part[is_report]) / np.median(part[~is_report]) for part in (night, day)]
    # 4 % beside 0.55 x 1.8 %: four times the usual night. 6,400 reports give a median within 2 %.
    assert 3.0 < ratios[0] < 5.0
    assert ratios[1] == pytest.approx(1.0, abs=0.1)


def test_listings_and_delistings_come_as_often_as_asked():
    chosen = SimulationSettings(5_000, 504, share_listed_late=0.3, delistings_per_year=0.1)
    market = simulate_market(chosen, 10)
    at_start = (market.listing_session == 0).mean()
    assert at_start == pytest.approx(0.7, abs=4 * np.sqrt(0.3 * 0.7 / 5_000))
    # A third of the late ones: 1 - exp(-503 / 1260), the waiting time being exponential.
    came = (market.listing_session > 0).sum() / 5_000
    expected = 0.3 * (1 - np.exp(-503 / 1_260))
    assert came == pytest.approx(expected, abs=4 * np.sqrt(expected / 5_000))
    n_years = np.isfinite(market.close).sum() / 252
    n_left = (market.delisting_session >= 0).sum()
    wanted = -np.log1p(-0.1) * n_years
    assert n_left == pytest.approx(wanted, abs=4 * np.sqrt(wanted))


def test_without_late_listings_and_delistings_everybody_trades_throughout():
    market = simulate_market(SimulationSettings(70, 300, share_listed_late=0, delistings_per_year=0), 11)
    assert np.isfinite(market.close).all()
    assert (market.listing_session == 0).all()
    assert (market.delisting_session == -1).all()


def test_sectors_are_dealt_in_turn():
    market = simulate_market(SimulationSettings(24, 1), 0)
    assert market.sector.tolist()[:12] == [10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 10]
    assert np.unique(market.sector, return_counts=True)[1].tolist() == [3, 3] + [2] * 9


def test_the_index_is_what_holding_every_listed_company_by_capitalisation_earns():
    chosen = SimulationSettings(5, 700, share_listed_late=0.5, delistings_per_year=0.5)
    market = simulate_market(chosen, 39)
    assert (market.listing_session > 0).any()
    assert (market.delisting_session >= 0).any()
    companies, _ = found_companies(chosen, 39)
    dividend, split = _dense(market)
    close, open_ = (np.round(price.astype(np.float64), 2) for price in (market.close, market.open))
    moves = _moves(chosen, 39)[1]
    # What a company is worth before its first bar follows from what was drawn; afterwards from its quotes.
    capital = companies.shares[:5] * companies.price[:5]
    level = 1000.0
    for session in range(700):
        value = gain = gap = 0.0
        for company in range(5):
            if session and np.isfinite(close[session - 1 : session + 1, company]).all():
                before = close[session - 1, company] / split[session, company]
                growth = (close[session, company] + dividend[session, company]) / before
                opened = (open_[session, company] + dividend[session, company]) / before
                value += capital[company]
                gain += capital[company] * (growth - 1)
                gap += capital[company] * (opened - 1)
            else:
                growth = np.exp(moves["night"][session, company] + moves["day"][session, company])
            capital[company] *= growth
        assert market.index_open[session] == pytest.approx(level * (1 + gap / (value or 1)), rel=1e-3)
        level *= 1 + gain / (value or 1)
        assert market.index_close[session] == pytest.approx(level, rel=2e-3)
