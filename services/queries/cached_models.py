"""The Models page, computed once for each revision of the data and of the models."""

from models.domain.feed import Activity
from models.domain.market import DatasetStatus
from models.domain.model_views import ModelDetail, ModelsReport
from services.queries.cached_feed import DataCache
from services.queries.models import ModelsQueries
from services.storage.cache import CacheKind, shape_of


class CachedModelsQueries:
    """``ModelsQueries``, answered from the cache where it can be; the same errors."""

    def __init__(self, queries: ModelsQueries, results: DataCache) -> None:
        self._queries = queries
        self._results = results
        self._report_shape = shape_of(ModelsReport)
        self._detail_shape = shape_of(ModelDetail)

    def report(self) -> ModelsReport:
        """Return all but what stands behind one chosen model.

        Raises
        ------
        NotYetComputedError
            If there are no prices yet, or nothing was ever judged; its message says what to do.
        DatabaseUnavailableError
            If the database is out of reach.
        """
        return self._results.get_or_compute(
            CacheKind.MODELS, "report", self._report_shape, self._queries.report
        )

    def detail(self, key: str | None) -> ModelDetail:
        """Return what stands behind one line, or behind the leading one where ``key`` is None.

        Raises
        ------
        InvalidRequestError
            If there is no such line.
        NotYetComputedError, DatabaseUnavailableError
            As ``report``.
        """
        return self._results.get_or_compute(
            CacheKind.MODELS, f"detail:{key or ''}", self._detail_shape, lambda: self._queries.detail(key)
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
