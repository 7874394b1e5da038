"""The signal feed and its ticker panel, computed once for each revision of the data."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from sqlalchemy import Engine

from models.domain.feed import Activity, Quote, SignalFeed, TickerDetail
from models.domain.market import DatasetStatus
from services.queries.revision import RevisionWatcher
from services.queries.signal_feed import SignalFeedQueries
from services.storage.cache import CacheKind, ResultCache, Shape, read_data_scope, shape_of

T = TypeVar("T")


class DataCache:
    """Results that hold as long as the data do.

    The watcher says without a query whether anything at all has changed. Only then is the revision of the
    data read, in one small statement; while nothing changes a result costs no query.
    """

    def __init__(
        self,
        engine: Engine,
        revision: RevisionWatcher,
        cache: ResultCache,
        subjects: tuple[str, ...] = ("data",),
    ) -> None:
        self._engine = engine
        self._subjects = subjects
        self._revision = revision
        self._cache = cache
        self._scope: tuple[object, str] = (None, "")

    def get_or_compute(self, kind: CacheKind, name: str, shape: Shape[T], compute: Callable[[], T]) -> T:
        """Return the result as of the data now, kept or computed.

        While the database is out of reach ``compute`` is asked, which says so: whoever shows older results
        says that they are old, and so keeps them itself.

        Raises
        ------
        DatabaseUnavailableError
            If the data's revision cannot be read; and whatever ``compute`` raises.
        """
        current = self._revision.current
        if not current.database:
            return compute()
        # The time too: another database, or one restored, may have counted as far.
        seen = (current.number, current.changed_at)
        known, scope = self._scope
        if known != seen:
            # Read after `seen`: what changes in between is asked for again.
            scope = str(read_data_scope(self._engine, self._subjects))
            self._scope = (seen, scope)
        return self._cache.get_or_compute(kind, scope, name, shape, compute)


class CachedFeedQueries:
    """``SignalFeedQueries``, answered from the cache where it can be; the same errors."""

    def __init__(self, queries: SignalFeedQueries, results: DataCache) -> None:
        self._queries = queries
        self._results = results
        self._feed_shape = shape_of(SignalFeed)
        self._ticker_shape = shape_of(TickerDetail)

    def feed(self, as_of: date | None = None) -> SignalFeed:
        """Return the newest signal of every symbol, up to a session if one is given; the same errors."""
        return self._results.get_or_compute(
            CacheKind.SIGNALS, f"feed:{as_of or ''}", self._feed_shape, lambda: self._queries.feed(as_of)
        )

    def ticker(self, symbol: str, n_sessions: int = 250, as_of: date | None = None) -> TickerDetail:
        """Return what the panel of one symbol shows; the same errors."""
        return self._results.get_or_compute(
            CacheKind.INDICATORS,
            f"ticker:{n_sessions}:{symbol}:{as_of or ''}",
            self._ticker_shape,
            lambda: self._queries.ticker(symbol, n_sessions, as_of),
        )

    def staleness(self, status: DatasetStatus) -> str:
        """Return how far the data are behind the exchange now; never kept."""
        return self._queries.staleness(status)

    def quote(self, symbol: str) -> Quote | None:
        """Return the newest quote of a symbol; never kept, the same errors."""
        return self._queries.quote(symbol)

    def activity(self) -> Activity:
        """Return what the worker does now; never kept, since it changes with time alone.

        Raises
        ------
        DatabaseUnavailableError
            If the database is out of reach.
        """
        return self._queries.activity()
