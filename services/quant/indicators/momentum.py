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
    "14 sessions; 0 where nothing ever moved",
    latex=r"100\,\frac{\bar g_{14}}{\bar g_{14} + \bar l_{14}}",
    warm_up_sessions=15,
    convergence_sessions=300,
    in_price_units=False,
    source="Wilder (1978), New Concepts in Technical Trading Systems, section 6",
    stored=True,
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
    stored=True,
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
    stored=True,
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
    stored=True,
)
ROC_12 = IndicatorMetadata(
    name="roc_12",
    title="ROC 12",
    family="momentum",
    formula="change of the adjusted close over 12 sessions, × 100",
    latex=r"100\left(\frac{C}{C_{-12}} - 1\right)",
    warm_up_sessions=13,
    convergence_sessions=13,
    in_price_units=False,
    source="rate of change, as TA-Lib's ROC",
)
_STOCHASTIC_SOURCE = "Lane (1984), Lane's Stochastics, Stocks & Commodities 2"
STOCH_K = IndicatorMetadata(
    name="stoch_k",
    title="Stochastic %K 14/3",
    family="momentum",
    formula="100 × place of the close between the lowest low and the highest high of 14 sessions (0 where "
    "these are equal), mean of 3 sessions",
    latex=r"\mathrm{SMA}_3\left(100\,\frac{C - \min_{14} L}{\max_{14} H - \min_{14} L}\right)",
    warm_up_sessions=18,
    convergence_sessions=18,
    in_price_units=False,
    source=_STOCHASTIC_SOURCE,
)
STOCH_D = IndicatorMetadata(
    name="stoch_d",
    title="Stochastic %D 3",
    family="momentum",
    formula="mean of the stochastic %K over 3 sessions",
    latex=r"\mathrm{SMA}_3(\%K)",
    warm_up_sessions=18,
    convergence_sessions=18,
    in_price_units=False,
    source=_STOCHASTIC_SOURCE,
)
WILLR_14 = IndicatorMetadata(
    name="willr_14",
    title="Williams %R 14",
    family="momentum",
    formula="−100 × distance of the close from the highest high of 14 sessions, as a share of the distance "
    "from there to the lowest low; 0 where these are equal",
    latex=r"-100\,\frac{\max_{14} H - C}{\max_{14} H - \min_{14} L}",
    warm_up_sessions=14,
    convergence_sessions=14,
    in_price_units=False,
    source="Williams (1979), How I Made One Million Dollars Last Year Trading Commodities",
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


def rate_of_change(window: Window) -> Values:
    """Return the change over 12 sessions in per cent, TA-Lib's unit; NaN in the first 12 rows."""
    return (talib.ROC(window.close, timeperiod=12),)


def stochastic(window: Window) -> Values:
    """Return slow %K and %D of 14/3/3, in [0, 100]; NaN in the first 17 rows.

    The unsmoothed %K is 0 where highest high and lowest low are equal.
    """
    k, d = talib.STOCH(
        window.high,
        window.low,
        window.close,
        fastk_period=14,
        slowk_period=3,
        slowd_period=3,
    )
    return k, d


def williams_percent_range(window: Window) -> Values:
    """Return Williams %R of 14 sessions, in [-100, 0]; NaN in the first 13 rows, 0 where the range is."""
    return (talib.WILLR(window.high, window.low, window.close, timeperiod=14),)
