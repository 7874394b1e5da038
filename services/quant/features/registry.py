"""Every feature there is, in the order of the columns."""

from collections.abc import Mapping
from types import MappingProxyType

from models.domain.features import FeatureMetadata
from services.quant.features import (
    calendar,
    cross_section,
    momentum,
    regime,
    relative_strength,
    trend,
    volatility,
    volume,
)

OWN_FEATURES = (
    *momentum.FEATURES,
    *volatility.FEATURES,
    *trend.FEATURES,
    *volume.FEATURES,
    *relative_strength.FEATURES,
)
CROSS_FEATURES = cross_section.FEATURES
SESSION_FEATURES = (*regime.FEATURES, *calendar.FEATURES)

METADATA: Mapping[str, FeatureMetadata] = MappingProxyType(
    {
        metadata.name: metadata
        for metadata in (
            *(feature.metadata for feature in OWN_FEATURES),
            *(feature.metadata for feature in CROSS_FEATURES),
            *(feature.metadata for feature in SESSION_FEATURES),
        )
    }
)
NAMES: tuple[str, ...] = tuple(METADATA)

# The newest session's features are right on a panel that holds no more than this many sessions before and
# with it.
LONGEST_CONVERGENCE_SESSIONS = max(metadata.convergence_sessions for metadata in METADATA.values())
