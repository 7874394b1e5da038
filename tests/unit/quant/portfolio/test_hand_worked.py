"""Books worked out on paper, to the cent."""

import numpy as np
import pytest

from models.domain.portfolio import BacktestSettings, Caps, LossLimits, TradingCosts
from services.quant.portfolio.backtest import run_backtest
from services.quant.portfolio.reconciliation import reconcile
from tests.unit.quant.portfolio.factories import make_market, make_signals, plain_settings

NO_BAR = None


@pytest.fixture(scope="module")
def story():
    """Three symbols, ten sessions.

    ACME splits 2:1 on the day its order is filled. BOLT has no open for two sessions, and pays a dividend.
    CORP has its last bar in session 3. The crash of session 6 stops the book.
    """
    market = make_market(
        {
            # (open, close, split, dividend)
            "ACME": [
                (99.0, 100.0),
                (51.0, 51.0, 2.0),
                (51.5, 52.0),
                (52.5, 53.0),
                (53.5, 54.0),
                (54.0, 54.0),
                (31.0, 30.0),
                (30.4, 31.0),
                (31.0, 31.0),
                (31.0, 31.0),
            ],
            "BOLT": [
                (50.0, 50.0),
                NO_BAR,
                NO_BAR,
                (49.5, 50.0),
                (50.5, 51.0),
                (50.0, 50.0, 1.0, 1.0),
                (49.0, 49.0),
                (49.5, 49.0),
                (49.0, 49.0),
                (49.0, 49.0),
            ],
            "CORP": [(20.0, 20.0), (20.0, 20.0), (20.0, 20.0), (18.0, 18.0), *[NO_BAR] * 6],
        }
    )
    signals = make_signals(market, {"ACME": "Shhhhhhhhh", "BOLT": "b...hhhhhh", "CORP": "bhhh......"})
    # 25 % of 100,000 for each of three names: 75,000 are allotted.
    settings = plain_settings(
        capital=100_000.0, caps=Caps(weight=0.25), limits=LossLimits(day=9.0, week=9.0, month=9.0)
    )
    return market, run_backtest(market, signals, settings)


def test_every_trade_of_the_story(story):
    trades = story[1].trades()
    found = [
        (row.symbol, row.side, row.quantity, row.fill_price, row.notional, row.cost, row.slippage, row.reason)
        for row in trades.itertuples()
    ]
    assert found == [
        # 25,000 / 100 = 250 shares ordered, 500 after the split
        ("ACME", "buy", 500, 51.0, 25_500.00, 25.50, 12.75, "entry"),
        # third in line: 75,000 - 2 x 25,037.50 = 24,925, which buys 24,925 / (20 x 1.0015) = 1,244.4
        ("CORP", "buy", 1244, 20.0, 24_880.00, 24.88, 12.44, "entry"),
        # 25,000 / 50 = 500 ordered, but 24,544.43 are left: 24,544.43 / (49.50 x 1.0015) = 495.1
        ("BOLT", "buy", 495, 49.5, 24_502.50, 24.50, 12.25, "entry"),
        ("ACME", "sell", 500, 30.4, 15_200.00, 15.20, 7.60, "stop"),
        ("BOLT", "sell", 495, 49.5, 24_502.50, 24.50, 12.25, "stop"),
        # no bar for a sixth session: it leaves at its last close
        ("CORP", "sell", 1244, 18.0, 22_392.00, 0.00, 0.00, "delisted"),
    ]
    days = story[0].sessions.astype("datetime64[s]")
    assert (trades["signal_session"].to_numpy() == days[[0, 0, 0, 6, 6, 9]]).all()
    assert (trades["fill_session"].to_numpy() == days[[1, 1, 3, 7, 7, 9]]).all()


def test_what_every_trade_gained(story):
    assert story[1].trades()["realised_pnl"].tolist() == [
        0.0,
        0.0,
        0.0,
        -10_361.05,  # 15,200 - 22.80 - (25,500 + 38.25)
        -73.50,  # 24,502.50 - 36.75 - (24,502.50 + 36.75)
        -2_525.32,  # 22,392 - (24,880 + 37.32)
    ]


def test_cash_and_equity_of_every_session(story):
    result = story[1]
    assert result.cash.tolist() == [
        75_000.00,
        24_544.43,  # - 25,538.25 - 24,917.32
        24_544.43,
        5.18,  # - 24,539.25
        5.18,
        500.18,  # + 495 dividends of 1.00
        500.18,
        40_143.13,  # + 15,177.20 + 24,465.75
        40_143.13,
        62_535.13,  # + 22,392
    ]
    np.testing.assert_allclose(
        result.equity,
        [
            75_000.00,
            24_544.43 + 500 * 51 + 1244 * 20,
            24_544.43 + 500 * 52 + 1244 * 20,  # 75,424.43, the peak
            5.18 + 500 * 53 + 495 * 50 + 1244 * 18,
            5.18 + 500 * 54 + 495 * 51 + 1244 * 18,
            500.18 + 500 * 54 + 495 * 50 + 1244 * 18,
            500.18 + 500 * 30 + 495 * 49 + 1244 * 18,  # 62,147.18 <= 0.85 x 75,424.43 = 64,110.77
            40_143.13 + 1244 * 18,
            40_143.13 + 1244 * 18,
            62_535.13,
        ],
        atol=1e-6,
    )
    assert result.account_equity[-1] == pytest.approx(87_535.13)
    assert result.cash_flows().iloc[0].tolist()[2:] == ["dividend", 495.0]
    assert len(result.flows) == 1


