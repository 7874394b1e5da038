"""Who delivers market data, and what of it is stored already."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import pandas as pd

from models.domain.market import (
    MarketData,
    ProviderCircuit,
    SourceState,
)
from models.domain.providers import StoredMarket
from services.ports.runtime import Progress


class StoredHistory(Protocol):
    """What a provider may know of earlier times; each call is a transaction of its own."""

    def market(self, provider: str, fingerprint: str, n_sessions: int) -> StoredMarket | None:
        """Return what is stored of a dataset, with each symbol's last sessions; None: no bar is."""

    def circuits(self, provider: str) -> Sequence[ProviderCircuit]:
        """Return the provider's circuit and those of its symbols, as far as any is known."""

    def save_circuits(self, circuits: Sequence[ProviderCircuit], *, changed_state: bool = False) -> None:
        """Store circuits at once, whatever becomes of the run; ``changed_state``: pages are to hear."""


class MarketDataProvider(Protocol):
    """A source of daily bars."""

    name: str

    def fetch(self, progress: Progress, stored: StoredHistory) -> MarketData:
        """Return bars and events by the contracts of ``models.domain.market``.

        All that the source has, or, of what is ``stored`` already, only what may be new or changed: what is
        left out stays stored. ``instruments`` are always complete.

        Raises
        ------
        InvalidMarketDataError
            If the source's data cannot be used at all.
        ProviderUnavailableError
            If nothing can be had at present.
        """


@runtime_checkable
class RecognisableSource(Protocol):
    """A provider that can tell, without reading what its source says, whether it is the same as before."""

    def recognise(self) -> SourceState:
        """Return what the source is now."""


@runtime_checkable
class LiveFeed(Protocol):
    """A source outside this machine that is asked again and again."""

    feed_name: str  # what its dataset and its circuits are stored under

    def probe(self, stored: StoredHistory) -> None:
        """Ask for one small thing, within 5 s and without retries; the answer goes into the circuit.

        Raises
        ------
        ProviderUnavailableError
            If it cannot be reached, or is not asked because its circuit is open.
        """

    def quotes(self, symbols: Sequence[str], stored: StoredHistory) -> pd.DataFrame:
        """Return the newest prices by ``QUOTE_COLUMNS``; symbols without one are left out.

        Raises
        ------
        ProviderUnavailableError
            If none can be had at present.
        """
