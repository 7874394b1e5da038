"""Fetch bars and events from a provider and store what is new or changed."""

import pandas as pd

from models.domain.jobs import JobResult
from services.ports import Clock, MarketDataProvider, Progress, UnitOfWorkFactory
from services.providers.bar_validation import check_market_data
from services.quant.sessions import session_closes


def ingest_bars(
    open_work: UnitOfWorkFactory, provider: MarketDataProvider, clock: Clock, progress: Progress
) -> JobResult:
    """Store a provider's data in one transaction and make its dataset the one that pages show.

    Raises
    ------
    InvalidMarketDataError
        If the data break their contract; nothing is stored.
    """
    market = provider.fetch(progress)
    check_market_data(market)
    bars = _with_time_of_knowledge(market.bars)
    events = _with_time_of_knowledge(market.events)
    n_bars, n_symbols = len(bars), sum(instrument.in_universe for instrument in market.instruments)
    progress(0, n_bars, f"storing {n_bars:,} bars")
    now = clock.now()
    with open_work() as work:
        dataset_id = work.datasets.save(market.dataset, now)
        ids = work.datasets.save_instruments(dataset_id, market.instruments)
        n_written = work.bars.merge_bars(ids, bars, now)
        n_written += work.bars.merge_events(ids, events, now)
        work.touch("data")
        work.commit()
    progress(n_bars, n_bars, f"stored {n_bars:,} bars")
    message = f"{n_symbols} symbols, {n_bars:,} bars read, {n_written:,} rows written"
    detail = {"symbols": n_symbols, "quarantined": 0, "flagged": 0, "dataset": market.dataset.label}
    return JobResult(n_written, message, detail)


def _with_time_of_knowledge(facts: pd.DataFrame) -> pd.DataFrame:
    """History counts as known at its own session's close."""
    return facts.assign(known_at=session_closes(facts["session"].to_numpy("datetime64[D]")))