def test_the_story_reconciles_and_a_forged_one_does_not(story):
    market, result = story
    assert reconcile(result, market) == ()
    result.cash[4] += 0.01
    found = reconcile(result, market)
    result.cash[4] -= 0.01
    assert found == ("2010-01-08: cash is 5.19, trades and cash flows make it 5.18",)


def test_a_short_pays_fee_and_dividend_and_covers():
    market = make_market(
        {
            "BEAR": [(10.0, 10.0), (10.0, 10.0), (9.0, 9.0, 1.0, 0.2), (8.0, 8.0), (8.0, 8.0)],
            "CALM": [(10.0, 10.0)] * 5,
        }
    )
    signals = make_signals(market, {"BEAR": "Dhbhh", "CALM": "hhhhh"})
    settings = plain_settings(
        capital=100_000.0, caps=Caps(weight=0.5), allows_shorts=True, horizon_sessions=2,
        costs=TradingCosts(borrow_rate=0.252),
    )  # fmt: skip
    result = run_backtest(market, signals, settings)
    assert result.trades()["quantity"].tolist() == [5000, 5000]
    # sold at 10: 50,000 - 50 - 25; bought at 8: 40,000 + 40 + 20
    assert result.trades()["realised_pnl"].tolist() == [0.0, 9_865.0]
    # 0.1 % of 50,000 and of 45,000 a session, while 1,000 of dividends are paid on the ex-date
    assert result.cash_flows()["amount"].tolist() == [-50.0, -1_000.0, -45.0]
    assert result.cash.tolist() == [100_000.0, 149_925.0, 148_875.0, 108_770.0, 108_770.0]
    assert reconcile(result, market) == ()


def test_a_split_pays_out_the_part_of_a_share():
    market = make_market({"ODD": [(100.0, 100.0), (100.0, 100.0), (70.0, 70.0, 1.5)]})
    signals = make_signals(market, {"ODD": "bhh"})
    result = run_backtest(market, signals, plain_settings(capital=2_500.0, caps=Caps(weight=1.0)))
    # 25 shares ordered, 24 affordable; no part is left of 24 x 1.5 = 36
    assert result.quantity[:, 0].tolist() == [0, 24, 36]
    result = run_backtest(market, signals, plain_settings(capital=2_350.0, caps=Caps(weight=1.0)))
    # 23 x 1.5 = 34.5: half a share at 100 / 1.5 is 33.33
    assert result.quantity[:, 0].tolist() == [0, 23, 34]
    assert result.cash_flows().iloc[0].tolist()[2:] == ["cash_in_lieu", 33.33]
    assert reconcile(result, market) == ()


def test_an_order_waits_five_more_sessions_and_is_cancelled():
    def fills(n_missing):
        bars = [(10.0, 10.0), *[NO_BAR] * n_missing, *[(11.0, 11.0)] * 3]
        market = make_market({"HALT": bars, "OPEN": [(10.0, 10.0)] * len(bars)})
        signals = make_signals(market, {"HALT": "b"})
        return [fill.fill_session for fill in run_backtest(market, signals, plain_settings()).fills]

    assert fills(5) == [6]
    assert fills(6) == []


def test_no_exit_before_the_horizon_and_hold_keeps():
    market = make_market({"ONE": [(10.0, 10.0)] * 9})
    signals = make_signals(market, {"ONE": "bsssssshh"})
    fills = run_backtest(market, signals, plain_settings(horizon_sessions=5)).fills
    # filled in session 1, held at the closes of 1 to 5, sold at the open of 6
    assert [(fill.fill_session, fill.quantity > 0) for fill in fills] == [(1, True), (6, False)]
    held = make_signals(market, {"ONE": "bhhhhhhh."})
    assert len(run_backtest(market, held, plain_settings()).fills) == 1
    left = make_signals(market, {"ONE": "bhx......"})
    assert [fill.fill_session for fill in run_backtest(market, left, plain_settings()).fills] == [1, 3]


def test_a_small_universe_gets_two_per_cent_a_name():
    market = make_market({name: [(10.0, 10.0)] * 3 for name in "ABCDE"})
    signals = make_signals(market, {"C": "bhh"})
    result = run_backtest(market, signals, BacktestSettings())
    assert result.capital == 100_000.0
    assert result.quantity[-1].tolist() == [0, 0, 2000, 0, 0]  # 2 % of the account
    assert result.account_equity[0] == 1_000_000.0
