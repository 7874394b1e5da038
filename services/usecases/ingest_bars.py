"""Fetch bars and events from a provider and store what is new or changed."""

import pandas as pd

from models.domain.jobs import JobResult
from services.ports import Clock, MarketDataProvider, Progress, UnitOfWorkFactory
from services.providers.bar_validation import validate_market_data
from services.quant.sessions import session_closes


def ingest_bars(
    open_work: UnitOfWorkFactory, provider: MarketDataProvider, clock: Clock, progress: Progress
) -> JobResult:
    """Store a provider's data in one transaction and make its dataset the one that pages show.

    Bars that break a hard rule go to quarantine; the others are stored.

    Raises
    ------
    InvalidMarketDataError
        If the data break their contract as a whole; nothing is stored.
    """
    now = clock.now()
    market = validate_market_data(provider.fetch(progress), now.date())
    bars = _with_time_of_knowledge(market.bars)
    events = _with_time_of_knowledge(market.events)
    n_bars, n_symbols = len(bars), sum(instrument.in_universe for instrument in market.instruments)
    storing = f"storing {n_bars:,} bars"
    progress(0, n_bars, storing)
    with open_work() as work:
        dataset_id = work.datasets.save(market.dataset, now)
        ids = work.datasets.save_instruments(dataset_id, market.instruments)
        n_written = work.bars.merge_bars(ids, bars, now, lambda n_sent: progress(n_sent, n_bars, storing))
        n_written += work.bars.merge_events(ids, events, now)
        if market.membership is not None:
            n_written += work.datasets.save_memberships(ids, market.membership)
        if not market.rejected.empty:
            work.quarantine.add(dataset_id, _with_place(market.rejected), now)
        work.touch("data")
        work.commit()
    progress(n_bars, n_bars, f"stored {n_bars:,} bars")
    n_rejected = len(market.rejected)
    message = f"{n_symbols} symbols, {n_bars:,} bars read, {n_written:,} rows written"
    if n_rejected:
        message += f", {n_rejected:,} in quarantine"
    detail = {
        "symbols": n_symbols,
        "quarantined": n_rejected,
        "flagged": 0,
        "dataset": market.dataset.label,
        "notes": list(market.notes),
    }
    return JobResult(n_written, message, detail)


def _with_place(rejected: pd.DataFrame) -> pd.DataFrame:
    """Say file and line in one word, which tells one rejected row from another."""
    line = rejected["line"].astype("string").radd(":").fillna("")
    return rejected.assign(source=rejected["source"] + line)


def _with_time_of_knowledge(facts: pd.DataFrame) -> pd.DataFrame:
    """History counts as known at its own session's close."""
    return facts.assign(known_at=session_closes(facts["session"].to_numpy("datetime64[D]")))
