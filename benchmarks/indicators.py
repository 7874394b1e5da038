"""Indicators and technical score over the whole panel, compute only."""

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
from services.quant.indicators.registry import compute_indicators

_PANDAS_TA_SHARE = 10  # a tenth of the symbols, times ten


def run(source: Source, _: str) -> list[Result]:
    """Measure indicators."""
    panel = _panel(source.fetch())
    ours = timed(lambda: _score(panel), 3)
    filled = fill_gaps(panel)
    peer = timed(lambda: _talib(panel), 3)
    indicators = timed(lambda: compute_indicators(panel, filled), 3)
    return [
        Result("indicators", indicators, "bare TA-Lib loop", peer, 4.0),
        Result("indicators and technical score", ours, "bare TA-Lib loop", peer, 4.0),
        Result("indicators and technical score", ours, "pandas-ta-classic", _pandas_ta(panel), 1 / 20),
    ]


def _panel(market: MarketData) -> PricePanel:
    members = [instrument.symbol for instrument in market.instruments if instrument.in_universe]
    bars = market.bars[market.bars["symbol"].isin(members)]
    events = market.events.pivot_table(index=["symbol", "session"], columns="kind", values="value")
    for kind in EventKind:
        if kind.value not in events.columns:
            events[kind.value] = np.nan
    bars = bars.join(events, on=["symbol", "session"])
    symbol = bars["symbol"].to_numpy()
    starts = np.append(np.flatnonzero(np.append(True, symbol[1:] != symbol[:-1])), symbol.size)
    columns = {name: bars[name].to_numpy() for name in ("open", "high", "low", "close", "volume")}
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
    values = compute_indicators(panel, filled)
    start, _, _ = scoring.window_counts(filled)
    unchanged = scoring.unchanged_for((panel.close * panel.gross_growth)[filled.source], start)
    parts = scoring.technical_parts(panel.close, values, unchanged[~filled.is_filled])
    return scoring.technical_score(parts)


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


def _pandas_ta(panel: PricePanel) -> float:
    n_symbols = max(1, len(panel.symbols) // _PANDAS_TA_SHARE)

    def compute() -> None:
        for first, last in pairwise(panel.starts[: n_symbols + 1].tolist()):
            high, low, close = (
                pd.Series(price[first:last]) for price in (panel.high, panel.low, panel.close)
            )
            ta.rsi(close, 14, talib=False)
            ta.macd(close, 12, 26, 9, talib=False)
            for n_sessions in (20, 50, 200):
                ta.sma(close, n_sessions, talib=False)
            ta.bbands(close, 20, talib=False)
            ta.atr(high, low, close, 14, talib=False)

    return len(panel.symbols) / n_symbols * timed(compute)
