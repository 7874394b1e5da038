"""What there is to say of a feature, for the registry, for explanations and for the pages."""

from dataclasses import dataclass
from enum import StrEnum


class FeatureFamily(StrEnum):
    """The eight families over which an explanation is summed up."""

    MOMENTUM = "momentum"
    VOLATILITY = "volatility"
    TREND = "trend"
    VOLUME = "volume"
    RELATIVE_STRENGTH = "relative_strength"
    CROSS_SECTION = "cross_section"
    REGIME = "regime"
    CALENDAR = "calendar"


@dataclass(frozen=True)
class FeatureMetadata:
    """Name and nature of a feature. None has a unit: prices and volumes cancel out.

    ``warm_up_sessions``: the first value stands at this session, counted from 1: of the symbol's window, or,
    of the families regime and calendar, of the panel.
    ``convergence_sessions``: after this many sessions the start of the history matters less than 1e-6.
    ``is_cross_sectional``: the value depends on the other symbols of the day.
    """

    name: str
    title: str
    family: FeatureFamily
    formula: str
    latex: str
    warm_up_sessions: int
    convergence_sessions: int
    source: str
    is_cross_sectional: bool = False
