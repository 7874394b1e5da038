"""Price panels for tests, built without a database."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from models.domain.market import MarketData, PricePanel
from services.quant.adjustment import growth_factors
from services.quant.score_panel import score_panel

_PRICES = ("open", "high", "low", "close", "volume")


def weekdays(n: int, first: str = "2010-01-04") -> np.ndarray:
    """Return n weekdays from a Monday on."""
    return np.busday_offset(np.datetime64(first, "D"), np.arange(n), roll="forward")


def random_bars(rng: np.random.Generator, n: int, price: float = 50.0, spread: float = 0.02) -> pd.DataFrame:
    """Return n bars of a random walk that keep every rule of a bar."""
    close = price * np.exp(np.cumsum(rng.normal(0.0, spread, n)))
    open_ = close * np.exp(rng.normal(0.0, spread / 2, n))
    high = np.maximum(open_, close) * np.exp(np.abs(rng.normal(0.0, spread / 2, n)))
    low = np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0.0, spread / 2, n)))
    volume = rng.integers(0, 10_000, n).astype(float)
    return pd.DataFrame({"open": open_, "high": high, "low": low, "close": close, "volume": volume})


def flat_bars(n: int, price: float, volume: float = 0.0) -> pd.DataFrame:
    """Return n bars at one price."""
    return pd.DataFrame({**dict.fromkeys(_PRICES[:4], np.full(n, price)), "volume": np.full(n, volume)})


def make_panel(frames: Mapping[str, pd.DataFrame]) -> PricePanel:
    """Return a panel of frames with open, high, low, close, volume and, if not the usual ones, session,
    dividend and split; instruments are numbered from 1 in the order given.
    """
    filled = []
    for frame in frames.values():
        whole = frame.copy()
        for name, default in (("dividend", 0.0), ("split", 1.0)):
            if name not in whole:
                whole[name] = default
        if "session" not in whole:
            whole["session"] = weekdays(len(whole))
        filled.append(whole)
    stacked = pd.concat(filled, ignore_index=True)
    starts = np.concatenate(([0], np.cumsum([len(frame) for frame in filled]))).astype(np.int64)
    columns = {name: stacked[name].to_numpy(np.float64) for name in (*_PRICES, "dividend", "split")}
    session = stacked["session"].to_numpy("datetime64[D]")
    gross, shares = growth_factors(starts, columns["close"], columns["dividend"], columns["split"])
    return PricePanel(
        symbols=tuple(frames),
        instrument_ids=np.arange(1, len(frames) + 1, dtype=np.int64),
        starts=starts,
        session=session,
        known_at=session.astype("datetime64[us]") + np.timedelta64(21, "h"),
        gross_growth=gross,
        share_growth=shares,
        **columns,
    )


def frames_of(market: MarketData, symbols: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return a provider's bars by symbol, with their events in columns dividend and split."""
    frames = {}
    for symbol in symbols:
        frame = (
            market.bars[market.bars["symbol"] == symbol].set_index("session").assign(dividend=0.0, split=1.0)
        )
        own = market.events[market.events["symbol"] == symbol]
        for kind in ("dividend", "split"):
            found = own[own["kind"] == kind].set_index("session")["value"]
            frame.loc[found.index, kind] = found
        frames[symbol] = frame.reset_index()
    return frames


def frames_of_panel(panel: PricePanel) -> dict[str, pd.DataFrame]:
    """Return a panel's rows by symbol."""
    names = (*_PRICES, "session", "dividend", "split")
    return {
        symbol: pd.DataFrame({name: getattr(panel, name)[first:last] for name in names})
        for symbol, (first, last) in zip(panel.symbols, pairwise(panel.starts.tolist()), strict=True)
    }


def compute_scores(panel):
    """Return indicators and signals of a panel."""
    scored = score_panel(panel)
    return scored.indicators, scored.signals
