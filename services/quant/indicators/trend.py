"""Trend: where prices have been going."""

import numpy as np
import talib

from models.domain.indicators import IndicatorMetadata
from services.quant.indicators.window import Values, Window

# TA-Lib's running sums leave noise of up to 1e-11 of the price, which must not pass for a crossing.
_PRICE_NOISE = 1e-10


def _simple(n_sessions: int, *, stored: bool = False) -> IndicatorMetadata:
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
        stored=stored,
    )


def _exponential(n_sessions: int) -> IndicatorMetadata:
    return IndicatorMetadata(
        name=f"ema_{n_sessions}",
        title=f"EMA {n_sessions}",
        family="trend",
        formula=f"exponential average of the adjusted closes: each moves it by 2/{n_sessions + 1} of the "
        f"distance; it begins with the mean of the first {n_sessions}",
        latex=rf"E_t = E_{{t-1}} + \frac{{2}}{{{n_sessions + 1}}} (C_t - E_{{t-1}})",
        warm_up_sessions=n_sessions,
        # What is left of the start shrinks by e² every n sessions: 2e-8 of it after 9 times as many more.
        convergence_sessions=10 * n_sessions,
        in_price_units=True,
        source="moving average, as TA-Lib's EMA",
    )


def _cross(name: str, title: str, now: str, before: str, relations: tuple[str, str]) -> IndicatorMetadata:
    averages = [
        rf"\mathrm{{SMA}}_{{50,t{lag}}} {sign} \mathrm{{SMA}}_{{200,t{lag}}}"
        for lag, sign in zip(("", "-1"), relations, strict=True)
    ]
    return IndicatorMetadata(
        name=name,
        title=title,
        family="trend",
        formula=f"1 on the session at which SMA 50 stands {now} SMA 200 and stood {before} it the session "
        "before; otherwise 0. Differences under 1e-10 of the price count as none",
        latex=rf"\mathbf{{1}}\left[{averages[0]} \wedge {averages[1]}\right]",
        warm_up_sessions=201,
        convergence_sessions=201,
        in_price_units=False,
        source="moving average crossing",
    )


SMA_5, SMA_10 = _simple(5), _simple(10)
SMA_20, SMA_50, SMA_200 = _simple(20, stored=True), _simple(50, stored=True), _simple(200, stored=True)
EMA_5, EMA_10, EMA_20, EMA_50, EMA_200 = (_exponential(n) for n in (5, 10, 20, 50, 200))
GOLDEN_CROSS = _cross("golden_cross", "Golden cross", "above", "at or below", (">", r"\le"))
DEATH_CROSS = _cross("death_cross", "Death cross", "below", "at or above", ("<", r"\ge"))


def simple_moving_average(window: Window, n_sessions: int) -> Values:
    """Return the mean of the last ``n_sessions`` closes; NaN until there are as many."""
    return (talib.SMA(window.close, timeperiod=n_sessions),)


def exponential_moving_average(window: Window, n_sessions: int) -> Values:
    """Return the exponential mean of the closes, begun with a plain one; NaN for ``n_sessions - 1`` rows."""
    return (talib.EMA(window.close, timeperiod=n_sessions),)


def moving_average_crosses(window: Window) -> Values:
    """Return golden and death cross, 1 on the session itself, else 0; NaN in the first 200 rows."""
    difference = talib.SMA(window.close, timeperiod=50) - talib.SMA(window.close, timeperiod=200)
    noise = _PRICE_NOISE * window.close
    is_above, is_below = difference > noise, difference < -noise
    golden, death = np.full((2, window.close.size), np.nan)
    golden[200:] = (is_above[1:] & ~is_above[:-1])[199:]
    death[200:] = (is_below[1:] & ~is_below[:-1])[199:]
    return golden, death
