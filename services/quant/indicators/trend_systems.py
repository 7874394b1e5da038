"""Trend, continued: systems of several lines that are read together."""

import numpy as np
import talib

from models.domain.indicators import IndicatorMetadata
from services.quant.indicators.window import Values, Window
from services.quant.rolling import lagged, quotient

_SHIFT_SESSIONS = 26
_DIRECTIONAL_SOURCE = "Wilder (1978), New Concepts in Technical Trading Systems, section 5"
_ICHIMOKU_SOURCE = "Hosoda (1969), Ichimoku Kinko Hyo"


def _directional(name: str, title: str, formula: str, latex: str) -> IndicatorMetadata:
    return IndicatorMetadata(
        name=name,
        title=title,
        family="trend",
        formula=formula,
        latex=latex,
        warm_up_sessions=15,
        convergence_sessions=300,
        in_price_units=False,
        source=_DIRECTIONAL_SOURCE,
    )


def _ichimoku(name: str, title: str, formula: str, latex: str, warm_up_sessions: int) -> IndicatorMetadata:
    return IndicatorMetadata(
        name=name,
        title=title,
        family="trend",
        formula=formula,
        latex=latex,
        warm_up_sessions=warm_up_sessions,
        convergence_sessions=warm_up_sessions,
        in_price_units=True,
        source=_ICHIMOKU_SOURCE,
    )


def _middle(n_sessions: int) -> str:
    return rf"\frac{{\max_{{{n_sessions}}} H + \min_{{{n_sessions}}} L}}{{2}}"


PLUS_DI_14 = _directional(
    "plus_di_14",
    "+DI 14",
    "100 × rises of the high that exceed the fall of the low, smoothed as Wilder does over 14 sessions, as a "
    "share of the true range smoothed alike; 0 where that is 0",
    r"100\,\frac{\mathrm{Wilder}_{14}(DM^+)}{\mathrm{Wilder}_{14}(TR)}",
)
MINUS_DI_14 = _directional(
    "minus_di_14",
    "−DI 14",
    "100 × falls of the low that exceed the rise of the high, smoothed as Wilder does over 14 sessions, as a "
    "share of the true range smoothed alike; 0 where that is 0",
    r"100\,\frac{\mathrm{Wilder}_{14}(DM^-)}{\mathrm{Wilder}_{14}(TR)}",
)
ADX_14 = IndicatorMetadata(
    name="adx_14",
    title="ADX 14",
    family="trend",
    formula="100 × difference of +DI and −DI over their sum, without its sign, smoothed as Wilder does over "
    "14 sessions; a session on which both are 0 leaves it as it was",
    latex=r"\mathrm{Wilder}_{14}\left(100\,\frac{|DI^+ - DI^-|}{DI^+ + DI^-}\right)",
    warm_up_sessions=28,
    convergence_sessions=400,
    in_price_units=False,
    source=_DIRECTIONAL_SOURCE,
)
ICHIMOKU_CONVERSION = _ichimoku(
    "ichimoku_conversion",
    "Ichimoku conversion line 9",
    "middle between the highest high and the lowest low of 9 sessions",
    _middle(9),
    9,
)
ICHIMOKU_BASE = _ichimoku(
    "ichimoku_base",
    "Ichimoku base line 26",
    "middle between the highest high and the lowest low of 26 sessions",
    _middle(26),
    26,
)
ICHIMOKU_SPAN_A = _ichimoku(
    "ichimoku_span_a",
    "Ichimoku leading span A",
    "mean of conversion and base line as they stood 26 sessions earlier: the edge of the cloud that is drawn "
    "at this session, known since then",
    r"\tfrac12 (\mathrm{conversion} + \mathrm{base})_{t-26}",
    52,
)
ICHIMOKU_SPAN_B = _ichimoku(
    "ichimoku_span_b",
    "Ichimoku leading span B 52",
    "middle between the highest high and the lowest low of 52 sessions as it stood 26 sessions earlier: the "
    "edge of the cloud that is drawn at this session, known since then",
    rf"\left({_middle(52)}\right)_{{t-26}}",
    78,
)


def directional_movement(window: Window) -> Values:
    """Return ADX, +DI and -DI of 14 sessions, in [0, 100]; NaN in the first 27, 14 and 14 rows.

    TA-Lib's own would compare the rise of the high with the fall of the low as adjusted: in prices of whole
    cents they are often equal, and rounding would decide which of them counts.
    """
    rise, change_of_low = window.changes("high", "low")
    fall = -change_of_low
    true_range = _wilder_mean(talib.TRANGE(window.high, window.low, window.close))
    plus, minus = (
        100.0 * quotient(_wilder_mean(np.where(counts, moved * window.gross_growth, 0.0)), true_range, 0.0)
        for counts, moved in (((rise > fall) & (rise > 0.0), rise), ((fall > rise) & (fall > 0.0), fall))
    )
    index = 100.0 * quotient(np.abs(plus - minus), plus + minus, 0.0)
    average = np.full(window.size, np.nan)
    average[27:] = _smoothed(index[28:], index[14:28].mean()) if window.size > 27 else []
    return average, plus, minus


def ichimoku(window: Window) -> Values:
    """Return conversion line, base line, spans A and B; NaN in the first 8, 25, 51 and 77 rows.

    The spans are those drawn at each session, 26 sessions after they were computed. The lagging span is left
    out: it is the close of 26 sessions later.
    """
    conversion, base, wide = (
        talib.MIDPRICE(window.high, window.low, timeperiod=n_sessions) for n_sessions in (9, 26, 52)
    )
    return conversion, base, lagged(0.5 * (conversion + base), _SHIFT_SESSIONS), lagged(wide, _SHIFT_SESSIONS)


def _wilder_mean(values: np.ndarray) -> np.ndarray:
    """Return Wilder's mean of 14 sessions, NaN in the first 14 rows, whatever stands in the first row.

    It begins as TA-Lib's directional movement does: with the sum of the 13 values up to row 13, over 14.
    """
    mean = np.full(values.size, np.nan)
    if values.size > 14:
        mean[14:] = _smoothed(values[14:], values[1:14].sum() / 14.0)[1:]
    return mean


def _smoothed(values: np.ndarray, start: float) -> np.ndarray:
    """Return ``start``, then each session's mean: the one before, moved by 1/14 of the distance to the value.

    An exponential average of 27 sessions weighs the newest value by 2/28, and begins with a plain mean.
    """
    return np.asarray(talib.EMA(np.concatenate((np.full(27, start), values)), timeperiod=27)[26:])
