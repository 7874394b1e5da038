"""The correlation page, computed once for each revision of the data and each choice of settings."""

from datetime import date

from models.domain.correlation import CorrelationMatrix, CorrelationMethod, CorrelationRequest, RollingPair
from models.domain.feed import Activity
from models.domain.market import DatasetStatus
from services.queries.cached_feed import DataCache
from services.queries.correlation import CorrelationQueries
from services.storage.cache import CacheKind, shape_of


class CachedCorrelationQueries:
    """``CorrelationQueries``, answered from the cache where it can be; the same errors."""

    def __init__(self, queries: CorrelationQueries, results: DataCache) -> None:
        self._queries = queries
        self._results = results
        self._matrix_shape = shape_of(CorrelationMatrix)
        self._pair_shape = shape_of(RollingPair)

    def matrix(self, request: CorrelationRequest) -> CorrelationMatrix:
        """Return the matrix of the universe, or of one sector; the same errors."""
        asked = (
            request.method,
            request.window_sessions,
            request.order,
            request.sector or "",
            request.as_of or "",
        )
        return self._results.get_or_compute(
            CacheKind.METRICS,
            f"correlation:{':'.join(map(str, asked))}",
            self._matrix_shape,
            lambda: self._queries.matrix(request),
        )

    def pair(
        self,
        first: str,
        second: str,
        method: CorrelationMethod = CorrelationMethod.PEARSON,
        window_sessions: int = 252,
        as_of: date | None = None,
    ) -> RollingPair:
        """Return two symbols over time; the same errors."""
        return self._results.get_or_compute(
            CacheKind.METRICS,
            f"pair:{first}:{second}:{method}:{window_sessions}:{as_of or ''}",
            self._pair_shape,
            lambda: self._queries.pair(first, second, method, window_sessions, as_of),
        )

    def sectors(self) -> tuple[tuple[str, int], ...]:
        """Return the sectors that can be chosen; never kept, the same errors."""
        return self._queries.sectors()

    def staleness(self, status: DatasetStatus) -> str:
        """Return how far the data are behind the exchange now; never kept."""
        return self._queries.staleness(status)

    def activity(self) -> Activity:
        """Return what the worker does now; never kept either.

        Raises
        ------
        DatabaseUnavailableError
            If the database is out of reach.
        """
        return self._queries.activity()
