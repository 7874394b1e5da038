"""Momentum: how far and how steadily a price has moved."""

from functools import partial

import numpy as np

from models.domain.features import FeatureFamily
from services.quant.features.block import Block
from services.quant.features.definition import Feature, describe, from_indicator
from services.quant.rolling import (
    FloatArray,
    lagged,
    place_in_range,
    rolling_max,
    rolling_mean,
    rolling_min,
)

_describe = partial(describe, FeatureFamily.MOMENTUM)


def simple_return(block: Block, n_sessions: int) -> FloatArray:
    """Return C / C of ``n_sessions`` before - 1."""
    return block.close / lagged(block.close, n_sessions) - 1.0


def _return_before_last_month(block: Block) -> FloatArray:
    return lagged(block.close, 20) / lagged(block.close, 252) - 1.0


def _overnight_return(block: Block) -> FloatArray:
    return block.open / lagged(block.close, 1) - 1.0


def _overnight_drift(block: Block) -> FloatArray:
    return rolling_mean(_overnight_return(block), 20)


def _close_in_day_range(block: Block) -> FloatArray:
    return place_in_range(block.close, block.low, block.high)


def _up_share(block: Block) -> FloatArray:
    return rolling_mean(np.where(block.returns > 0.0, 1.0, 0.0), 20)


def _largest_return(block: Block) -> FloatArray:
    return rolling_max(block.returns, 20)


def _relative_strength_index(block: Block) -> FloatArray:
    return np.where(block.is_unchanged, 0.5, block.indicators["rsi_14"] / 100.0)


def _relative_strength_divergence(block: Block) -> FloatArray:
    rsi = _relative_strength_index(block)
    low, high = rolling_min(block.close, 20), rolling_max(block.close, 20)
    of_price = place_in_range(block.close, low, high)
    return of_price - place_in_range(rsi, rolling_min(rsi, 20), rolling_max(rsi, 20))


def _macd_histogram(block: Block) -> FloatArray:
    return block.indicators["macd_hist"] / block.close


def _stochastic(block: Block) -> FloatArray:
    is_flat = rolling_max(block.high, 16) == rolling_min(block.low, 16)
    return np.where(is_flat, 0.5, block.indicators["stoch_k"] / 100.0)


def _return_feature(n_sessions: int) -> Feature:
    sessions = "1 session" if n_sessions == 1 else f"{n_sessions} sessions"
    return Feature(
        _describe(
            f"return_{n_sessions}",
            f"Return, {sessions}",
            f"adjusted close over that of {sessions} before, less 1",
            rf"\frac{{C_t}}{{C_{{t-{n_sessions}}}}} - 1",
            "simple total return",
            n_sessions + 1,
        ),
        partial(simple_return, n_sessions=n_sessions),
    )


FEATURES: tuple[Feature, ...] = (
    *(_return_feature(n_sessions) for n_sessions in (1, 5, 20, 60)),
    Feature(
        _describe(
            "return_252_skip_20",
            "Return, 252 sessions less the last 20",
            "adjusted close of 20 sessions before over that of 252 before, less 1",
            r"\frac{C_{t-20}}{C_{t-252}} - 1",
            "Jegadeesh and Titman (1993), J. Finance 48",
            253,
        ),
        _return_before_last_month,
    ),
    Feature(
        _describe(
            "overnight_return",
            "Overnight return",
            "open over the adjusted close before it, less 1",
            r"\frac{O_t}{C_{t-1}} - 1",
            "simple total return",
            2,
        ),
        _overnight_return,
    ),
    Feature(
        _describe(
            "overnight_drift_20",
            "Overnight drift 20",
            "mean overnight return of 20 sessions",
            r"\frac{1}{20} \sum_{i=0}^{19} \left(\frac{O_{t-i}}{C_{t-i-1}} - 1\right)",
            "Lou, Polk and Skouras (2019), J. Financial Economics 134",
            21,
        ),
        _overnight_drift,
    ),
    Feature(
        _describe(
            "close_in_day_range",
            "Close within the day's range",
            "close less low, over high less low; 0.5 where they are equal",
            r"\frac{C - L}{H - L}",
            "as in Chaikin's accumulation/distribution",
            1,
        ),
        _close_in_day_range,
    ),
    Feature(
        _describe(
            "up_share_20",
            "Share of rising sessions 20",
            "share of the last 20 sessions that closed above the one before",
            r"\frac{1}{20} \sum_{i=0}^{19} \mathbf{1}[C_{t-i} > C_{t-i-1}]",
            "Da, Gurun and Warachka (2014), Review of Financial Studies 27",
            21,
        ),
        _up_share,
    ),
    Feature(
        _describe(
            "largest_return_20",
            "Largest return 20",
            "largest daily return of 20 sessions",
            r"\max_{i<20} r_{t-i}",
            "Bali, Cakici and Whitelaw (2011), J. Financial Economics 99",
            21,
        ),
        _largest_return,
    ),
    Feature(
        _describe(
            "rsi_14",
            "RSI 14",
            "RSI of 14 sessions over 100; 0.5 where the close did not change in them",
            r"\frac{\mathrm{RSI}_{14}}{100}",
            "Wilder (1978), New Concepts in Technical Trading Systems, section 6",
            15,
            300,
        ),
        _relative_strength_index,
    ),
    Feature(
        _describe(
            "rsi_divergence_20",
            "RSI divergence 20",
            "place of the close within its range of 20 sessions, less that of RSI 14 within its own; above 0 "
            "the price is higher than its momentum confirms",
            r"\frac{C - \min_{20} C}{\max_{20} C - \min_{20} C} - "
            r"\frac{\mathrm{RSI} - \min_{20} \mathrm{RSI}}{\max_{20} \mathrm{RSI} - \min_{20} \mathrm{RSI}}",
            "Wilder (1978), divergence, as a number",
            34,
            400,
        ),
        _relative_strength_divergence,
    ),
    Feature(
        _describe(
            "macd_histogram",
            "MACD histogram",
            "MACD 12/26 less its signal 9, over the close",
            r"\frac{\mathrm{MACD} - \mathrm{EMA}_9(\mathrm{MACD})}{C}",
            "Appel (1979), The Moving Average Convergence-Divergence Method",
            34,
            300,
        ),
        _macd_histogram,
    ),
    Feature(
        _describe(
            "roc_12",
            "Rate of change 12",
            "adjusted close over that of 12 sessions before, less 1",
            r"\frac{C_t}{C_{t-12}} - 1",
            "rate of change, as TA-Lib's ROC",
            13,
        ),
        partial(from_indicator, name="roc_12", unit=100.0),
    ),
    Feature(
        _describe(
            "stochastic_14",
            "Stochastic 14",
            "slow stochastic %K 14/3 over 100; 0.5 where no price changed in its 16 sessions",
            r"\frac{\%K_{14,3}}{100}",
            "Lane (1984), Lane's stochastics",
            18,
        ),
        _stochastic,
    ),
)
