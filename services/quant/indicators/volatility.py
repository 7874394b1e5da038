"""Volatility: how far prices stray."""

import talib

from models.domain.indicators import IndicatorMetadata
from services.quant.indicators.window import Values, Window


def _band(name: str, title: str, formula: str, sign: str) -> IndicatorMetadata:
    return IndicatorMetadata(
        name=name,
        title=title,
        family="volatility",
        formula=formula,
        latex=rf"\mathrm{{SMA}}_{{20}}(C) {sign}",
        warm_up_sessions=20,
        convergence_sessions=20,
        in_price_units=True,
        source="Bollinger (2001), Bollinger on Bollinger Bands; population standard deviation, as TA-Lib",
    )


BB_UPPER = _band(
    "bb_upper",
    "Bollinger upper 20/2",
    "mean of 20 adjusted closes plus 2 of their standard deviations",
    r"+ 2\sigma_{20}",
)
BB_MIDDLE = _band("bb_middle", "Bollinger middle 20", "mean of 20 adjusted closes", "")
BB_LOWER = _band(
    "bb_lower",
    "Bollinger lower 20/2",
    "mean of 20 adjusted closes less 2 of their standard deviations",
    r"- 2\sigma_{20}",
)
ATR_14 = IndicatorMetadata(
    name="atr_14",
    title="ATR 14",
    family="volatility",
    formula="true range (high to low, or to the close before where that is further), smoothed as Wilder does "
    "over 14 sessions",
    latex=r"\mathrm{Wilder}_{14}\left(\max(H, C_{-1}) - \min(L, C_{-1})\right)",
    warm_up_sessions=15,
    convergence_sessions=300,
    in_price_units=True,
    source="Wilder (1978), New Concepts in Technical Trading Systems, section 4",
)


def bollinger_bands(window: Window) -> Values:
    """Return upper, middle and lower band of 20 sessions and 2 deviations; NaN in the first 19 rows."""
    upper, middle, lower = talib.BBANDS(window.close, timeperiod=20, nbdevup=2.0, nbdevdn=2.0)
    return upper, middle, lower


def average_true_range(window: Window) -> Values:
    """Return the ATR of 14 sessions; NaN in the first 14 rows."""
    return (talib.ATR(window.high, window.low, window.close, timeperiod=14),)
