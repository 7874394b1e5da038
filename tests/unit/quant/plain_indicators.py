"""The indicators that no score needs, in slow plain Python, straight from their definitions.

What ``plain`` is to the eleven of the score. Prices are adjusted backward from the last session, windows are
cut out one by one and summed exactly.
"""

import math
from collections.abc import Callable, Sequence

import pandas as pd

from tests.unit.quant import plain
from tests.unit.quant.plain import NONE, Series, mean, sma

_ROUNDING = 1e-12
_TIE = 1e-14  # TA-Lib takes a smaller change of the typical price for none


def rolling(n: int, length: int, value: Callable[[int], float]) -> Series:
    """Return value(i) from place n - 1 on."""
    return [value(i) if i >= n - 1 else NONE for i in range(length)]


def rate_of_change(values: Series, n: int) -> Series:
    return rolling(
        n + 1, len(values), lambda i: 100.0 * (values[i] / values[i - n] - 1.0) if values[i - n] else 0.0
    )


def highest(values: Series, i: int, n: int) -> float:
    return max(values[i - n + 1 : i + 1])


def lowest(values: Series, i: int, n: int) -> float:
    return min(values[i - n + 1 : i + 1])


def place_in_range(high: Series, low: Series, close: Series, i: int) -> float:
    top, bottom = highest(high, i, 14), lowest(low, i, 14)
    return (close[i] - bottom) / (top - bottom) if top > bottom else NONE


def stochastic(high: Series, low: Series, close: Series) -> tuple[Series, Series]:
    raw = rolling(14, len(close), lambda i: 100.0 * _or(place_in_range(high, low, close, i), 0.0))
    k = rolling(16, len(close), lambda i: mean(raw[i - 2 : i + 1]))
    d = rolling(18, len(close), lambda i: mean(k[i - 2 : i + 1]))
    return [NONE] * min(17, len(k)) + k[17:], d


def williams(high: Series, low: Series, close: Series) -> Series:
    return rolling(14, len(close), lambda i: 100.0 * (_or(place_in_range(high, low, close, i), 1.0) - 1.0))


def direction(quoted: Series, frame: pd.DataFrame) -> Series:
    """Change from the session before, in the units of the later one, without what rounding leaves."""
    changes = [0.0]
    for i in range(1, len(quoted)):
        close, dividend, split = (frame[name].iloc[i] for name in ("close", "dividend", "split"))
        before = quoted[i - 1] * close / ((close + dividend) * split)
        has_event = dividend != 0.0 or split != 1.0
        change = quoted[i] - (before if has_event else quoted[i - 1])
        changes.append(0.0 if has_event and abs(change) <= _ROUNDING * quoted[i] else change)
    return changes


def directional(frame: pd.DataFrame, factors: Series) -> tuple[Series, Series, Series]:
    quoted_high, quoted_low = frame["high"].tolist(), frame["low"].tolist()
    rise = direction(quoted_high, frame)
    fall = [-change for change in direction(quoted_low, frame)]
    high, low, close = _adjusted(frame, factors, "high", "low", "close")
    n = len(close)
    sums = [0.0, 0.0, 0.0]
    plus, minus, index, average = [NONE] * n, [NONE] * n, [NONE] * n, [NONE] * n
    for i in range(1, n):
        true_range = max(high[i], close[i - 1]) - min(low[i], close[i - 1])
        up = rise[i] * factors[i] if rise[i] > max(fall[i], 0.0) else 0.0
        down = fall[i] * factors[i] if fall[i] > max(rise[i], 0.0) else 0.0
        for j, value in enumerate((up, down, true_range)):
            sums[j] = (sums[j] * 13.0 / 14.0 if i >= 14 else sums[j]) + value
        if i >= 14:
            plus[i], minus[i] = (100.0 * each / sums[2] if sums[2] else 0.0 for each in sums[:2])
            both = plus[i] + minus[i]
            index[i] = 100.0 * abs(plus[i] - minus[i]) / both if both else 0.0
        if i == 27:
            average[i] = mean(index[14:28])
        elif i > 27:
            average[i] = (13.0 * average[i - 1] + index[i]) / 14.0
    return average, plus, minus


def ichimoku(high: Series, low: Series) -> tuple[Series, Series, Series, Series]:
    n = len(high)

    def middle(i: int, length: int) -> float:
        return (highest(high, i, length) + lowest(low, i, length)) / 2.0

    return (
        rolling(9, n, lambda i: middle(i, 9)),
        rolling(26, n, lambda i: middle(i, 26)),
        rolling(52, n, lambda i: (middle(i - 26, 9) + middle(i - 26, 26)) / 2.0),
        rolling(78, n, lambda i: middle(i - 26, 52)),
    )


def crosses(close: Series) -> tuple[Series, Series]:
    def side(i: int) -> int:
        difference = mean(close[i - 49 : i + 1]) - mean(close[i - 199 : i + 1])
        return 0 if abs(difference) <= 1e-10 * close[i] else int(math.copysign(1, difference))

    sides = {i: side(i) for i in range(199, len(close))}
    golden = rolling(201, len(close), lambda i: float(sides[i] > 0 >= sides[i - 1]))
    death = rolling(201, len(close), lambda i: float(sides[i] < 0 <= sides[i - 1]))
    return golden, death


