"""A source with one bad row, for what becomes of it."""

import numpy as np
import pandas as pd

from models.domain.market import BAR_COLUMNS, Dataset, Instrument, MarketData, PriceBasis


class TwoSymbols:
    """Ten sessions of two symbols; the open of one row lies below its low."""

    name = "files"

    def fetch(self, progress, stored) -> MarketData:
        session = pd.bdate_range("2013-02-04", "2013-02-15").astype("datetime64[s]")
        frames = []
        for symbol in ("AAA", "BBB"):
            close = np.linspace(10.0, 11.0, session.size)
            frame = pd.DataFrame(
                {
                    "symbol": symbol, "session": session, "open": close, "high": close + 0.5,
                    "low": close - 0.5, "close": close, "volume": 1000.0, "adj_close": np.nan,
                }
            )  # fmt: skip
            frames.append(frame.assign(source=f"{symbol}.csv", line=range(2, 2 + session.size)))
        stored = pd.concat(frames, ignore_index=True)
        stored.loc[4, "open"] = 5.0
        return MarketData(
            Dataset("files", "fingerprint", "Files: two symbols", PriceBasis.RAW, historical=True),
            (Instrument("AAA", "Aaa Inc.", "Energy"), Instrument("BBB", "Bbb Inc.", "Utilities")),
            stored.astype({name: kind for name, kind in BAR_COLUMNS.items() if name != "symbol"}),
        )
