"""A provider's data as a panel, without a database."""

import numpy as np
import pandas as pd

from models.domain.market import MarketData, PricePanel
from services.quant.adjustment import growth_factors

_PRICES = ("open", "high", "low", "close", "volume")


def panel_of(market: MarketData) -> PricePanel:
    """Return the universe's bars with their splits and dividends."""
    members = [member.symbol for member in market.instruments if member.in_universe]
    bars = market.bars[market.bars["symbol"].isin(members)].reset_index(drop=True)
    for kind, nothing in (("dividend", 0.0), ("split", 1.0)):
        events = market.events[market.events["kind"] == kind]
        known = events.set_index(["symbol", "session"])["value"].rename(kind)
        bars = bars.join(known, on=["symbol", "session"]).fillna({kind: nothing})
    starts = np.append(np.flatnonzero(~bars["symbol"].duplicated()), len(bars))
    columns = {name: bars[name].to_numpy(np.float64) for name in (*_PRICES, "dividend", "split")}
    gross, shares = growth_factors(starts, columns["close"], columns["dividend"], columns["split"])
    session = bars["session"].to_numpy("datetime64[D]")
    return PricePanel(
        symbols=tuple(bars["symbol"].iloc[starts[:-1]]),
        instrument_ids=np.arange(1, starts.size),
        starts=starts,
        session=session,
        known_at=session.astype("datetime64[us]"),
        gross_growth=gross,
        share_growth=shares,
        **columns,
    )


def flag_keys(flags: pd.DataFrame, rule: str) -> set[tuple[str, str]]:
    """Return symbol and date of the flags of a rule."""
    found = flags[flags["rule"] == rule]
    return set(zip(found["symbol"], found["session"].dt.strftime("%Y-%m-%d"), strict=True))
