"""Small markets and their signals."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from models.domain.portfolio import BacktestSettings, Caps, LossLimits
from models.domain.signals import LABELS
from services.quant.portfolio.market import NO_LABEL, SignalMatrix, TradingMarket, lay_out_market
from tests.unit.quant.factories import make_panel, weekdays

NO_LIMITS = LossLimits(day=9.0, week=9.0, month=9.0, drawdown=9.0)
FREE = Caps(max_names_by_sector={}, sector_weight=1.0)
CODES = {"S": 0, "b": 1, "h": 2, "s": 3, "D": 4, ".": NO_LABEL, "x": -2}
_CONFLUENCE = {"S": 0.7, "b": 0.6, "h": 0.5, "s": 0.4, "D": 0.3}


def plain_settings(**changes) -> BacktestSettings:
    """Settings without scaling, limits, resizing and sector caps."""
    quiet = BacktestSettings(scales_exposure=False, limits=NO_LIMITS, resize_at=9.0, caps=FREE)
    return replace(quiet, **changes)


def make_market(prices: Mapping[str, Sequence[tuple | None]], **known) -> TradingMarket:
    """A market of (open, close[, split[, dividend]]) by session, None where there is no bar."""
    n_sessions = max(len(bars) for bars in prices.values())
    days = weekdays(n_sessions)
    frames = {}
    for symbol, bars in prices.items():
        rows = [
            (day, *bar, *(1.0, 0.0)[len(bar) - 2 :])
            for day, bar in zip(days, bars, strict=False)
            if bar is not None
        ]
        frame = pd.DataFrame(rows, columns=["session", "open", "close", "split", "dividend"])
        frames[symbol] = frame.assign(
            high=frame[["open", "close"]].max(axis=1), low=frame[["open", "close"]].min(axis=1), volume=1.0
        )
    return lay_out_market(make_panel(frames), **known)


def make_signals(market: TradingMarket, letters: Mapping[str, str]) -> SignalMatrix:
    """Signals from a letter a session: S STRONG BUY, b BUY, h HOLD, s SELL, D STRONG SELL, . none, x left."""
    label = np.full(market.close.shape, NO_LABEL, dtype=np.int8)
    confluence = np.full(market.close.shape, np.nan)
    for symbol, row in letters.items():
        column = market.symbols.index(symbol)
        for session, letter in enumerate(row):
            label[session, column] = CODES[letter]
            confluence[session, column] = _CONFLUENCE.get(letter, np.nan)
    return SignalMatrix(label, confluence)


def random_market(
    rng: np.random.Generator, n_symbols: int, n_sessions: int, *, with_vix: bool = False
) -> tuple[TradingMarket, SignalMatrix]:
    """A market with gaps, late listings, delistings, splits and dividends, and signals without sense."""
    prices: dict[str, list[tuple | None]] = {}
    for number in range(n_symbols):
        close, bars = float(rng.uniform(5.0, 300.0)), []
        first = int(rng.integers(0, n_sessions // 3)) if rng.random() < 0.3 else 0
        last = int(rng.integers(n_sessions // 2, n_sessions)) if rng.random() < 0.3 else n_sessions
        gap = 0
        for session in range(n_sessions):
            gap = gap - 1 if gap else int(rng.integers(1, 9)) * (rng.random() < 0.02)
            if gap or not first <= session < last:
                bars.append(None)
                continue
            split = float(rng.choice([2.0, 1.5, 0.1, 3.0])) if rng.random() < 0.02 else 1.0
            dividend = round(close / split * 0.01, 2) if rng.random() < 0.03 else 0.0
            begin = close / split * float(np.exp(rng.normal(0.0, 0.01)))
            close = begin * float(np.exp(rng.normal(0.0, 0.02)))
            bars.append((begin, close, split, dividend))
        prices[f"S{number:02d}"] = bars
    prices["S00"] = [bar or (50.0, 50.0) for bar in prices["S00"]]  # so that every session is one
    market = make_market(
        prices,
        sector_of={
            symbol: ("Energy", "Information Technology", "Utilities", None)[i % 4]
            for i, symbol in enumerate(prices)
        },
    )
    if with_vix:
        market = replace(market, vix=rng.uniform(10.0, 45.0, market.n_sessions))
    confluence = rng.uniform(0.25, 0.75, market.close.shape)
    confluence = 0.6 * confluence + 0.4 * np.roll(confluence, 1, axis=0)
    confluence[np.isnan(market.close) | (rng.random(market.close.shape) < 0.05)] = np.nan
    label = np.select(
        [np.isnan(confluence), confluence > 0.6, confluence > 0.53, confluence >= 0.45, confluence >= 0.38],
        [NO_LABEL, 0, 1, 2, 3],
        len(LABELS) - 1,
    ).astype(np.int8)
    return market, SignalMatrix(label, confluence)
