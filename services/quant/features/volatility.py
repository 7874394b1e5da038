"""Volatility: how far prices stray, and how that changes."""

from functools import partial

import numpy as np

from models.domain.features import FeatureFamily
from services.quant.features.block import Block
from services.quant.features.definition import Feature, describe, from_indicator
from services.quant.rolling import (
    FloatArray,
    lagged,
    quotient,
    rolling_max,
    rolling_mean,
    rolling_sum,
    rolling_variance,
)

_describe = partial(describe, FeatureFamily.VOLATILITY)


def _volatility_ratio(block: Block) -> FloatArray:
    return quotient(block.indicators["hist_vol_20"], block.indicators["hist_vol_60"], where_zero=1.0)


def _volatility_of_volatility(block: Block) -> FloatArray:
    volatility = block.indicators["hist_vol_20"]
    deviation = np.sqrt(rolling_variance(volatility, 60))
    return quotient(deviation, rolling_mean(volatility, 60), where_zero=0.0)


def _true_range_to_average(block: Block) -> FloatArray:
    before = lagged(block.close, 1)
    true_range = np.maximum(block.high, before) - np.minimum(block.low, before)
    return quotient(true_range, block.indicators["atr_14"], where_zero=1.0)


def _bollinger_width(block: Block) -> FloatArray:
    upper, middle, lower = (block.indicators[f"bb_{line}"] for line in ("upper", "middle", "lower"))
    return (upper - lower) / middle


def _downside_share(block: Block) -> FloatArray:
    falls = np.where(block.returns < 0.0, block.squares, 0.0)
    return quotient(rolling_sum(falls, 60), rolling_sum(block.squares, 60), where_zero=0.5)


def _skewness(block: Block) -> FloatArray:
    variance = rolling_variance(block.returns, 60)
    mean = rolling_mean(block.returns, 60)
    cubes = rolling_mean(block.squares * block.returns, 60)
    third_moment = cubes - 3.0 * mean * variance - mean**3
    return quotient(third_moment, variance**1.5, where_zero=0.0)


def _largest_move_share(block: Block) -> FloatArray:
    return quotient(rolling_max(block.squares, 20), rolling_sum(block.squares, 20), where_zero=0.05)


FEATURES: tuple[Feature, ...] = (
    *(
        Feature(
            _describe(
                f"volatility_{n_sessions}",
                f"Volatility {n_sessions}",
                f"standard deviation of {n_sessions} daily log returns, a year: × √252",
                rf"\sqrt{{252}}\; s_{{{n_sessions}}}\left(\ln \frac{{C}}{{C_{{-1}}}}\right)",
                "close-to-close volatility",
                n_sessions + 1,
            ),
            partial(from_indicator, name=f"hist_vol_{n_sessions}"),
        )
        for n_sessions in (20, 60)
    ),
    Feature(
        _describe(
            "garman_klass_20",
            "Garman-Klass volatility 20",
            "volatility of 20 sessions from open, high, low and close, a year",
            r"\sqrt{\frac{252}{20} \sum_{20} \left[\tfrac12 \ln^2 \frac{H}{L} - (2 \ln 2 - 1) \ln^2 "
            r"\frac{C}{O}\right]}",
            "Garman and Klass (1980), J. Business 53",
            20,
        ),
        partial(from_indicator, name="garman_klass_20"),
    ),
    Feature(
        _describe(
            "volatility_ratio_20_60",
            "Volatility, 20 to 60 sessions",
            "volatility of 20 sessions over that of 60; 1 where the price stood still",
            r"\frac{\sigma_{20}}{\sigma_{60}}",
            "close-to-close volatility",
            61,
        ),
        _volatility_ratio,
    ),
    Feature(
        _describe(
            "volatility_of_volatility_60",
            "Volatility of volatility 60",
            "standard deviation of the volatility of 20 sessions over 60 sessions, over its mean there; 0 "
            "where the price stood still",
            r"\frac{s_{60}(\sigma_{20})}{\overline{\sigma_{20}}}",
            "Baltussen, van Bekkum and van der Grient (2018), J. Financial and Quantitative Analysis 53",
            80,
        ),
        _volatility_of_volatility,
    ),
    Feature(
        _describe(
            "atr_to_close",
            "ATR to close",
            "average true range of 14 sessions over the close",
            r"\frac{\mathrm{ATR}_{14}}{C}",
            "Wilder (1978), New Concepts in Technical Trading Systems, section 4",
            15,
            300,
        ),
        lambda block: block.indicators["atr_14"] / block.close,
    ),
    Feature(
        _describe(
            "true_range_to_atr",
            "True range to ATR",
            "true range of the session over its average of 14; 1 where prices never moved",
            r"\frac{\max(H, C_{-1}) - \min(L, C_{-1})}{\mathrm{ATR}_{14}}",
            "Wilder (1978), New Concepts in Technical Trading Systems, section 4",
            15,
            300,
        ),
        _true_range_to_average,
    ),
    Feature(
        _describe(
            "bollinger_width",
            "Bollinger width",
            "upper less lower Bollinger band 20/2, over the middle one",
            r"\frac{4\sigma_{20}(C)}{\mathrm{SMA}_{20}(C)}",
            "Bollinger (2001), Bollinger on Bollinger Bands",
            20,
        ),
        _bollinger_width,
    ),
    Feature(
        _describe(
            "downside_share_60",
            "Downside share 60",
            "squared returns of falling sessions over those of all, 60 sessions; 0.5 where none moved",
            r"\frac{\sum_{60} \min(r, 0)^2}{\sum_{60} r^2}",
            "Barndorff-Nielsen, Kinnebrock and Shephard (2010), realised semivariance",
            61,
        ),
        _downside_share,
    ),
    Feature(
        _describe(
            "skewness_60",
            "Skewness 60",
            "skewness of 60 daily returns; 0 where they are equal",
            r"\frac{\frac{1}{60} \sum (r - \bar r)^3}{\left(\frac{1}{60} \sum (r - \bar r)^2\right)^{3/2}}",
            "Amaya, Christoffersen, Jacobs and Vasquez (2015), J. Financial Economics 118",
            61,
        ),
        _skewness,
    ),
    Feature(
        _describe(
            "largest_move_share_20",
            "Share of the largest move 20",
            "largest squared return of 20 sessions over their sum; 1/20 where none moved",
            r"\frac{\max_{20} r^2}{\sum_{20} r^2}",
            "jump share of realised variance, after Barndorff-Nielsen and Shephard (2006)",
            21,
        ),
        _largest_move_share,
    ),
)
