"""Every indicator there is, and their computation over a panel."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from models.domain.indicators import IndicatorMetadata
from models.domain.market import PricePanel
from services.quant.gaps import FilledPanel
from services.quant.indicators import momentum, trend, trend_systems, volatility, volume
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
    Indicator(momentum.rate_of_change, (momentum.ROC_12,)),
    Indicator(momentum.stochastic, (momentum.STOCH_K, momentum.STOCH_D)),
    Indicator(momentum.williams_percent_range, (momentum.WILLR_14,)),
    *(
        Indicator(partial(trend.simple_moving_average, n_sessions=column.warm_up_sessions), (column,))
        for column in (trend.SMA_5, trend.SMA_10, trend.SMA_20, trend.SMA_50, trend.SMA_200)
    ),
    *(
        Indicator(partial(trend.exponential_moving_average, n_sessions=column.warm_up_sessions), (column,))
        for column in (trend.EMA_5, trend.EMA_10, trend.EMA_20, trend.EMA_50, trend.EMA_200)
    ),
    Indicator(
        trend_systems.directional_movement,
        (trend_systems.ADX_14, trend_systems.PLUS_DI_14, trend_systems.MINUS_DI_14),
    ),
    Indicator(
        trend_systems.ichimoku,
        (
            trend_systems.ICHIMOKU_CONVERSION,
            trend_systems.ICHIMOKU_BASE,
            trend_systems.ICHIMOKU_SPAN_A,
            trend_systems.ICHIMOKU_SPAN_B,
        ),
    ),
    Indicator(trend.moving_average_crosses, (trend.GOLDEN_CROSS, trend.DEATH_CROSS)),
    Indicator(volatility.bollinger_bands, (volatility.BB_UPPER, volatility.BB_MIDDLE, volatility.BB_LOWER)),
    Indicator(volatility.average_true_range, (volatility.ATR_14,)),
    Indicator(partial(volatility.historical_volatility, n_sessions=20), (volatility.HIST_VOL_20,)),
    Indicator(partial(volatility.historical_volatility, n_sessions=60), (volatility.HIST_VOL_60,)),
    Indicator(volatility.garman_klass_volatility, (volatility.GARMAN_KLASS_20,)),
    Indicator(volume.on_balance_volume, (volume.OBV,)),
    Indicator(volume.volume_weighted_average_price, (volume.VWAP_20,)),
    Indicator(volume.money_flow_index, (volume.MFI_14,)),
    Indicator(volume.accumulation_distribution, (volume.ACCUMULATION_DISTRIBUTION,)),
    Indicator(volume.volume_rate_of_change, (volume.VOLUME_ROC_12,)),
    Indicator(volume.relative_volume, (volume.RELATIVE_VOLUME_20,)),
)
METADATA: Mapping[str, IndicatorMetadata] = MappingProxyType(
    {column.name: column for indicator in REGISTRY for column in indicator.columns}
)
STORED: tuple[str, ...] = tuple(name for name, column in METADATA.items() if column.stored)


def compute_indicators(
    panel: PricePanel, filled: FilledPanel, names: Collection[str] | None = None
) -> dict[str, np.ndarray]:
    """Compute the registry, or what of it is asked for.

    Parameters
    ----------
    panel : PricePanel
        The bars.
    filled : FilledPanel
        The same with short gaps filled; each of its windows is computed by itself.
    names : collection of str, optional
        Columns wanted, all of them if None; nothing else is computed.

    Returns
    -------
    dict of float64 arrays, shape (panel.n_rows,)
        By registry name, in the registry's order, for the panel's own bars. Values in price units stand in
        the units of their own session (as quoted that day), those in share units count that day's shares.
        NaN in the warm-up, and where an indicator needs a volume that the source has not.

    Raises
    ------
    ValueError
        If the registry has no such name.
    """
    wanted = set(METADATA if names is None else names)
    if unknown := sorted(wanted - METADATA.keys()):
        raise ValueError(f"No indicator {', '.join(unknown)}; there are {', '.join(METADATA)}")
    values = {name: np.empty(panel.n_rows) for name in METADATA if name in wanted}
    indicators = [each for each in REGISTRY if any(column.name in wanted for column in each.columns)]
    # Window by window: what one needs stays in the processor's cache.
    for first, last in pairwise(filled.window_starts.tolist()):
        source, is_filled = filled.source[first:last], filled.is_filled[first:last]
        own = slice(int(source[0]), int(source[-1]) + 1)
        has_gaps = bool(is_filled.any())
        window = Window(panel, source if has_gaps else own)
        for indicator in indicators:
            for column, result in zip(indicator.columns, indicator.compute(window), strict=True):
                if column.name not in wanted:
                    continue
                into = np.empty(result.size) if has_gaps else values[column.name][own]
                _put_in_own_units(column, result, window, into)
                if has_gaps:
                    values[column.name][own] = into[~is_filled]
    return values


def _put_in_own_units(
    column: IndicatorMetadata, result: np.ndarray, window: Window, into: np.ndarray
) -> None:
    """Write a window's values to where they are kept, without a copy between."""
    if column.in_price_units:
        np.divide(result, window.gross_growth, out=into)
    elif column.in_share_units:
        np.multiply(result, window.share_growth, out=into)
    else:
        into[:] = result
