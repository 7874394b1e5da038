"""The data-quality page, computed once for each revision of the data."""

from models.domain.feed import Activity
from models.domain.market import DatasetStatus, QuarantineKey
from models.domain.quality_views import QualityReport, RowEvidence, Supply, SymbolEvidence
from services.queries.cached_feed import DataCache
from services.queries.data_quality import DataQualityQueries
from services.storage.cache import CacheKind, shape_of


class CachedDataQualityQueries:
    """``DataQualityQueries``, answered from the cache where it can be; the same errors."""

    def __init__(self, queries: DataQualityQueries, results: DataCache) -> None:
        self._queries = queries
        self._results = results
        self._report_shape = shape_of(QualityReport)
        self._symbol_shape = shape_of(SymbolEvidence)

    def report(self) -> QualityReport:
        """Return all that was assessed of the dataset that pages show.

        Raises
        ------
        NotYetComputedError
            If there are no prices yet, or nothing has been assessed; its message says what is going on.
        DatabaseUnavailableError
            If the database is out of reach.
        """
        return self._results.get_or_compute(
            CacheKind.QUALITY, "report", self._report_shape, self._queries.report
        )

    def symbol(self, symbol: str) -> SymbolEvidence:
        """Return what stands behind one symbol's row.

        Raises
        ------
        UnknownSymbolError
            If no symbol of that name was assessed.
        NotYetComputedError, DatabaseUnavailableError
            As ``report``.
        """
        return self._results.get_or_compute(
            CacheKind.QUALITY, f"symbol:{symbol}", self._symbol_shape, lambda: self._queries.symbol(symbol)
        )

    def row(self, key: QuarantineKey) -> RowEvidence | None:
        """Return a row in quarantine with the bars stored around it; never kept: a decision rests on it.

        Raises
        ------
        NotYetComputedError, DatabaseUnavailableError
            As ``report``.
        """
        return self._queries.row(key)

    def supply(self) -> Supply | None:
        """Return where the data come from and how that goes; never kept, since it changes with time alone.

        Raises
        ------
        DatabaseUnavailableError
            If the database is out of reach.
        """
        return self._queries.supply()

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
