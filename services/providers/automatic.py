"""The live feed, and where it cannot be had the packaged sample, which then says why."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import pandas as pd

from models.domain.errors import ProviderUnavailableError
from models.domain.market import MarketData
from services.ports import LiveFeed, MarketDataProvider, Progress, StoredHistory
from services.providers.sample import SYMBOLS, SampleProvider


class FallbackFeed(MarketDataProvider, LiveFeed, Protocol):
    """A live feed that says whether anything of it is stored."""

    def is_stored(self, stored: StoredHistory) -> bool:
        """Whether bars of the feed were ever stored."""


class AutomaticProvider:
    """Chooses at each fetch. Once live data are stored it stays with them, also when the feed is down."""

    name = "auto"

    def __init__(self, live: FallbackFeed, universe: Sequence[str] = ()) -> None:
        self._live = live
        self._universe = universe
        self.feed_name = live.feed_name

    def fetch(self, progress: Progress, stored: StoredHistory) -> MarketData:
        """Return live data, or the sample with a banner that says why.

        Raises
        ------
        ProviderUnavailableError
            If the feed is down and live data are stored: they are shown on, and age.
        """
        if self._live.is_stored(stored):
            return self._live.fetch(progress, stored)
        try:
            progress(0, 1, "looking for the live feed")
            self._live.probe(stored)
            return self._live.fetch(progress, stored)
        except ProviderUnavailableError as reason:
            return self._sample(progress, stored, str(reason))

    def probe(self, stored: StoredHistory) -> None:
        """Ask the live feed for one small thing."""
        self._live.probe(stored)

    def quotes(self, symbols: Sequence[str], stored: StoredHistory) -> pd.DataFrame:
        """Return the live feed's newest prices."""
        return self._live.quotes(symbols, stored)

    def _sample(self, progress: Progress, stored: StoredHistory, reason: str) -> MarketData:
        chosen = [symbol for symbol in self._universe if symbol in SYMBOLS]
        market = SampleProvider(chosen).fetch(progress, stored)
        banner = f"{market.dataset.banner} Shown because the live feed is out of reach. {reason.rstrip('.')}."
        if len(chosen) < len(self._universe):
            banner += f" The sample does not have all of UNIVERSE: it shows {', '.join(chosen or SYMBOLS)}."
        return replace(market, dataset=replace(market.dataset, banner=banner))
