"""Volatility: how far prices stray."""

import numpy as np
import talib

from models.domain.indicators import IndicatorMetadata
from services.quant.indicators.window import Values, Window
from services.quant.rolling import rolling_mean, rolling_variance

_SESSIONS_PER_YEAR = 252


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
        stored=True,
    )


def _historical(n_sessions: int) -> IndicatorMetadata:
    return IndicatorMetadata(
        name=f"hist_vol_{n_sessions}",
        title=f"Historical volatility {n_sessions}",
        family="volatility",
        formula=f"standard deviation of the last {n_sessions} daily log returns (of a sample: over "
        f"{n_sessions - 1}), a year: × √252; a fraction",
        latex=rf"\sqrt{{252}}\; s_{{{n_sessions}}}\left(\ln \frac{{C}}{{C_{{-1}}}}\right)",
        warm_up_sessions=n_sessions + 1,
        convergence_sessions=n_sessions + 1,
        in_price_units=False,
        source="close-to-close volatility",
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
    stored=True,
)
HIST_VOL_20, HIST_VOL_60 = _historical(20), _historical(60)
GARMAN_KLASS_20 = IndicatorMetadata(
    name="garman_klass_20",
    title="Garman-Klass volatility 20",
    family="volatility",
    formula="root of the mean, over 20 sessions, of half the squared log of high to low less (2 ln 2 − 1) × "
    "the squared log of close to open, a year: × √252; a fraction; 0 where that mean is not positive",
    latex=r"\sqrt{\frac{252}{20} \sum_{20} \left[\tfrac12 \ln^2 \frac{H}{L} - (2 \ln 2 - 1) \ln^2 "
    r"\frac{C}{O}\right]}",
    warm_up_sessions=20,
    convergence_sessions=20,
    in_price_units=False,
    source="Garman and Klass (1980), J. Business 53, 67-78",
)


def bollinger_bands(window: Window) -> Values:
    """Return upper, middle and lower band of 20 sessions and 2 deviations; NaN in the first 19 rows."""
    upper, middle, lower = talib.BBANDS(window.close, timeperiod=20, nbdevup=2.0, nbdevdn=2.0)
    return upper, middle, lower


def average_true_range(window: Window) -> Values:
    """Return the ATR of 14 sessions; NaN in the first 14 rows."""
    return (talib.ATR(window.high, window.low, window.close, timeperiod=14),)


def historical_volatility(window: Window, n_sessions: int) -> Values:
    """Return the annual deviation of log returns as a fraction; NaN in the first ``n_sessions`` rows."""
    variance = rolling_variance(np.diff(np.log(window.close)), n_sessions)
    volatility = np.full(window.size, np.nan)
    volatility[1:] = _annual(variance * (n_sessions / (n_sessions - 1)))
    return (volatility,)


def garman_klass_volatility(window: Window) -> Values:
    """Return the annual Garman-Klass volatility of 20 sessions as a fraction; NaN in the first 19 rows."""
    log_range = np.log(window.high / window.low)
    log_change = np.log(window.close / window.open)
    variance = 0.5 * log_range * log_range - (2.0 * np.log(2.0) - 1.0) * log_change * log_change
    return (_annual(np.maximum(rolling_mean(variance, 20), 0.0)),)


def _annual(daily_variance: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(_SESSIONS_PER_YEAR * daily_variance))
