"""``MarketDataProvider`` and ``LiveFeed`` over Yahoo Finance: incremental, whole again after a split."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.domain.errors import ProviderUnavailableError
from models.domain.market import MarketData
from models.domain.providers import StoredMarket
from models.domain.settings import Settings
from services.ports import Clock, Progress, StoredHistory
from services.providers.resilience.backoff import Backoff, Sleep
from services.providers.resilience.calls import GuardedCalls
from services.providers.resilience.circuits import Circuits
from services.providers.resilience.faults import FaultKind, ProviderFault
from services.providers.yfinance.incremental import FIRST_DAY, OVERLAP_SESSIONS, first_day, is_restated
from services.providers.yfinance.market import FEED, FINGERPRINT, SymbolAnswer, assemble, tails_of
from services.providers.yfinance.session import FeedSession
from services.providers.yfinance.universe import DEFAULT_BENCHMARK, DEFAULT_UNIVERSE, UniverseChoice

if TYPE_CHECKING:  # the library below the client takes a second to import: only when the vendor is asked
    from services.providers.yfinance.client import SymbolHistory, YahooClient

_QUOTES_A_REQUEST = 50
_MAX_SECTOR_FAULTS = 3  # in one run; the addresses that know sectors fail more often than prices do
_TOLD = 3


class YahooProvider:
    """The live feed.

    Prices are split-adjusted by the vendor, dividends likewise; its adjusted closes are not stored, since
    every dividend restates them all: ours are computed on read, by the vendor's formula.
    """

    name = FEED
    feed_name = FEED

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        session: FeedSession | None = None,
        sleep: Sleep | None = None,
        generator: np.random.Generator | None = None,
    ) -> None:
        """Take UNIVERSE, BENCHMARK and DATA_DIR; a test brings its own connection, pauses and jitter."""
        self._choice = UniverseChoice.of(settings)
        self._cache_folder = settings.data_dir / "yfinance"
        self._clock = clock
        self._session = session or FeedSession()
        self._sleep = sleep
        self._generator = generator or np.random.default_rng()
        self._sector_faults: list[ProviderFault] = []

    def is_stored(self, stored: StoredHistory) -> bool:
        """Whether bars of the feed were ever stored."""
        return stored.market(self.name, FINGERPRINT, 1) is not None

    def fetch(self, progress: Progress, stored: StoredHistory) -> MarketData:
        """Return what is new since the last time; symbols that cannot be had stand in ``failures``.

        Raises
        ------
        ProviderUnavailableError
            If nothing of the universe can be had.
        """
        known = stored.market(self.name, FINGERPRINT, OVERLAP_SESSIONS)
        tails = tails_of(known)
        symbols = self._choice.symbols
        client = self._client()

        def ask(symbol: str) -> SymbolAnswer:
            history = client.history(symbol, first_day(tails.get(symbol)))
            if symbol in tails and is_restated(tails[symbol], history.bars):
                history = client.history(symbol, FIRST_DAY)
            return SymbolAnswer(history, self._sector(client, symbol, history, known))

        progress(0, len(symbols), "asking Yahoo Finance")
        with self._calls(stored) as calls:
            answers, faults = calls.call_each(
                symbols, ask, lambda n, symbol: progress(n, len(symbols), f"fetching {symbol}")
            )
        if not answers.keys() & set(self._choice.members):
            raise ProviderUnavailableError(
                f"Yahoo Finance gave no prices of any of the {len(self._choice.members)} symbols; "
                f"{_first_reasons(faults)}. What is stored stays."
            )
        return assemble(self._choice, answers, faults, known, self._clock.now())

    def probe(self, stored: StoredHistory) -> None:
        """Ask for one day of the benchmark, within 5 s."""
        with self._calls(stored) as calls:
            try:
                calls.call(lambda: self._session.probe(DEFAULT_BENCHMARK), retries=False)
            except ProviderFault as fault:
                raise ProviderUnavailableError(f"Yahoo Finance cannot be had: {fault}") from fault

    def quotes(self, symbols: Sequence[str], stored: StoredHistory) -> pd.DataFrame:
        """Return the newest prices by ``QUOTE_COLUMNS``, fifty symbols a request."""
        client = self._client()
        found: list[pd.DataFrame] = []
        with self._calls(stored) as calls:
            for at in range(0, len(symbols), _QUOTES_A_REQUEST):
                part = symbols[at : at + _QUOTES_A_REQUEST]
                try:
                    found.append(calls.call(lambda part=part: client.quotes(part)))  # type: ignore[misc]
                except ProviderFault as fault:
                    raise ProviderUnavailableError(f"Yahoo Finance gave no quotes: {fault}") from fault
        return pd.concat(found, ignore_index=True)

    def _client(self) -> "YahooClient":
        from services.providers.yfinance.client import YahooClient  # noqa: PLC0415 - takes a second

        return YahooClient(self._session, self._cache_folder)

    @contextmanager
    def _calls(self, stored: StoredHistory) -> Iterator[GuardedCalls]:
        """Guard calls with the circuits as stored, and store what becomes of them whatever happens."""
        circuits = Circuits(self.name, self._clock, stored.circuits(self.name))
        stopped = threading.Event()
        saving = threading.Lock()

        def save() -> None:
            with saving:
                changed, changed_state = circuits.take_changes()
                if changed:
                    stored.save_circuits(changed, changed_state=changed_state)

        def pause(seconds: float) -> None:
            stopped.wait(seconds)

        backoff = Backoff(self._clock, self._sleep or pause, self._generator)
        try:
            yield GuardedCalls(circuits, backoff, save, stopped)
        finally:
            stopped.set()
            save()

    def _sector(
        self, client: "YahooClient", symbol: str, history: "SymbolHistory", known: StoredMarket | None
    ) -> str | None:
        """Return a company's sector that nobody knows yet; without it the symbol has its prices still."""
        is_known = symbol in DEFAULT_UNIVERSE or (known and _sector_of(known, symbol))
        is_wanted = symbol in self._choice.members and history.is_company and not is_known
        if not is_wanted or len(self._sector_faults) >= _MAX_SECTOR_FAULTS:
            return None
        try:
            return client.sector(symbol)
        except ProviderFault as fault:
            self._sector_faults.append(fault)
            return None


def _first_reasons(faults: Mapping[str, ProviderFault]) -> str:
    by_reason: dict[str, list[str]] = {}
    for symbol, fault in faults.items():
        if fault.kind is not FaultKind.NOT_ASKED or len(faults) == 1:
            by_reason.setdefault(str(fault), []).append(symbol)
    by_reason = by_reason or {str(next(iter(faults.values()), "no answer")): list(faults)}
    told = [f"{', '.join(named[:_TOLD])}: {reason}" for reason, named in list(by_reason.items())[:_TOLD]]
    return "; ".join(told)


def _sector_of(known: StoredMarket, symbol: str) -> str | None:
    instrument = known.instruments.get(symbol)
    return instrument.sector if instrument else None
