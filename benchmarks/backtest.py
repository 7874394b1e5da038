"""A book through time, and a thousand random ones beside it."""

import importlib
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.features import subject
from benchmarks.panel import Source
from benchmarks.table import Result, timed
from models.domain.market import MarketData
from models.domain.portfolio import BacktestSettings, Caps
from services.quant.confluence import combine_confluence, confluence_labels
from services.quant.features.context import CloseSeries
from services.quant.gaps import fill_gaps
from services.quant.indicators.registry import STORED, compute_indicators
from services.quant.panels import keep_rows
from services.quant.portfolio.backtest import run_backtest
from services.quant.portfolio.market import (
    NO_LABEL,
    SignalMatrix,
    TradingMarket,
    lay_out_market,
    lay_out_signals,
)
from services.quant.portfolio.random_books import random_books
from services.quant.scoring import technical_scores, unchanged_for, window_start

_N_BOOKS = 1_000
_HALF_OF_FIFTY = Caps(weight=0.04, max_names=25, max_names_by_sector={}, sector_weight=1.0)
_PEER_SHARE = 20  # a twentieth of the sessions, times twenty
_BUY, _SELL, _MAX_NAMES, _WEIGHT = 1, 3, 50, 0.02


def run(source: Source, _: str) -> list[Result]:
    """Measure backtests after the signals."""
    fetched = source.fetch()
    market, signals = technical_subject(fetched)
    small, small_signals = technical_subject(fetched, n_symbols=50, n_sessions=2_520)
    template = run_backtest(small, small_signals, BacktestSettings(caps=_HALF_OF_FIFTY))
    ours = timed(lambda: run_backtest(market, signals, BacktestSettings()), 3)
    books = timed(lambda: random_books(small, template, _N_BOOKS, np.random.default_rng(0)))
    work = f"backtest, {len(market.symbols)} symbols x {market.n_sessions:,} sessions"
    many = f"{_N_BOOKS:,} random books, {len(small.symbols)} symbols x {small.n_sessions:,} sessions"
    newest = technical_subject(fetched, n_sessions=market.n_sessions // _PEER_SHARE)
    peer = _PEER_SHARE * timed(lambda: _bt_book(*newest))
    return [
        Result(work, ours, "", None, 2.0),
        Result(work, ours, "bt, fewer rules (a twentieth x 20)", peer, 0.2),
        Result(many, books, "", None, 60.0),
    ]


def technical_subject(
    market: MarketData, *, n_symbols: int | None = None, n_sessions: int | None = None
) -> tuple[TradingMarket, SignalMatrix]:
    """Return the universe, or its first symbols' last sessions, with signals of the technical score alone."""
    panel, context = subject(market)
    filled = fill_gaps(panel)
    adjusted = (panel.close * panel.gross_growth)[filled.source]
    unchanged = unchanged_for(adjusted, window_start(filled))[~filled.is_filled]
    technical = technical_scores(panel.close, compute_indicators(panel, filled, STORED), unchanged)
    missing = np.full(panel.n_rows, np.nan)
    confluence = combine_confluence(technical, missing, missing, model_is_proven=False).score
    days = np.unique(panel.session)
    keep = panel.code < (n_symbols or len(panel.symbols))
    keep &= panel.session >= days[-min(n_sessions or days.size, days.size)]
    panel, confluence = keep_rows(panel, keep), confluence[keep]
    index = market.bars[market.bars["symbol"] == market.dataset.benchmark]
    trading = lay_out_market(
        panel,
        market.dataset.price_basis,
        sector_of={instrument.symbol: instrument.sector for instrument in market.instruments},
        benchmark=CloseSeries(index["session"].to_numpy("datetime64[D]"), index["close"].to_numpy()),
        vix=context.vix,
    )
    label = confluence_labels(confluence).codes
    return trading, lay_out_signals(trading, panel, confluence, label)


def _bt_book(market: TradingMarket, signals: SignalMatrix) -> Any:
    """Enter at BUY and leave at SELL, 2 % each, at most 50 names, filled at the next open; no other rule."""
    bt = importlib.import_module("bt")  # for the benchmark alone
    days = pd.DatetimeIndex(market.sessions)
    names = list(market.symbols)
    opens, labels, scores = (
        pd.DataFrame(matrix, index=days, columns=names)
        for matrix in (market.open, signals.label, signals.confluence)
    )
    known = labels.shift(1, fill_value=NO_LABEL)  # decided at the close before
    strength = scores.shift(1).where((known >= 0) & (known <= _BUY) & opens.notna())

    def trade(target: Any) -> bool:
        label, is_open = known.loc[target.now], opens.loc[target.now].notna()
        held = [name for name, child in target.children.items() if child.position]
        for name in held:
            if label[name] >= _SELL and is_open[name]:
                target.close(name)
        n_free = min(_MAX_NAMES - len(held), int(target.capital / (_WEIGHT * target.value)))
        if n_free > 0:
            for name in strength.loc[target.now].drop(held).dropna().nlargest(n_free).index:
                target.rebalance(_WEIGHT, child=name)
        return True

    book = bt.Backtest(
        bt.Strategy("technical", [trade]),
        opens.ffill(),
        initial_capital=1_000_000.0,
        commissions=lambda quantity, price: abs(quantity) * price * 0.0015,
        progress_bar=False,
    )
    book.run()
    return book.strategy
