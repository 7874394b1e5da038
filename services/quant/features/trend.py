"""Trend: where a price stands against where it has been."""

from functools import partial

import numpy as np

from models.domain.features import FeatureFamily
from services.quant.features.block import Block
from services.quant.features.definition import Feature, describe, from_indicator
from services.quant.rolling import (
    FloatArray,
    lagged,
    place_in_range,
    quotient,
    rolling_max,
    rolling_min,
    rolling_sum,
)

_describe = partial(describe, FeatureFamily.TREND)
# TA-Lib's running sums leave a deviation of up to 3e-6 of a price that stands still.
_BAND_NOISE = 1e-5


def _from_average(block: Block, n_sessions: int) -> FloatArray:
    return block.close / block.indicators[f"sma_{n_sessions}"] - 1.0


def _slope(block: Block, n_sessions: int, over: int) -> FloatArray:
    average = block.indicators[f"sma_{n_sessions}"]
    return average / lagged(average, over) - 1.0


def _averages_apart(block: Block) -> FloatArray:
    return block.indicators["sma_50"] / block.indicators["sma_200"] - 1.0


def _bollinger_place(block: Block) -> FloatArray:
    lower, upper = block.indicators["bb_lower"], block.indicators["bb_upper"]
    return place_in_range(block.close, lower, upper, _BAND_NOISE)


def _directional_balance(block: Block) -> FloatArray:
    plus, minus = block.indicators["plus_di_14"], block.indicators["minus_di_14"]
    return quotient(plus - minus, plus + minus, where_zero=0.0)


def _conversion_to_base(block: Block) -> FloatArray:
    return (block.indicators["ichimoku_conversion"] - block.indicators["ichimoku_base"]) / block.close


def _from_cloud(block: Block) -> FloatArray:
    spans = block.indicators["ichimoku_span_a"], block.indicators["ichimoku_span_b"]
    return (block.close - np.clip(block.close, np.minimum(*spans), np.maximum(*spans))) / block.close


def _cloud_width(block: Block) -> FloatArray:
    return (block.indicators["ichimoku_span_a"] - block.indicators["ichimoku_span_b"]) / block.close


def _from_high(block: Block) -> FloatArray:
    return block.close / rolling_max(block.high, 252) - 1.0


def _from_low(block: Block) -> FloatArray:
    return block.close / rolling_min(block.low, 252) - 1.0


def _efficiency(block: Block) -> FloatArray:
    change = block.log_close - lagged(block.log_close, 1)
    return quotient(np.abs(rolling_sum(change, 60)), rolling_sum(np.abs(change), 60), where_zero=0.0)


def _distance_feature(n_sessions: int) -> Feature:
    return Feature(
        _describe(
            f"close_to_sma_{n_sessions}",
            f"Close to SMA {n_sessions}",
            f"close over its mean of {n_sessions} sessions, less 1",
            rf"\frac{{C}}{{\mathrm{{SMA}}_{{{n_sessions}}}}} - 1",
            "moving average",
            n_sessions,
        ),
        partial(_from_average, n_sessions=n_sessions),
    )


def _slope_feature(n_sessions: int, over: int) -> Feature:
    return Feature(
        _describe(
            f"sma_{n_sessions}_slope",
            f"Slope of SMA {n_sessions}",
            f"mean close of {n_sessions} sessions over the same {over} sessions before, less 1",
            rf"\frac{{\mathrm{{SMA}}_{{{n_sessions},t}}}}{{\mathrm{{SMA}}_{{{n_sessions},t-{over}}}}} - 1",
            "moving average",
            n_sessions + over,
        ),
        partial(_slope, n_sessions=n_sessions, over=over),
    )


_WILDER = "Wilder (1978), New Concepts in Technical Trading Systems, section 5"
_HOSODA = "Hosoda (1969), Ichimoku Kinko Hyo"
_HIGHS = "George and Hwang (2004), J. Finance 59"

FEATURES: tuple[Feature, ...] = (
    *(_distance_feature(n_sessions) for n_sessions in (10, 20, 50, 200)),
    *(_slope_feature(n_sessions, over) for n_sessions, over in ((20, 5), (50, 10), (200, 20))),
    Feature(
        _describe(
            "sma_50_to_sma_200",
            "SMA 50 to SMA 200",
            "mean close of 50 sessions over that of 200, less 1; above 0 after a golden cross",
            r"\frac{\mathrm{SMA}_{50}}{\mathrm{SMA}_{200}} - 1",
            "moving average crossing",
            200,
        ),
        _averages_apart,
    ),
    Feature(
        _describe(
            "bollinger_place",
            "Place within the Bollinger bands",
            "close less the lower band 20/2, over the distance of the bands; 0.5 where the price stood still",
            r"\frac{C - B_{\mathrm{low}}}{B_{\mathrm{up}} - B_{\mathrm{low}}}",
            "Bollinger (2001), Bollinger on Bollinger Bands",
            20,
        ),
        _bollinger_place,
    ),
    Feature(
        _describe(
            "adx_14",
            "ADX 14",
            "average directional index of 14 sessions over 100",
            r"\frac{\mathrm{ADX}_{14}}{100}",
            _WILDER,
            28,
            400,
        ),
        partial(from_indicator, name="adx_14", unit=100.0),
    ),
    Feature(
        _describe(
            "directional_balance_14",
            "Directional balance 14",
            "+DI less −DI over their sum, 14 sessions; 0 where both are 0",
            r"\frac{+DI - (-DI)}{+DI + (-DI)}",
            _WILDER,
            15,
            300,
        ),
        _directional_balance,
    ),
    Feature(
        _describe(
            "ichimoku_conversion_to_base",
            "Ichimoku conversion to base",
            "conversion line 9 less base line 26, over the close",
            r"\frac{T_9 - K_{26}}{C}",
            _HOSODA,
            26,
        ),
        _conversion_to_base,
    ),
    Feature(
        _describe(
            "close_to_ichimoku_cloud",
            "Close to the Ichimoku cloud",
            "close less the nearer edge of the cloud drawn at the session, over the close; 0 within it",
            r"\frac{C - \operatorname{clip}(C, A_t, B_t)}{C}",
            _HOSODA,
            78,
        ),
        _from_cloud,
    ),
    Feature(
        _describe(
            "ichimoku_cloud_width",
            "Width of the Ichimoku cloud",
            "span A less span B as drawn at the session, over the close",
            r"\frac{A_t - B_t}{C}",
            _HOSODA,
            78,
        ),
        _cloud_width,
    ),
    Feature(
        _describe(
            "distance_from_high_252",
            "Distance from the 52-week high",
            "close over the highest high of 252 sessions, less 1",
            r"\frac{C}{\max_{252} H} - 1",
            _HIGHS,
            252,
        ),
        _from_high,
    ),
    Feature(
        _describe(
            "distance_from_low_252",
            "Distance from the 52-week low",
            "close over the lowest low of 252 sessions, less 1",
            r"\frac{C}{\min_{252} L} - 1",
            _HIGHS,
            252,
        ),
        _from_low,
    ),
    Feature(
        _describe(
            "efficiency_60",
            "Trend efficiency 60",
            "log return of 60 sessions without its sign over the sum of the daily ones without theirs: 1 for "
            "a straight way, 0 where the price stood still",
            r"\frac{|\ln C_t - \ln C_{t-60}|}{\sum_{60} |\ln C - \ln C_{-1}|}",
            "Kaufman (1995), Smarter Trading, efficiency ratio",
            61,
        ),
        _efficiency,
    ),
)
