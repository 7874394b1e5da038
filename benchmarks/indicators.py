"""Indicators and technical score over the whole panel, compute only."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
import pandas_ta_classic as ta
import talib

from benchmarks.panel import Source
from benchmarks.table import Result, timed
from models.domain.market import EventKind, MarketData, PricePanel
from services.quant import scoring
from services.quant.adjustment import growth_factors
from services.quant.gaps import fill_gaps
from services.quant.indicators.registry import METADATA, STORED, compute_indicators

_BAR = ("open", "high", "low", "close", "volume")
_PANDAS_TA_SHARE = 10  # a tenth of the symbols, times ten


def run(source: Source, _: str) -> list[Result]:
    """Measure indicators."""
    panel = panel_of(source.fetch())
    ours = timed(lambda: _score(panel), 3)
    filled = fill_gaps(panel)
    peer = timed(lambda: _talib(panel), 3)
    stored = timed(lambda: compute_indicators(panel, filled, STORED), 3)
    every = timed(lambda: compute_indicators(panel, filled), 3)
    eleven, whole = (pandas_ta_seconds(panel, compute) for compute in (_stored_set, whole_set))
    return [
        Result("11 stored indicators", stored, "bare TA-Lib loop", peer, 4.0),
        Result("11 stored indicators and technical score", ours, "bare TA-Lib loop", peer, 4.0),
        Result("11 stored indicators and technical score", ours, "pandas-ta-classic", eleven, 1 / 20),
        Result(f"all {len(METADATA)} indicators", every, "pandas-ta-classic", whole, 1 / 20),
    ]


def panel_of(market: MarketData) -> PricePanel:
    """Return the universe's bars."""
    members = [instrument.symbol for instrument in market.instruments if instrument.in_universe]
    bars = market.bars[market.bars["symbol"].isin(members)]
    events = market.events.pivot_table(index=["symbol", "session"], columns="kind", values="value")
    for kind in EventKind:
        if kind.value not in events.columns:
            events[kind.value] = np.nan
    bars = bars.join(events, on=["symbol", "session"])
    symbol = bars["symbol"].to_numpy()
    starts = np.append(np.flatnonzero(np.append(True, symbol[1:] != symbol[:-1])), symbol.size)
    columns = {name: bars[name].to_numpy() for name in _BAR}
    dividend, split = (
        bars[kind.value].fillna(none).to_numpy()
        for kind, none in ((EventKind.DIVIDEND, 0.0), (EventKind.SPLIT, 1.0))
    )
    gross, shares = growth_factors(starts, columns["close"], dividend, split)
    session = bars["session"].to_numpy("datetime64[D]")
    return PricePanel(
        symbols=tuple(symbol[starts[:-1]]),
        instrument_ids=np.arange(starts.size - 1),
        starts=starts,
        session=session,
        known_at=session.astype("datetime64[us]"),
        dividend=dividend,
        split=split,
        gross_growth=gross,
        share_growth=shares,
        **columns,
    )


def _score(panel: PricePanel) -> np.ndarray:
    filled = fill_gaps(panel)
    values = compute_indicators(panel, filled, STORED)
    adjusted = (panel.close * panel.gross_growth)[filled.source]
    unchanged = scoring.unchanged_for(adjusted, scoring.window_start(filled))
    return scoring.technical_scores(panel.close, values, unchanged[~filled.is_filled])


def _talib(panel: PricePanel) -> None:
    """Compute the same eleven columns, and nothing else."""
    for first, last in pairwise(panel.starts.tolist()):
        high, low, close = (price[first:last] for price in (panel.high, panel.low, panel.close))
        talib.RSI(close, 14)
        talib.MACD(close, 12, 26, 9)
        for n_sessions in (20, 50, 200):
            talib.SMA(close, n_sessions)
        talib.BBANDS(close, 20)
        talib.ATR(high, low, close, 14)


def pandas_ta_seconds(panel: PricePanel, compute: Callable[[pd.DataFrame], None]) -> float:
    """Return the seconds that a tenth of the symbols takes, one after the other, times ten."""
    n_symbols = max(1, len(panel.symbols) // _PANDAS_TA_SHARE)
    frames = [
        pd.DataFrame({name: getattr(panel, name)[first:last] for name in _BAR})
        for first, last in pairwise(panel.starts[: n_symbols + 1].tolist())
    ]

    def compute_all() -> None:
        for frame in frames:
            compute(frame)

    return len(panel.symbols) / n_symbols * timed(compute_all)


def _stored_set(bars: pd.DataFrame) -> None:
    high, low, close = bars["high"], bars["low"], bars["close"]
    ta.rsi(close, 14, talib=False)
    ta.macd(close, 12, 26, 9, talib=False)
    for n_sessions in (20, 50, 200):
        ta.sma(close, n_sessions, talib=False)
    ta.bbands(close, 20, talib=False)
    ta.atr(high, low, close, 14, talib=False)


def whole_set(bars: pd.DataFrame) -> None:
    """Compute what it has of the registry; it lacks Garman-Klass."""
    high, low, close, volume = bars["high"], bars["low"], bars["close"], bars["volume"]
    _stored_set(bars)
    ta.roc(close, 12, talib=False)
    ta.stoch(high, low, close, 14, 3, 3, talib=False)
    ta.willr(high, low, close, 14, talib=False)
    for n_sessions in (5, 10):
        ta.sma(close, n_sessions, talib=False)
    for n_sessions in (5, 10, 20, 50, 200):
        ta.ema(close, n_sessions, talib=False)
    ta.adx(high, low, close, 14, talib=False)
    ta.ichimoku(high, low, close, 9, 26, 52, include_chikou=False, as_dataframe=True)
    averages = [ta.sma(close, n_sessions, talib=False) for n_sessions in (50, 200)]
    for above in (True, False):
        ta.cross(*averages, above=above)
    for n_sessions in (20, 60):
        ta.hvol(close, n_sessions)
    ta.obv(close, volume, talib=False)
    ta.vwma(ta.hlc3(high, low, close), volume, 20)
    ta.mfi(high, low, close, volume, 14, talib=False)
    ta.ad(high, low, close, volume, talib=False)
    ta.roc(volume, 12, talib=False)
    volume / ta.sma(volume, 20, talib=False)
