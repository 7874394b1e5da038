"""Momentum: how fast prices move."""

import numpy as np
import talib

from models.domain.indicators import IndicatorMetadata
from services.quant.indicators.window import Values, Window

RSI_14 = IndicatorMetadata(
    name="rsi_14",
    title="RSI 14",
    family="momentum",
    formula="100 × average gain / (average gain + average loss), both smoothed as Wilder does over "
    "14 sessions",
    latex=r"100\,\frac{\bar g_{14}}{\bar g_{14} + \bar l_{14}}",
    warm_up_sessions=15,
    convergence_sessions=300,
    in_price_units=False,
    source="Wilder (1978), New Concepts in Technical Trading Systems, section 6",
)
_MACD_SOURCE = "Appel (1979), The Moving Average Convergence-Divergence Method"
MACD = IndicatorMetadata(
    name="macd",
    title="MACD 12/26",
    family="momentum",
    formula="exponential average of 12 sessions less that of 26",
    latex=r"\mathrm{EMA}_{12}(C) - \mathrm{EMA}_{26}(C)",
    warm_up_sessions=34,
    convergence_sessions=260,
    in_price_units=True,
    source=_MACD_SOURCE,
)
MACD_SIGNAL = IndicatorMetadata(
    name="macd_signal",
    title="MACD signal 9",
    family="momentum",
    formula="exponential average of the MACD over 9 sessions",
    latex=r"\mathrm{EMA}_9(\mathrm{MACD})",
    warm_up_sessions=34,
    convergence_sessions=300,
    in_price_units=True,
    source=_MACD_SOURCE,
)
MACD_HIST = IndicatorMetadata(
    name="macd_hist",
    title="MACD histogram",
    family="momentum",
    formula="MACD less its signal",
    latex=r"\mathrm{MACD} - \mathrm{EMA}_9(\mathrm{MACD})",
    warm_up_sessions=34,
    convergence_sessions=300,
    in_price_units=True,
    source=_MACD_SOURCE,
)


def relative_strength_index(window: Window) -> Values:
    """Return the RSI of 14 sessions; NaN in the first 14 rows, 0 where nothing ever moved."""
    return (talib.RSI(window.close, timeperiod=14),)


def moving_average_convergence_divergence(window: Window) -> Values:
    """Return MACD 12/26, its signal 9 and their difference; NaN in the first 33 rows."""
    if window.close.size < 34:
        nothing = np.full(window.close.size, np.nan)
        return nothing, nothing, nothing
    macd, signal, histogram = talib.MACD(window.close, fastperiod=12, slowperiod=26, signalperiod=9)
    return macd, signal, histogram
