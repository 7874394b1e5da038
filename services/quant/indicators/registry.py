"""Every indicator there is, and their computation over a panel."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from models.domain.indicators import IndicatorMetadata
from models.domain.market import PricePanel
from services.quant.gaps import FilledPanel
from services.quant.indicators import momentum, trend, volatility
from services.quant.indicators.window import Values, Window


@dataclass(frozen=True)
class Indicator:
    """A computation and the columns it gives, in the order of its result."""

    compute: Callable[[Window], Values]
    columns: tuple[IndicatorMetadata, ...]


REGISTRY: tuple[Indicator, ...] = (
    Indicator(momentum.relative_strength_index, (momentum.RSI_14,)),
    Indicator(
        momentum.moving_average_convergence_divergence,
        (momentum.MACD, momentum.MACD_SIGNAL, momentum.MACD_HIST),
    ),
    Indicator(trend.simple_moving_averages, (trend.SMA_20, trend.SMA_50, trend.SMA_200)),
    Indicator(volatility.bollinger_bands, (volatility.BB_UPPER, volatility.BB_MIDDLE, volatility.BB_LOWER)),
    Indicator(volatility.average_true_range, (volatility.ATR_14,)),
)
METADATA: Mapping[str, IndicatorMetadata] = MappingProxyType(
    {column.name: column for indicator in REGISTRY for column in indicator.columns}
)


def compute_indicators(panel: PricePanel, filled: FilledPanel) -> dict[str, np.ndarray]:
    """Compute every indicator of the registry.

    Parameters
    ----------
    panel : PricePanel
        The bars.
    filled : FilledPanel
        The same with short gaps filled; each of its windows is computed by itself.

    Returns
    -------
    dict of float64 arrays, shape (panel.n_rows,)
        By registry name, for the panel's own bars. Values in price units stand in the units of their own
        session (as quoted that day). NaN in the warm-up.
    """
    values = {name: np.empty(panel.n_rows) for name in METADATA}
    # Window by window: what one needs stays in the processor's cache.
    for first, last in pairwise(filled.window_starts.tolist()):
        source, is_filled = filled.source[first:last], filled.is_filled[first:last]
        own = slice(int(source[0]), int(source[-1]) + 1)
        has_gaps = bool(is_filled.any())
        rows = source if has_gaps else own
        gross = panel.gross_growth[rows]
        window = Window(
            open=panel.open[rows] * gross,
            high=panel.high[rows] * gross,
            low=panel.low[rows] * gross,
            close=panel.close[rows] * gross,
            volume=panel.volume[rows] / panel.share_growth[rows],
        )
        for indicator in REGISTRY:
            for column, result in zip(indicator.columns, indicator.compute(window), strict=True):
                value = result / gross if column.in_price_units else result
                values[column.name][own] = value[~is_filled] if has_gaps else value
    return values
