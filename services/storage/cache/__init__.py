"""Computed results kept at hand: in Redis where there is one, in this process where there is none."""

from services.storage.cache.kinds import TTL_SECONDS, CacheKind
from services.storage.cache.opening import open_cache
from services.storage.cache.result_cache import CacheStatistics, ResultCache
from services.storage.cache.scope import DataScope, read_data_scope
from services.storage.cache.shapes import Shape, shape_of

__all__ = [
    "TTL_SECONDS",
    "CacheKind",
    "CacheStatistics",
    "DataScope",
    "ResultCache",
    "Shape",
    "open_cache",
    "read_data_scope",
    "shape_of",
]
