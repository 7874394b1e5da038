"""Explanations as pages show them, read once for each revision of data, models and explanations."""

from datetime import date

from models.domain.explanation_views import (
    AttentionOverview,
    AttentionRequest,
    ImportanceReport,
    ModelWhy,
    SymbolPrices,
)
from models.domain.feed import Activity
from models.domain.market import DatasetStatus
from services.queries.attention import AttentionQueries
from services.queries.cached_feed import DataCache
from services.queries.model_why import ModelWhyQueries
from services.storage.cache import CacheKind, shape_of

SUBJECTS = ("data", "models", "explanations")


class _NothingStoredError(Exception):
    """Carries an answer that is not kept: what is asked for may be on its way."""

    def __init__(self, why: ModelWhy) -> None:
        super().__init__(why.symbol)
        self.why = why


class CachedModelWhyQueries:
    """``ModelWhyQueries``, answered from the cache where there is an explanation; the same errors."""

    def __init__(self, queries: ModelWhyQueries, results: DataCache) -> None:
        self._queries = queries
        self._results = results
        self._shape = shape_of(ModelWhy)

    def why(self, symbol: str, as_of: date | None = None, model_id: int | None = None) -> ModelWhy:
        """Return why a symbol has its model's score; the same errors."""
        try:
            return self._results.get_or_compute(
                CacheKind.MODELS,
                f"why:{symbol}:{as_of or ''}:{model_id or ''}",
                self._shape,
                lambda: self._stored(symbol, as_of, model_id),
            )
        except _NothingStoredError as nothing:
            return nothing.why

    def _stored(self, symbol: str, as_of: date | None, model_id: int | None) -> ModelWhy:
        found = self._queries.why(symbol, as_of, model_id)
        if found.explanation is None:
            raise _NothingStoredError(found)
        return found


class CachedAttentionQueries:
    """``AttentionQueries``, answered from the cache where it can be; the same errors."""

    def __init__(self, queries: AttentionQueries, results: DataCache) -> None:
        self._queries = queries
        self._results = results
        self._overview_shape = shape_of(AttentionOverview)
        self._importance_shape = shape_of(ImportanceReport)

    def overview(self, request: AttentionRequest) -> AttentionOverview:
        """Return the newest window of every symbol; the same errors."""
        return self._results.get_or_compute(
            CacheKind.MODELS,
            f"attention:{request.as_of or ''}:{request.model_id or ''}",
            self._overview_shape,
            lambda: self._queries.overview(request),
        )

    def prices(self, symbol: str, first: date, last: date) -> SymbolPrices:
        """Return a symbol's bars from one session to another; never kept, the same errors."""
        return self._queries.prices(symbol, first, last)

    def importance(self, request: AttentionRequest) -> ImportanceReport:
        """Return what a model relies on; the same errors."""
        return self._results.get_or_compute(
            CacheKind.MODELS,
            f"importance:{request.as_of or ''}:{request.model_id or ''}",
            self._importance_shape,
            lambda: self._queries.importance(request),
        )

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
