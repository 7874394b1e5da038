"""The contract that every provider's frames keep before anything is stored."""

import numpy as np
import pandas as pd

from models.domain.errors import InvalidMarketDataError
from models.domain.market import BAR_COLUMNS, MarketData

_ROUNDING = 1e-4  # relative: how far open and close may lie outside [low, high]


def check_market_data(market: MarketData) -> None:
    """Check bars by the hard rules that no row may break.

    Raises
    ------
    InvalidMarketDataError
        Naming the rule, how many rows break it, and the first of them.
    """
    bars = market.bars
    missing = [name for name in BAR_COLUMNS if name not in bars.columns]
    if missing:
        raise InvalidMarketDataError(
            f"Bars of provider {market.dataset.provider} lack the columns {', '.join(missing)}; "
            f"expected {', '.join(BAR_COLUMNS)}"
        )
    if bars.empty:
        raise InvalidMarketDataError(
            f"Provider {market.dataset.provider} gave no bars; what is stored stays as it is. "
            "Check DATA_PROVIDER and its source."
        )
    is_index = bars["symbol"].str.startswith("^")
    prices = bars[["open", "high", "low", "close"]].to_numpy()
    low, high = bars["low"] * (1 - _ROUNDING), bars["high"] * (1 + _ROUNDING)
    inside = bars["open"].between(low, high) & bars["close"].between(low, high)
    rules = {
        "a price is missing or not finite": ~np.isfinite(prices).all(axis=1),
        "a price is not positive": (prices <= 0.0).any(axis=1),
        "high is below low": bars["high"] < bars["low"],
        "open or close lies outside low and high": ~inside,
        "volume is missing or negative": ~(bars["volume"] >= 0) & ~is_index,
        "the bar stands twice": bars.duplicated(["symbol", "session"], keep=False),
    }
    for rule, broken in rules.items():
        _refuse(bars, rule, pd.Series(np.asarray(broken), index=bars.index))


def _refuse(bars: pd.DataFrame, rule: str, broken: "pd.Series[bool]") -> None:
    if not broken.any():
        return
    first = bars[broken].iloc[0]
    raise InvalidMarketDataError(
        f"{int(broken.sum())} of {len(bars)} bars refused, because {rule}: the first is {first['symbol']} on "
        f"{first['session']:%Y-%m-%d}. Nothing was stored; mend the source and ingest again."
    )
