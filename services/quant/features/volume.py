"""Volume: how much is traded, and at rising or at falling prices. NaN where the source has no volume."""

from functools import partial

import numpy as np

from models.domain.features import FeatureFamily
from services.quant.features.block import Block
from services.quant.features.definition import Feature, describe, from_indicator
from services.quant.rolling import (
    FloatArray,
    lagged,
    quotient,
    rolling_correlation,
    rolling_mean,
    rolling_sum,
    rolling_variance,
)

_describe = partial(describe, FeatureFamily.VOLUME)


def _volume_ratio(block: Block) -> FloatArray:
    return quotient(rolling_mean(block.volume, 5), rolling_mean(block.volume, 60), where_zero=1.0)


def _volume_variation(block: Block) -> FloatArray:
    deviation = np.sqrt(rolling_variance(block.volume, 20))
    return quotient(deviation, block.volume_sum_20 / 20.0, where_zero=0.0)


def _on_balance_slope(block: Block) -> FloatArray:
    # The indicator's own difference over 20 sessions would carry the rounding of all its history.
    signed = np.sign(block.returns) * block.volume
    return quotient(rolling_sum(signed, 20), block.volume_sum_20, where_zero=0.0)


def _money_flow(block: Block) -> FloatArray:
    spread = block.high - block.low
    place = quotient((block.close - block.low) - (block.high - block.close), spread, where_zero=0.0)
    return quotient(rolling_sum(place * block.volume, 20), block.volume_sum_20, where_zero=0.0)


def _money_flow_index(block: Block) -> FloatArray:
    typical = block.high + block.low + block.close
    moved = np.where(typical == lagged(typical, 1), 0.0, block.volume)
    has_flow = rolling_sum(moved, 14) != 0.0
    return np.where(has_flow, block.indicators["mfi_14"] / 100.0, 0.5)


def _price_volume_correlation(block: Block) -> FloatArray:
    return rolling_correlation(block.returns, block.volume, 20)


def _illiquidity_ratio(block: Block) -> FloatArray:
    moves, traded = np.abs(block.returns), block.close * block.volume
    now = rolling_sum(moves, 20) * rolling_sum(traded, 120)
    return quotient(now, rolling_sum(moves, 120) * rolling_sum(traded, 20), where_zero=1.0)


FEATURES: tuple[Feature, ...] = (
    Feature(
        _describe(
            "relative_volume_20",
            "Relative volume 20",
            "volume over its mean of 20 sessions; 1 where nothing was traded",
            r"\frac{V}{\frac{1}{20} \sum_{20} V}",
            "relative volume",
            20,
        ),
        partial(from_indicator, name="relative_volume_20"),
    ),
    Feature(
        _describe(
            "volume_ratio_5_60",
            "Volume, 5 to 60 sessions",
            "mean volume of 5 sessions over that of 60; 1 where nothing was traded",
            r"\frac{\overline{V}_5}{\overline{V}_{60}}",
            "relative volume",
            60,
        ),
        _volume_ratio,
    ),
    Feature(
        _describe(
            "volume_variation_20",
            "Variation of volume 20",
            "standard deviation of the volume of 20 sessions over its mean; 0 where nothing was traded",
            r"\frac{\sigma_{20}(V)}{\overline{V}_{20}}",
            "Chordia, Subrahmanyam and Anshuman (2001), J. Financial Economics 59",
            20,
        ),
        _volume_variation,
    ),
    Feature(
        _describe(
            "obv_slope_20",
            "OBV slope 20",
            "change of the on-balance volume over 20 sessions, over the volume traded in them; 0 where "
            "nothing was",
            r"\frac{\sum_{20} \operatorname{sgn}(C - C_{-1})\, V}{\sum_{20} V}",
            "Granville (1963), New Key to Stock Market Profits",
            21,
        ),
        _on_balance_slope,
    ),
    Feature(
        _describe(
            "money_flow_20",
            "Chaikin money flow 20",
            "change of accumulation/distribution over 20 sessions, over the volume traded in them; 0 where "
            "nothing was",
            r"\frac{\sum_{20} \frac{(C - L) - (H - C)}{H - L} V}{\sum_{20} V}",
            "Chaikin, money flow",
            20,
        ),
        _money_flow,
    ),
    Feature(
        _describe(
            "mfi_14",
            "MFI 14",
            "money flow index of 14 sessions over 100; 0.5 where no money flowed",
            r"\frac{\mathrm{MFI}_{14}}{100}",
            "Quong and Soudack (1989), Stocks & Commodities 7",
            15,
        ),
        _money_flow_index,
    ),
    Feature(
        _describe(
            "price_volume_correlation_20",
            "Price-volume correlation 20",
            "correlation of daily return and volume over 20 sessions; 0 where one of them stood still",
            r"\operatorname{corr}_{20}(r, V)",
            "Karpoff (1987), J. Financial and Quantitative Analysis 22",
            21,
        ),
        _price_volume_correlation,
    ),
    Feature(
        _describe(
            "illiquidity_ratio_20_120",
            "Illiquidity, 20 to 120 sessions",
            "returns without their signs over the money traded, 20 sessions, over the same for 120; 1 where "
            "it cannot be said",
            r"\frac{\overline{|r|}_{20} / \overline{C V}_{20}}{\overline{|r|}_{120} / \overline{C V}_{120}}",
            "Amihud (2002), J. Financial Markets 5, as a ratio of sums",
            121,
        ),
        _illiquidity_ratio,
    ),
)
