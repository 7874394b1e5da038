"""Ask a live feed for the prices of this moment and store them beside the bars."""

from datetime import timedelta

from models.domain.jobs import JobResult
from services.ports import Clock, LiveFeed, Progress, UnitOfWorkFactory
from services.providers.stored_history import StoredInDatabase

_KEPT = timedelta(days=5)  # the session before and this one, over a weekend and a holiday


def refresh_quotes(
    open_work: UnitOfWorkFactory, feed: LiveFeed, clock: Clock, progress: Progress
) -> JobResult:
    """Store the newest quote of every symbol of the feed's dataset; drop those of earlier weeks.

    Quotes are shown, never scored: the revision of the data stays, that of the quotes rises.

    Raises
    ------
    ProviderUnavailableError
        If there are none to be had at present.
    """
    with open_work() as work:
        status = work.datasets.active()
        if status is None or status.dataset.id is None or status.dataset.provider != feed.feed_name:
            return JobResult(0, "no quotes: the data shown are of no live feed")
        dataset_id = status.dataset.id
        members = work.datasets.instruments(dataset_id)
    shown = members[members["in_universe"] | (members["symbol"] == status.dataset.benchmark)]
    symbols = tuple(shown["symbol"])
    progress(0, len(symbols), "asking for quotes")
    quotes = feed.quotes(symbols, StoredInDatabase(open_work))
    ids = dict(zip(members["symbol"], members["id"].tolist(), strict=True))
    now = clock.now()
    with open_work() as work:
        n_new = work.quotes.add(ids, quotes, now)
        work.quotes.prune(dataset_id, now - _KEPT)
        if n_new:
            work.touch("quotes")
        work.commit()
    progress(len(symbols), len(symbols), f"stored {n_new} quotes")
    missing = sorted(set(symbols) - set(quotes["symbol"]))
    message = f"{len(quotes)} of {len(symbols)} symbols quoted, {n_new} quotes new"
    if missing:
        message += f"; none of {', '.join(missing)}"
    return JobResult(n_new, message, {"symbols": len(quotes)}, is_partial=bool(missing))
