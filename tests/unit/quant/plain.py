"""Indicators, scores and labels in slow plain Python, straight from their definitions.

A second implementation to compare with: it shares nothing with ``services.quant``. Adjustment runs backward
from the last session here, sums are exact (``fsum``), and scores are fractions, so that no rounding decides
a threshold.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import pandas as pd

Series = list[float]
NONE = math.nan


def backward_factors(frame: pd.DataFrame) -> Series:
    """Return what a price of each session is multiplied by to stand in the units of the last one."""
    factors = [1.0] * len(frame)
    rows = list(zip(frame["close"], frame["dividend"], frame["split"], strict=True))
    for i in range(len(rows) - 1, 0, -1):
        close, dividend, split = rows[i]
        factors[i - 1] = factors[i] * close / ((close + dividend) * split)
    return factors


def mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def sma(values: Series, n: int) -> Series:
    return [mean(values[i - n + 1 : i + 1]) if i >= n - 1 else NONE for i in range(len(values))]


def ema(values: Series, n: int, first: int) -> Series:
    """Exponential mean that begins at place ``first`` with the plain mean of the n values up to it."""
    result = [NONE] * len(values)
    for i in range(first, len(values)):
        if i == first:
            result[i] = mean(values[i - n + 1 : i + 1])
        else:
            result[i] = result[i - 1] + 2.0 / (n + 1.0) * (values[i] - result[i - 1])
    return result


def wilder(values: Series, n: int) -> Series:
    """Wilder's mean of values whose first one is missing: begins at place n with the plain mean."""
    result = [NONE] * len(values)
    for i in range(n, len(values)):
        if i == n:
            result[i] = mean(values[1 : n + 1])
        else:
            result[i] = ((n - 1) * result[i - 1] + values[i]) / n
    return result


def rsi(close: Series, n: int = 14) -> Series:
    change = [0.0] + [b - a for a, b in pairwise(close)]
    gain = wilder([max(c, 0.0) for c in change], n)
    loss = wilder([max(-c, 0.0) for c in change], n)
    return [
        NONE if math.isnan(g) else (100.0 * g / (g + lost) if g + lost > 0.0 else 0.0)
        for g, lost in zip(gain, loss, strict=True)
    ]


def macd(close: Series) -> tuple[Series, Series, Series]:
    """Both exponential means begin at the 26th session, the signal 8 later, as TA-Lib has it."""
    line = [a - b for a, b in zip(ema(close, 12, 25), ema(close, 26, 25), strict=True)]
    signal = ema(line, 9, 33)
    line = [NONE] * min(33, len(line)) + line[33:]
    return line, signal, [a - b for a, b in zip(line, signal, strict=True)]


def bollinger(close: Series, n: int = 20, width: float = 2.0) -> tuple[Series, Series, Series]:
    upper, middle, lower = [NONE] * len(close), sma(close, n), [NONE] * len(close)
    for i in range(n - 1, len(close)):
        deviation = math.sqrt(mean([(c - middle[i]) ** 2 for c in close[i - n + 1 : i + 1]]))
        upper[i], lower[i] = middle[i] + width * deviation, middle[i] - width * deviation
    return upper, middle, lower


def atr(high: Series, low: Series, close: Series, n: int = 14) -> Series:
    true_range = [0.0] + [
        max(high[i] - low[i], abs(high[i] - close[i - 1]), abs(low[i] - close[i - 1]))
        for i in range(1, len(close))
    ]
    return wilder(true_range, n)


def indicators(frame: pd.DataFrame) -> dict[str, Series]:
    """Return every indicator of one symbol, price units in those of each session."""
    factors = backward_factors(frame)
    high, low, close = (
        [price * f for price, f in zip(frame[name], factors, strict=True)]
        for name in ("high", "low", "close")
    )
    line, signal, histogram = macd(close)
    upper, middle, lower = bollinger(close)
    in_price_units = {
        "macd": line,
        "macd_signal": signal,
        "macd_hist": histogram,
        **{f"sma_{n}": sma(close, n) for n in (20, 50, 200)},
        "bb_upper": upper,
        "bb_middle": middle,
        "bb_lower": lower,
        "atr_14": atr(high, low, close),
    }
    own = {
        name: [v / f for v, f in zip(values, factors, strict=True)] for name, values in in_price_units.items()
    }
    return {"rsi_14": rsi(close), **own}


def scores(frame: pd.DataFrame) -> list[dict[str, Fraction | str] | None]:
    """Return the parts, the technical score and its label of each session; None where there is none."""
    values = indicators(frame)
    factors = backward_factors(frame)
    adjusted = [price * f for price, f in zip(frame["close"], factors, strict=True)]
    return [
        _score(i, price, adjusted, {name: column[i] for name, column in values.items()}) if i >= 199 else None
        for i, price in enumerate(frame["close"])
    ]


def _score(i: int, close: float, adjusted: Series, at: dict[str, float]) -> dict[str, Fraction | str]:
    if len(set(adjusted[i - 14 : i + 1])) == 1:
        by_rsi = Fraction(1, 2)
    else:
        by_rsi = min(max((70 - Fraction(at["rsi_14"])) / 40, Fraction(0)), Fraction(1))
    above, below = at["macd"] > at["macd_signal"], at["macd"] < at["macd_signal"]
    by_macd = Fraction(6, 10) if above else Fraction(4, 10) if below else Fraction(5, 10)
    k = sum((close > at["sma_50"], at["sma_50"] > at["sma_200"], close > at["sma_200"]))
    by_average = Fraction(2, 10) + Fraction(6, 10) * k / 3
    by_band = Fraction(5, 10)
    if close < at["bb_lower"]:
        by_band = Fraction(3, 10)
    elif close > at["bb_upper"]:
        by_band = Fraction(7, 10)
    technical = (25 * by_rsi + 25 * by_macd + 30 * by_average + 20 * by_band) / 100
    return {
        "rsi_score": by_rsi,
        "macd_score": by_macd,
        "ma_score": by_average,
        "bb_score": by_band,
        "technical": technical,
        "confluence": technical,  # the only source there is takes all the weight
        "technical_label": technical_label(technical),
        "label": confluence_label(technical),
    }


def technical_label(score: Fraction) -> str:
    if score < Fraction(30, 100):
        return "STRONG SELL"
    if score < Fraction(40, 100):
        return "SELL"
    if score <= Fraction(60, 100):
        return "HOLD"
    return "BUY" if score <= Fraction(70, 100) else "STRONG BUY"


def confluence_label(score: Fraction) -> str:
    if score > Fraction(65, 100):
        return "STRONG BUY"
    if score > Fraction(55, 100):
        return "BUY"
    if score >= Fraction(45, 100):
        return "HOLD"
    return "SELL" if score >= Fraction(35, 100) else "STRONG SELL"