def historical_volatility(close: Series, n: int) -> Series:
    def deviation(i: int) -> float:
        returns = [math.log(close[j] / close[j - 1]) for j in range(i - n + 1, i + 1)]
        centre = mean(returns)
        return math.sqrt(252.0 * math.fsum((r - centre) ** 2 for r in returns) / (n - 1))

    return rolling(n + 1, len(close), deviation)


def garman_klass(frame: pd.DataFrame) -> Series:
    terms = [
        math.log(bar.high / bar.low) ** 2 / 2.0
        - (2.0 * math.log(2.0) - 1.0) * math.log(bar.close / bar.open) ** 2
        for bar in frame.itertuples()
    ]
    return rolling(20, len(terms), lambda i: math.sqrt(252.0 * max(mean(terms[i - 19 : i + 1]), 0.0)))


def accumulate(values: Sequence[float]) -> Series:
    return [math.fsum(values[: i + 1]) for i in range(len(values))]


def place_of_close(frame: pd.DataFrame) -> Series:
    return [
        ((bar.close - bar.low) - (bar.high - bar.close)) / (bar.high - bar.low) if bar.high > bar.low else 0.0
        for bar in frame.itertuples()
    ]


def money_flow(typical: Series, change: Series, volume: Series) -> Series:
    def index(i: int) -> float:
        places = range(i - 13, i + 1)
        up = math.fsum(typical[j] * volume[j] for j in places if change[j] >= _TIE)
        down = math.fsum(typical[j] * volume[j] for j in places if change[j] <= -_TIE)
        return 100.0 * up / (up + down) if up + down else 0.0

    return rolling(15, len(typical), index)


def weighted_average(typical: Series, volume: Series) -> Series:
    def average(i: int) -> float:
        places = range(i - 19, i + 1)
        traded = math.fsum(volume[j] for j in places)
        flow = math.fsum(typical[j] * volume[j] for j in places)
        return flow / traded if traded else mean([typical[j] for j in places])

    return rolling(20, len(typical), average)


def relative_volume(volume: Series) -> Series:
    def ratio(i: int) -> float:
        usual = mean(volume[i - 19 : i + 1])
        return volume[i] / usual if usual else 1.0

    return rolling(20, len(volume), ratio)


def indicators(frame: pd.DataFrame) -> dict[str, Series]:
    """Return every indicator of one symbol, in the units of each session."""
    factors = plain.backward_factors(frame)
    shares = _later_shares(frame)
    high, low, close = _adjusted(frame, factors, "high", "low", "close")
    volume = [v * s for v, s in zip(frame["volume"], shares, strict=True)]
    typical = [mean(bar) for bar in zip(high, low, close, strict=True)]
    quoted = [
        (h + lo + c) / 3.0 for h, lo, c in zip(frame["high"], frame["low"], frame["close"], strict=True)
    ]
    turn = direction(frame["close"].tolist(), frame)
    signed = [v * (1 if i == 0 or turn[i] > 0 else -1 if turn[i] < 0 else 0) for i, v in enumerate(volume)]
    placed = [v * p for v, p in zip(volume, place_of_close(frame), strict=True)]
    stoch_k, stoch_d = stochastic(high, low, close)
    average, plus, minus = directional(frame, factors)
    golden, death = crosses(close)
    lines = ("conversion", "base", "span_a", "span_b")
    prices = {
        **{f"sma_{n}": sma(close, n) for n in (5, 10)},
        **{f"ema_{n}": plain.ema(close, n, n - 1) for n in (5, 10, 20, 50, 200)},
        **{f"ichimoku_{line}": v for line, v in zip(lines, ichimoku(high, low), strict=True)},
        "vwap_20": weighted_average(typical, volume),
    }
    counts = {"obv": accumulate(signed), "accumulation_distribution": accumulate(placed)}
    return {
        **plain.indicators(frame),
        **{name: _over(values, factors) for name, values in prices.items()},
        **{name: _over(values, shares) for name, values in counts.items()},
        "roc_12": rate_of_change(close, 12),
        "stoch_k": stoch_k,
        "stoch_d": stoch_d,
        "willr_14": williams(high, low, close),
        "adx_14": average,
        "plus_di_14": plus,
        "minus_di_14": minus,
        "golden_cross": golden,
        "death_cross": death,
        **{f"hist_vol_{n}": historical_volatility(close, n) for n in (20, 60)},
        "garman_klass_20": garman_klass(frame),
        "mfi_14": money_flow(typical, direction(quoted, frame), volume),
        "volume_roc_12": rate_of_change(volume, 12),
        "relative_volume_20": relative_volume(volume),
    }


def _later_shares(frame: pd.DataFrame) -> Series:
    """Return what a share of each session had become by the last one."""
    shares = [1.0] * len(frame)
    for i in range(len(frame) - 1, 0, -1):
        shares[i - 1] = shares[i] * frame["split"].iloc[i]
    return shares


def _adjusted(frame: pd.DataFrame, factors: Series, *names: str) -> list[Series]:
    return [[price * f for price, f in zip(frame[name], factors, strict=True)] for name in names]


def _over(values: Series, factors: Series) -> Series:
    return [value / factor for value, factor in zip(values, factors, strict=True)]


def _or(value: float, otherwise: float) -> float:
    return otherwise if math.isnan(value) else value
