"""How long each kind of result may live, however seldom the data change."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class CacheKind(StrEnum):
    """What a kept result is made of; also its label in the metrics."""

    INDICATORS = "indicators"
    METADATA = "metadata"
    SIGNALS = "signals"
    METRICS = "metrics"
    QUALITY = "quality"
    MODELS = "models"


TTL_SECONDS: Mapping[CacheKind, int] = MappingProxyType(
    {
        CacheKind.INDICATORS: 3_600,
        CacheKind.METADATA: 86_400,
        CacheKind.SIGNALS: 900,
        CacheKind.METRICS: 3_600,
        CacheKind.QUALITY: 3_600,
        CacheKind.MODELS: 3_600,
    }
)
