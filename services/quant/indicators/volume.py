"""Volume: how much is traded, and at rising or at falling prices.

Where a source has no volume (indices) there is no value: a session without one adds nothing to a cumulative
indicator and has no value itself, and the others have none as long as such a session is among those they
look at.
"""

import numpy as np
import talib

from models.domain.indicators import IndicatorMetadata
from services.quant.indicators.window import Values, Window
from services.quant.rolling import quotient, rolling_mean, rolling_sum

_TIE = 1e-14  # in price units: TA-Lib's MFI takes a smaller change for none

OBV = IndicatorMetadata(
    name="obv",
    title="OBV",
    family="volume",
    formula="volume of the first session, plus the volume of every session that closed higher than the one "
    "before, less that of every one that closed lower; in shares of the session",
    latex=r"\sum \operatorname{sgn}(C - C_{-1})\, V",
    warm_up_sessions=1,
    convergence_sessions=1,
    in_price_units=False,
    source="Granville (1963), New Key to Stock Market Profits",
    in_share_units=True,
    cumulative=True,
)
ACCUMULATION_DISTRIBUTION = IndicatorMetadata(
    name="accumulation_distribution",
    title="Accumulation/distribution",
    family="volume",
    formula="sum, over all sessions, of the volume × place of the close in the session's range, from −1 at "
    "the low to 1 at the high; a session without a range adds nothing; in shares of the session",
    latex=r"\sum \frac{(C - L) - (H - C)}{H - L}\, V",
    warm_up_sessions=1,
    convergence_sessions=1,
    in_price_units=False,
    source="Chaikin, as TA-Lib's AD",
    in_share_units=True,
    cumulative=True,
)
VWAP_20 = IndicatorMetadata(
    name="vwap_20",
    title="VWAP 20",
    family="volume",
    formula="mean of the typical prices (high + low + close) / 3 of 20 sessions, weighted by volume; the "
    "plain mean where nothing was traded",
    latex=r"\frac{\sum_{20} V \frac{H + L + C}{3}}{\sum_{20} V}",
    warm_up_sessions=20,
    convergence_sessions=20,
    in_price_units=True,
    source="volume-weighted average price over a moving window",
)
MFI_14 = IndicatorMetadata(
    name="mfi_14",
    title="MFI 14",
    family="volume",
    formula="100 × typical price × volume over those of 14 sessions whose typical price rose, as a share of "
    "the same over those whose typical price rose or fell; 0 where none did",
    latex=r"100\,\frac{M^+_{14}}{M^+_{14} + M^-_{14}},\quad M = V \frac{H + L + C}{3}",
    warm_up_sessions=15,
    convergence_sessions=15,
    in_price_units=False,
    source="Quong and Soudack (1989), Stocks & Commodities 7, as TA-Lib's MFI",
)
VOLUME_ROC_12 = IndicatorMetadata(
    name="volume_roc_12",
    title="Volume ROC 12",
    family="volume",
    formula="change of the volume over 12 sessions, × 100; 0 where nothing was traded 12 sessions ago",
    latex=r"100\left(\frac{V}{V_{-12}} - 1\right)",
    warm_up_sessions=13,
    convergence_sessions=13,
    in_price_units=False,
    source="rate of change, as TA-Lib's ROC",
)
RELATIVE_VOLUME_20 = IndicatorMetadata(
    name="relative_volume_20",
    title="Relative volume 20",
    family="volume",
    formula="volume over the mean volume of the 20 sessions up to and with this one; 1 where nothing was "
    "traded in any of them",
    latex=r"\frac{V}{\frac{1}{20} \sum_{20} V}",
    warm_up_sessions=20,
    convergence_sessions=20,
    in_price_units=False,
    source="volume over its moving average",
)


def on_balance_volume(window: Window) -> Values:
    """Return the OBV in shares of the panel's start, one value a row."""
    (change,) = window.changes("close")
    direction = np.sign(change)
    direction[0] = 1.0
    return (_where_known(np.cumsum(direction * _traded(window)), window),)


def accumulation_distribution(window: Window) -> Values:
    """Return the accumulation/distribution line in shares of the panel's start, one value a row."""
    line = talib.AD(window.high, window.low, window.close, _traded(window))
    return (_where_known(line, window),)


def volume_weighted_average_price(window: Window) -> Values:
    """Return the VWAP of 20 sessions; NaN in the first 19 rows, the plain mean where nothing was traded."""
    flow, traded = (rolling_sum(each, 20) for each in (window.typical_price * window.volume, window.volume))
    plain = rolling_mean(window.typical_price, 20)
    return (np.where(traded == 0.0, plain, quotient(flow, traded, where_zero=0.0)),)


def money_flow_index(window: Window) -> Values:
    """Return the MFI of 14 sessions, in [0, 100]; NaN in the first 14 rows, 0 where no money flowed.

    TA-Lib's own never recovers from a missing volume, and lets the rounding of adjusted prices tell a rise
    from a fall.
    """
    (change,) = window.changes("typical_price")
    flow = window.typical_price * window.volume
    rising = rolling_sum(np.where(change >= _TIE, flow, 0.0 * flow), 14)
    falling = rolling_sum(np.where(change <= -_TIE, flow, 0.0 * flow), 14)
    index = 100.0 * quotient(rising, rising + falling, where_zero=0.0)
    index[:14] = np.nan  # the first session has no change
    return (index,)


def volume_rate_of_change(window: Window) -> Values:
    """Return the volume's change over 12 sessions in per cent; NaN in the first 12 rows."""
    return (talib.ROC(window.volume, timeperiod=12),)


def relative_volume(window: Window) -> Values:
    """Return volume over its mean of 20 sessions, in [0, 20]; NaN in the first 19 rows, 1 where that is 0."""
    return (quotient(window.volume, rolling_mean(window.volume, 20), where_zero=1.0),)


def _traded(window: Window) -> np.ndarray:
    """Return the volume, 0 where it is not known."""
    return np.asarray(np.nan_to_num(window.volume))


def _where_known(values: np.ndarray, window: Window) -> np.ndarray:
    """Return NaN at sessions without volume."""
    return np.where(np.isnan(window.volume), np.nan, values)
