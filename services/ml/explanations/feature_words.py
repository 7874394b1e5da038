"""How a feature and its value are said in a sentence."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from models.domain.features import FeatureFamily
from services.quant.features.registry import METADATA


class Unit(StrEnum):
    """How a value is written."""

    CHANGE = "change"  # a fraction with its sign, in per cent
    SHARE = "share"  # a fraction, in per cent
    INDEX = "index"  # an indicator from 0 to 1, written from 0 to 100 behind its name: RSI 71
    TIMES = "times"
    NUMBER = "number"
    DEVIATIONS = "deviations"
    RANK = "rank"  # share of the others that lie below
    DATE = "date"  # said by the session alone
    DAYS = "days"  # weeks in the feature


# What stands here is said otherwise than its title and family would have it: (noun, unit).
_SAID: Mapping[str, tuple[str, Unit]] = MappingProxyType(
    {
        "return_1": ("the return of the session", Unit.CHANGE),
        "return_5": ("the return of 5 sessions", Unit.CHANGE),
        "return_20": ("the return of 20 sessions", Unit.CHANGE),
        "return_60": ("the return of 60 sessions", Unit.CHANGE),
        "return_252_skip_20": ("the return of 252 sessions less the last 20", Unit.CHANGE),
        "overnight_drift_20": ("the mean overnight return of 20 sessions", Unit.CHANGE),
        "largest_return_20": ("the largest return of 20 sessions", Unit.CHANGE),
        "roc_12": ("the rate of change over 12 sessions", Unit.CHANGE),
        "close_in_day_range": ("the close within the day's range", Unit.SHARE),
        "up_share_20": ("the share of rising sessions among 20", Unit.SHARE),
        "rsi_14": ("RSI", Unit.INDEX),
        "rsi_divergence_20": ("the divergence of price and RSI", Unit.NUMBER),
        "macd_histogram": ("the MACD histogram against the close", Unit.CHANGE),
        "stochastic_14": ("the stochastic", Unit.INDEX),
        "volatility_20": ("the volatility of 20 sessions", Unit.SHARE),
        "volatility_60": ("the volatility of 60 sessions", Unit.SHARE),
        "garman_klass_20": ("the Garman-Klass volatility of 20 sessions", Unit.SHARE),
        "volatility_ratio_20_60": ("the volatility of 20 sessions against that of 60", Unit.TIMES),
        "volatility_of_volatility_60": ("the volatility of volatility", Unit.SHARE),
        "atr_to_close": ("the average true range against the close", Unit.SHARE),
        "true_range_to_atr": ("the session's range against its average", Unit.TIMES),
        "downside_share_60": ("the share of falling sessions in the volatility of 60", Unit.SHARE),
        "skewness_60": ("the skewness of 60 returns", Unit.NUMBER),
        "largest_move_share_20": ("the share of the largest move in 20 sessions", Unit.SHARE),
        "close_to_sma_10": ("the distance of the close from SMA 10", Unit.CHANGE),
        "close_to_sma_20": ("the distance of the close from SMA 20", Unit.CHANGE),
        "close_to_sma_50": ("the distance of the close from SMA 50", Unit.CHANGE),
        "close_to_sma_200": ("the distance of the close from SMA 200", Unit.CHANGE),
        "sma_50_to_sma_200": ("the distance of SMA 50 from SMA 200", Unit.CHANGE),
        "bollinger_place": ("the place within the Bollinger bands", Unit.SHARE),
        "adx_14": ("ADX", Unit.INDEX),
        "directional_balance_14": ("the directional balance", Unit.NUMBER),
        "ichimoku_conversion_to_base": ("the distance of Ichimoku's conversion from its base", Unit.CHANGE),
        "close_to_ichimoku_cloud": ("the distance of the close from the Ichimoku cloud", Unit.CHANGE),
        "efficiency_60": ("the trend efficiency of 60 sessions", Unit.NUMBER),
        "relative_volume_20": ("the volume against its mean of 20 sessions", Unit.TIMES),
        "volume_ratio_5_60": ("the volume of 5 sessions against that of 60", Unit.TIMES),
        "volume_variation_20": ("the variation of the volume", Unit.NUMBER),
        "obv_slope_20": ("the slope of the on-balance volume", Unit.NUMBER),
        "money_flow_20": ("Chaikin's money flow", Unit.NUMBER),
        "mfi_14": ("the money flow index", Unit.INDEX),
        "price_volume_correlation_20": ("the correlation of price and volume", Unit.NUMBER),
        "illiquidity_ratio_20_120": ("the illiquidity of 20 sessions against that of 120", Unit.TIMES),
        "return_20_less_market": ("the return of 20 sessions less the market's", Unit.CHANGE),
        "return_5_less_sector": ("the return of 5 sessions less the sector's", Unit.CHANGE),
        "return_20_less_sector": ("the return of 20 sessions less the sector's", Unit.CHANGE),
        "return_60_less_sector": ("the return of 60 sessions less the sector's", Unit.CHANGE),
        "beta_market_60": ("the beta to the market", Unit.NUMBER),
        "beta_sector_60": ("the beta to the sector", Unit.NUMBER),
        "correlation_market_60": ("the correlation with the market", Unit.NUMBER),
        "correlation_sector_60": ("the correlation with the sector", Unit.NUMBER),
        "sector_return_20_less_market": ("the sector's return of 20 sessions less the market's", Unit.CHANGE),
        "market_return_1": ("the market's return of the session", Unit.CHANGE),
        "market_return_5": ("the market's return of 5 sessions", Unit.CHANGE),
        "market_return_20": ("the market's return of 20 sessions", Unit.CHANGE),
        "market_return_60": ("the market's return of 60 sessions", Unit.CHANGE),
        "market_volatility_20": ("the market's volatility of 20 sessions", Unit.SHARE),
        "market_volatility_rank_252": ("the rank of the market's volatility within a year", Unit.RANK),
        "market_drawdown_252": ("the market's distance from its 52-week high", Unit.CHANGE),
        "market_breadth_50": ("the share of the universe above SMA 50", Unit.SHARE),
        "market_dispersion_20": ("the dispersion of the universe's returns of 20 sessions", Unit.SHARE),
        "vix_level": ("VIX", Unit.INDEX),
        "vix_change_5": ("the change of VIX in 5 sessions", Unit.CHANGE),
        "vix_rank_252": ("the rank of VIX within a year", Unit.RANK),
        "vix_premium_20": ("VIX less the market's volatility", Unit.CHANGE),
        "month_elapsed": ("the place in the month", Unit.SHARE),
        "quarter_elapsed": ("the place in the quarter", Unit.SHARE),
        "days_since_session": ("the time since the session before", Unit.DAYS),
    }
)
_BY_FAMILY: Mapping[FeatureFamily, Unit] = MappingProxyType(
    {
        FeatureFamily.MOMENTUM: Unit.CHANGE,
        FeatureFamily.VOLATILITY: Unit.SHARE,
        FeatureFamily.TREND: Unit.CHANGE,
        FeatureFamily.VOLUME: Unit.NUMBER,
        FeatureFamily.RELATIVE_STRENGTH: Unit.CHANGE,
        FeatureFamily.CROSS_SECTION: Unit.RANK,
        FeatureFamily.REGIME: Unit.SHARE,
        FeatureFamily.CALENDAR: Unit.DATE,
    }
)
_ABBREVIATIONS = ("RSI", "MACD", "VIX", "SMA", "ADX", "OBV", "MFI", "ATR", "Garman", "Bollinger", "Chaikin")


def said(name: str) -> tuple[str, Unit]:
    """Return the noun and the unit of a feature, as they stand in the middle of a sentence."""
    if name in _SAID:
        return _SAID[name]
    known = METADATA[name]
    unit = Unit.DEVIATIONS if name.startswith("zscore_") else _BY_FAMILY[known.family]
    is_name = known.title.startswith(_ABBREVIATIONS)
    return f"the {known.title if is_name else known.title[0].lower() + known.title[1:]}", unit


def value_words(name: str, value: float, session: date) -> str:
    """Write a value in the unit of its feature; a value that is not known is said to be so."""
    _, unit = said(name)
    if unit is Unit.DATE:
        return f"{session:%A}" if name.startswith("weekday") else f"{session:%B}"
    if not np.isfinite(value):
        return "not known"
    value = round(value, 6) + 0.0  # no minus before a zero
    written = {
        Unit.CHANGE: f"{value * 100.0:+.1f} %".replace("-", "−"),
        Unit.SHARE: f"{value * 100.0:.1f} %",
        Unit.INDEX: f"{value * 100.0:.0f}",
        Unit.TIMES: f"{value:.1f} times",
        Unit.NUMBER: f"{value:.2f}".replace("-", "−"),
        Unit.DEVIATIONS: f"{value:+.1f} deviations".replace("-", "−"),
        Unit.RANK: f"{value * 100.0:.0f} % lie below",
        Unit.DAYS: f"{value * 7.0:.0f} day{'' if round(value * 7.0) == 1 else 's'}",
    }
    return written[unit]
