"""How a feature is written down."""

from collections.abc import Callable
from dataclasses import dataclass

from models.domain.features import FeatureFamily, FeatureMetadata
from services.quant.features.block import Block
from services.quant.rolling import FloatArray


@dataclass(frozen=True)
class Feature:
    """A feature of a symbol's own window. What it returns inside its warm-up is not looked at."""

    metadata: FeatureMetadata
    compute: Callable[[Block], FloatArray]


def describe(
    family: FeatureFamily,
    name: str,
    title: str,
    formula: str,
    latex: str,
    source: str,
    warm_up_sessions: int,
    convergence_sessions: int | None = None,
    is_cross_sectional: bool = False,
) -> FeatureMetadata:
    """Return metadata; what forgets its start at once converges with its warm-up."""
    converged = convergence_sessions or warm_up_sessions
    return FeatureMetadata(
        name, title, family, formula, latex, warm_up_sessions, converged, source, is_cross_sectional
    )


def from_indicator(block: Block, name: str, unit: float = 1.0) -> FloatArray:
    """Return an indicator of the registry in multiples of ``unit``."""
    return block.indicators[name] / unit
