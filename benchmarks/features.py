"""Indicators and features over the whole panel, compute only, and the newest session alone."""

import numpy as np
import pandas as pd
import pandas_ta_classic as ta

from benchmarks.indicators import _pandas_ta, _panel, _whole_set
from benchmarks.panel import Source
from benchmarks.table import Result, timed
from models.domain.market import MarketData, PricePanel
from services.quant.features.compute import compute_features
from services.quant.features.context import UNKNOWN_SECTOR, CloseSeries, FeatureContext
from services.quant.features.registry import LONGEST_CONVERGENCE_SESSIONS, NAMES
from services.quant.gaps import fill_gaps
from services.quant.indicators.registry import compute_indicators
from services.quant.panels import keep_rows

_VIX = "^VIX"


def run(source: Source, _: str) -> list[Result]:
    """Measure features."""
    market = source.fetch()
    panel, context = subject(market)

    def compute_all() -> None:
        filled = fill_gaps(panel)
        compute_indicators(panel, filled)
        compute_features(panel, filled, context)

    days = np.unique(panel.session)
    keep = panel.session >= days[-min(LONGEST_CONVERGENCE_SESSIONS, days.size)]
    newest, of_newest = keep_rows(panel, keep), context.of_rows(panel, keep)
    ours, peer = timed(compute_all), _pandas_ta(panel, _same_set)
    work = f"all indicators and {len(NAMES)} features"
    return [
        Result(work, ours, "", None, 15.0),
        Result(work, ours, "pandas-ta-classic, half of them", peer, 1 / 3),
        Result(
            f"{len(NAMES)} features of the newest session",
            timed(lambda: compute_features(newest, fill_gaps(newest), of_newest), 3),
            "",
            None,
            1.5,
        ),
    ]


def subject(market: MarketData) -> tuple[PricePanel, FeatureContext]:
    """Return the universe's bars and what is known beside them; every bar counts as a member's."""
    panel = _panel(market)
    sector_of = {instrument.symbol: instrument.sector for instrument in market.instruments}
    names = sorted({sector for sector in sector_of.values() if sector is not None})
    sectors = [sector_of[symbol] for symbol in panel.symbols]
    codes = [UNKNOWN_SECTOR if sector is None else names.index(sector) for sector in sectors]
    return panel, FeatureContext(
        np.array(codes),
        np.ones(panel.n_rows, dtype=bool),
        _series(market, market.dataset.benchmark, "adj_close"),
        _series(market, _VIX, "close"),
    )


def _series(market: MarketData, symbol: str | None, column: str) -> CloseSeries | None:
    bars = market.bars[market.bars["symbol"] == symbol].dropna(subset=[column])
    if bars.empty:
        return None
    return CloseSeries(bars["session"].to_numpy("datetime64[D]"), bars[column].to_numpy())


def _same_set(bars: pd.DataFrame) -> None:
    """Compute the indicators, and those features of one symbol that are a line in pandas-ta or pandas."""
    high, low, close, volume = bars["high"], bars["low"], bars["close"], bars["volume"]
    _whole_set(bars)
    returns = ta.percent_return(close, length=1)
    for n_sessions in (5, 20, 60, 232):
        ta.percent_return(close, length=n_sessions)
    for n_sessions in (10, 20, 50, 200):
        average = ta.sma(close, n_sessions, talib=False)
        close / average - 1.0
        ta.percent_return(average, length=20)
    ta.stdev(ta.hvol(close, 20), 60, talib=False)
    ta.skew(returns, 60)
    ta.er(close, 60)
    ta.cmf(high, low, close, volume, length=20)
    ta.stdev(volume, 20, talib=False)
    returns.rolling(20).max()
    returns.rolling(20).corr(volume)
    close / high.rolling(252).max() - 1.0
    close / low.rolling(252).min() - 1.0
    (returns < 0.0).rolling(60).mean()
    (returns > 0.0).rolling(20).mean()
