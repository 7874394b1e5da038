"""Fetch bars and events from a provider and store what is new or changed."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from models.domain.jobs import JobResult
from models.domain.market import BarRule, MarketData, SourceState
from services.ports import (
    Clock,
    MarketDataProvider,
    Progress,
    RecognisableSource,
    UnitOfWork,
    UnitOfWorkFactory,
)
from services.providers.bar_validation import validate_market_data
from services.providers.stored_history import StoredInDatabase
from services.quant.sessions import session_closes
from services.storage.quality_refresh import is_assessment_due, refresh_quality

_EXCHANGE = ZoneInfo("America/New_York")
_MAX_REASONS = 5


def ingest_bars(
    open_work: UnitOfWorkFactory, provider: MarketDataProvider, clock: Clock, progress: Progress
) -> JobResult:
    """Store a provider's data in one transaction and make its dataset the one that pages show.

    Bars that break a hard rule go to quarantine; the others are stored, and assessed where anything changed.
    A source that is known to be what was read last is not read again.

    Raises
    ------
    InvalidMarketDataError
        If the data break their contract as a whole; nothing is stored.
    ProviderUnavailableError
        If nothing can be had at present; what is stored stays.
    """
    now = clock.now()
    source = provider.recognise() if isinstance(provider, RecognisableSource) else None
    if source is not None:
        unchanged = _reuse(open_work, source, now)
        if unchanged is not None:
            return unchanged
    fetched = provider.fetch(progress, StoredInDatabase(open_work))
    market = validate_market_data(fetched, now.astimezone(_EXCHANGE).date())
    bars = _with_time_of_knowledge(market.bars)
    events = _with_time_of_knowledge(market.events)
    n_bars, n_symbols = len(bars), _n_had(market)
    storing = f"storing {n_bars:,} bars"
    progress(0, n_bars, storing)
    with open_work() as work:
        dataset_id = work.datasets.save(market.dataset, now)
        ids = work.datasets.save_instruments(dataset_id, market.instruments)
        n_written = work.bars.merge_bars(ids, bars, now, lambda n_sent: progress(n_sent, n_bars, storing))
        n_written += work.bars.merge_events(ids, events, now)
        if market.membership is not None:
            n_written += work.datasets.save_memberships(ids, market.membership)
        n_found = n_written + _quarantine(work, dataset_id, market, now)
        if n_found or is_assessment_due(work, dataset_id, market.dataset, now):
            progress(n_bars, n_bars, "assessing the quality of the prices")
            refresh_quality(work, dataset_id, market.dataset, now, market.repeats)
        n_flagged = sum(work.quality.flag_counts(dataset_id).values())
        work.datasets.mark_read(dataset_id, _digest(source, market))
        work.touch("data")
        work.commit()
    progress(n_bars, n_bars, f"stored {n_bars:,} bars")
    n_rejected = len(market.rejected)
    message = f"{n_symbols} symbols, {n_bars:,} bars read, {n_written:,} rows written"
    if n_rejected:
        message += f", {n_rejected:,} in quarantine"
    message += _failed(market.failures)
    detail = {
        "symbols": n_symbols,
        "quarantined": n_rejected,
        "flagged": n_flagged,
        "dataset": market.dataset.label,
        "notes": list(market.notes),
        "failed": dict(market.failures),
    }
    return JobResult(n_written, message, detail, is_partial=bool(market.failures))


def _reuse(open_work: UnitOfWorkFactory, source: SourceState, now: datetime) -> JobResult | None:
    """Show the dataset that was read from just this source again; None if it has to be read."""
    with open_work() as work:
        dataset_id = work.datasets.reuse(source, now)
        status = work.datasets.active()
        if dataset_id is None or status is None:
            return None
        if is_assessment_due(work, dataset_id, status.dataset, now):
            return None
        detail = {
            "symbols": status.n_symbols,
            "quarantined": work.quarantine.count(dataset_id),
            "flagged": sum(work.quality.flag_counts(dataset_id).values()),
            "dataset": status.dataset.label,
            "notes": [],
            "failed": {},
        }
        work.touch("data")
        work.commit()
    return JobResult(0, f"{status.n_symbols} symbols, the source is as it was read last", detail)


def _quarantine(work: UnitOfWork, dataset_id: int, market: MarketData, now: datetime) -> int:
    """Keep rejected rows and let go of those that the source has mended; return how many that are."""
    rejected = _with_place(market.rejected)
    n_new = work.quarantine.add(dataset_id, rejected, now)
    return n_new + work.quarantine.drop_mended(dataset_id, market.bars, rejected)


def _digest(source: SourceState | None, market: MarketData) -> str | None:
    """Return what to know the source by, None where the same source may yield something else tomorrow."""
    is_early = bool((market.rejected["rule"] == BarRule.FUTURE).any())
    return None if source is None or is_early or market.failures else source.digest


def _n_had(market: MarketData) -> int:
    """Return how many symbols of the universe the provider could give."""
    return sum(
        instrument.in_universe and instrument.symbol not in market.failures
        for instrument in market.instruments
    )


def _failed(failures: Mapping[str, str]) -> str:
    """Name the symbols that could not be had, and the reason of the first few."""
    if not failures:
        return ""
    told = [f"{symbol} ({reason})" for symbol, reason in list(failures.items())[:_MAX_REASONS]]
    rest = list(failures)[_MAX_REASONS:]
    return f"; {len(failures)} could not be had and stay as they are: {', '.join(told + rest)}"


def _with_place(rejected: pd.DataFrame) -> pd.DataFrame:
    """Say file and line, or else the day, in one word, which tells one rejected row from another."""
    line = rejected["line"].astype("string").radd(":")
    day = rejected["session"].dt.strftime(" %Y-%m-%d").astype("string").fillna("")
    return rejected.assign(source=rejected["source"] + line.fillna(day))


def _with_time_of_knowledge(facts: pd.DataFrame) -> pd.DataFrame:
    """History counts as known at its own session's close."""
    return facts.assign(known_at=session_closes(facts["session"].to_numpy("datetime64[D]")))
