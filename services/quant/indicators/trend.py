"""Trend: where prices have been going."""

import talib

from models.domain.indicators import IndicatorMetadata
from services.quant.indicators.window import Values, Window


def _average(n_sessions: int) -> IndicatorMetadata:
    return IndicatorMetadata(
        name=f"sma_{n_sessions}",
        title=f"SMA {n_sessions}",
        family="trend",
        formula=f"mean of the last {n_sessions} adjusted closes",
        latex=rf"\frac{{1}}{{{n_sessions}}} \sum_{{i=0}}^{{{n_sessions - 1}}} C_{{t-i}}",
        warm_up_sessions=n_sessions,
        convergence_sessions=n_sessions,
        in_price_units=True,
        source="moving average, as TA-Lib's SMA",
    )


SMA_20, SMA_50, SMA_200 = _average(20), _average(50), _average(200)


def simple_moving_averages(window: Window) -> Values:
    """Return the means of the last 20, 50 and 200 closes; NaN until there are as many."""
    return (
        talib.SMA(window.close, timeperiod=20),
        talib.SMA(window.close, timeperiod=50),
        talib.SMA(window.close, timeperiod=200),
    )
