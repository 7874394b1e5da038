"""What passes between a live provider and what is stored of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from models.domain.market import Instrument

# Prices within a session, one row a symbol.
QUOTE_COLUMNS = MappingProxyType(
    {
        "symbol": "str",
        "quoted_at": "datetime64[us]",  # naive UTC: when it was traded at that price
        "price": "float64",
        "previous_close": "float64",  # of the session before; NaN where the vendor does not say
        "volume": "float64",  # shares so far in the session; NaN likewise
    }
)


@dataclass(frozen=True, eq=False)
class StoredMarket:
    """What is stored of one dataset, so that a provider need not ask for it again.

    ``recent_bars`` has columns symbol, session (datetime64[s]) and close: the last sessions of each symbol,
    sorted by both.
    """

    instruments: Mapping[str, Instrument]
    recent_bars: pd.DataFrame
