"""Indicators and features over the whole panel, compute only; the newest session alone; and the store."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pandas_ta_classic as ta

from app.clock import SystemClock
from benchmarks.indicators import pandas_ta_seconds, panel_of, whole_set
from benchmarks.panel import Source
from benchmarks.storage import fresh_database
from benchmarks.table import Result, timed
from models.domain.market import MarketData, PricePanel
from services.ml.feature_store.newest import newest_features
from services.ml.feature_store.store import features_for
from services.ml.inputs import MarketInputs, read_inputs
from services.quant.features.compute import compute_features
from services.quant.features.context import UNKNOWN_SECTOR, CloseSeries, FeatureContext
from services.quant.features.registry import LONGEST_CONVERGENCE_SESSIONS, NAMES
from services.quant.gaps import fill_gaps
from services.quant.indicators.registry import compute_indicators
from services.quant.panels import cut_panel, keep_rows
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars

_VIX = "^VIX"


def run(source: Source, url: str) -> list[Result]:
    """Measure features."""
    market = source.fetch()
    panel, context = subject(market)

    def compute_all() -> None:
        filled = fill_gaps(panel)
        compute_indicators(panel, filled)
        compute_features(panel, filled, context)

    ours, peer = timed(compute_all), pandas_ta_seconds(panel, _same_set)
    work = f"all indicators and {len(NAMES)} features"
    results = [
        Result(work, ours, "", None, 15.0),
        Result(work, ours, "pandas-ta-classic, half of them", peer, 1 / 3),
    ]
    days = np.unique(panel.session)
    keep = panel.session >= days[-min(LONGEST_CONVERGENCE_SESSIONS, days.size)]
    newest_peer = pandas_ta_seconds(keep_rows(panel, keep), _same_set)
    return [*results, *_stored(source, url, newest_peer)]


def _stored(source: Source, url: str, newest_peer: float) -> list[Result]:
    """Time what is read from the database and the feature store. The peer has its bars in memory."""
    engine = fresh_database(url, "bench_features")
    ingest_bars(lambda: SqlUnitOfWork(engine), source.provider(), SystemClock(), lambda *_: None)

    def newest() -> None:
        with SqlUnitOfWork(engine) as work:
            newest_features(work)

    seconds = timed(newest, 3)
    with SqlUnitOfWork(engine) as work:
        whole = read_inputs(work)
    engine.dispose()
    day_before = _until(whole, np.unique(whole.panel.session)[-2])
    with tempfile.TemporaryDirectory() as folder:

        def features(inputs: MarketInputs) -> None:
            features_for(inputs, Path(folder), lambda *_: None)

        computed = timed(lambda: compute_features(whole.panel, whole.filled, whole.context))
        first = timed(lambda: features(day_before))
        evening = timed(lambda: features(whole))
        again = timed(lambda: features(whole))
    name = f"{len(NAMES)} features"
    return [
        Result(f"{name} of the newest session, from stored bars", seconds, "", None, 1.5),
        Result(
            f"{name} of the newest session, from stored bars",
            seconds,
            "pandas-ta-classic, half of them, no database",
            newest_peer,
            1.0,
        ),
        Result(f"{name} into an empty store", first, "computing alone", computed, 2.5),
        Result(f"{name} from the store, one session new", evening, "computing alone", computed, 0.75),
        Result(f"{name} from the store", again, "computing alone", computed, 0.75),
    ]


def _until(inputs: MarketInputs, last_session: np.datetime64) -> MarketInputs:
    panel = cut_panel(inputs.panel, last_session)
    context = inputs.context.until(inputs.panel, last_session)
    return MarketInputs(inputs.dataset, panel, fill_gaps(panel), context, inputs.sector_names)


def subject(market: MarketData) -> tuple[PricePanel, FeatureContext]:
    """Return the universe's bars and what is known beside them; every bar counts as a member's."""
    panel = panel_of(market)
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
    whole_set(bars)
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
