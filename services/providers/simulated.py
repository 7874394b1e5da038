"""A market of companies that do not exist, from a seed; a later day only adds its session.

``services.quant.market_simulation`` says what is simulated. The calendar begins on a fixed session and ends
with the last one that has closed, so that whatever was fetched once comes again to the last cent.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, date

import numpy as np
import pandas as pd

from models.domain.errors import InvalidMarketDataError, InvalidRequestError
from models.domain.market import (
    BAR_COLUMNS,
    EVENT_COLUMNS,
    GICS_SECTORS,
    MEMBERSHIP_COLUMNS,
    Dataset,
    EventKind,
    Instrument,
    MarketData,
    PriceBasis,
)
from services.ports import Clock, Progress, StoredHistory
from services.providers.files.provider import SystemClock
from services.quant.market_simulation.market import MODEL_VERSION, SimulatedMarket, simulate_market
from services.quant.market_simulation.settings import SimulationSettings
from services.quant.sessions import exchange_calendar, session_closes

_FIRST_DAY = date(2016, 1, 4)
_SEED = 2016
_PRICES = ("open", "high", "low", "close")
_BENCHMARK = Instrument(
    "^SIM", "Simulated index (weighted by capitalisation, total return)", in_universe=False
)


class SimulatedProvider:
    """``MarketDataProvider`` over ``simulate_market``.

    Parameters
    ----------
    universe : sequence of str
        UNIVERSE: the symbols to score; all without it.
    clock : Clock, optional
        Decides which session is the last.
    simulation : SimulationSettings
        All but ``n_sessions``, which the calendar decides.
    seed : int
        0 or more.
    first_day : date
        The market begins with the first session from this day on.
    """

    name = "simulated"

    def __init__(
        self,
        universe: Sequence[str] = (),
        clock: Clock | None = None,
        simulation: SimulationSettings | None = None,
        seed: int = _SEED,
        first_day: date = _FIRST_DAY,
    ) -> None:
        self._universe = frozenset(universe)
        self._clock = clock or SystemClock()
        self._simulation = simulation or SimulationSettings()
        self._seed = seed
        self._first_day = first_day

    def fetch(self, progress: Progress, stored: StoredHistory | None = None) -> MarketData:
        """Return every company listed so far, with its sector, splits and dividends, and the index.

        Raises
        ------
        InvalidMarketDataError
            If no session of the market has closed yet.
        InvalidRequestError
            If UNIVERSE names symbols that are not there.
        """
        n_steps = 2
        sessions = self._sessions()
        progress(0, n_steps, f"simulating {self._simulation.n_symbols:,} companies")
        market = simulate_market(replace(self._simulation, n_sessions=sessions.size), self._seed)
        progress(1, n_steps, "listing bars and events")
        symbols = np.array([f"SIM{number + 1:04d}" for number in range(self._simulation.n_symbols)])
        found = MarketData(
            self._dataset(),
            (*self._members(market, symbols), _BENCHMARK),
            _bars(market, symbols, sessions),
            _events(market, symbols, sessions),
            membership=_membership(market, symbols, sessions),
        )
        progress(n_steps, n_steps, f"{len(found.bars):,} bars simulated")
        return found

    def _sessions(self) -> np.ndarray:
        """Return the sessions from the first day on that have closed, datetime64[D]."""
        days = exchange_calendar().sessions.to_numpy("datetime64[D]")
        days = days[days >= np.datetime64(self._first_day)]
        now = self._clock.now().astimezone(UTC).replace(tzinfo=None)
        sessions: np.ndarray = days[session_closes(days) <= np.datetime64(now, "us")]
        if sessions.size == 0:
            raise InvalidMarketDataError(
                f"The simulated market begins on {self._first_day} and the clock says {now:%Y-%m-%d %H:%M} "
                "UTC: no session has closed. Set the clock, or choose another DATA_PROVIDER."
            )
        return sessions

    def _members(self, market: SimulatedMarket, symbols: np.ndarray) -> list[Instrument]:
        listed = np.flatnonzero(market.listing_session >= 0)
        unknown = sorted(self._universe - set(symbols[listed]))
        if unknown:
            raise InvalidRequestError(
                f"UNIVERSE names {', '.join(unknown)}, which the simulated market does not have so far; "
                f"it has {listed.size:,} symbols from {symbols[listed[0]]} to {symbols[listed[-1]]}"
            )
        return [
            Instrument(
                symbol=str(symbols[company]),
                name=f"Simulated {company + 1:04d}",
                sector=GICS_SECTORS[int(market.sector[company])],
                in_universe=not self._universe or symbols[company] in self._universe,
            )
            for company in listed.tolist()
        ]

    def _dataset(self) -> Dataset:
        chosen = asdict(self._simulation)
        del chosen["n_sessions"]  # a later day is no other market
        source = {"model": MODEL_VERSION, "seed": self._seed, "first_day": str(self._first_day), **chosen}
        strength = self._simulation.signal_strength
        return Dataset(
            provider=self.name,
            fingerprint=hashlib.sha256(json.dumps(source, sort_keys=True).encode()).hexdigest(),
            label=f"Simulated, {self._simulation.n_symbols:,} companies",
            price_basis=PriceBasis.RAW,
            simulated=True,
            benchmark=_BENCHMARK.symbol,
            banner="Simulated: these companies do not exist. "
            + (
                f"A trend effect of strength {strength:g} is planted in their prices."
                if strength
                else "Nothing in their prices can be predicted."
            ),
        )


def _bars(market: SimulatedMarket, symbols: np.ndarray, sessions: np.ndarray) -> pd.DataFrame:
    order = np.argsort(symbols)  # SIM10000 stands before SIM1001
    company, row = np.nonzero(np.isfinite(market.close.T[order]))
    company = order[company]
    # Whole cents, which float32 holds only nearly.
    prices = {name: np.round(getattr(market, name)[row, company].astype(np.float64), 2) for name in _PRICES}
    bars = pd.DataFrame(
        {
            "symbol": symbols[company],
            "session": sessions[row],
            **prices,
            "volume": market.volume[row, company],
            "adj_close": np.nan,
        }
    )
    open_, close = np.round(market.index_open, 2), np.round(market.index_close, 2)
    index = pd.DataFrame(
        {
            "symbol": _BENCHMARK.symbol,
            "session": sessions,
            "open": open_,
            "high": np.maximum(open_, close),
            "low": np.minimum(open_, close),
            "close": close,
            "volume": np.nan,
            "adj_close": np.nan,
        }
    )
    return pd.concat([bars.astype(dict(BAR_COLUMNS)), index.astype(dict(BAR_COLUMNS))], ignore_index=True)


def _events(market: SimulatedMarket, symbols: np.ndarray, sessions: np.ndarray) -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {
                "symbol": symbols[events.company],
                "session": sessions[events.session],
                "kind": kind.value,
                "value": events.value,
            }
        )
        for kind, events in ((EventKind.DIVIDEND, market.dividends), (EventKind.SPLIT, market.splits))
    ]
    found = pd.concat([frame.astype(dict(EVENT_COLUMNS)) for frame in frames], ignore_index=True)
    return found.sort_values(["symbol", "session", "kind"], ignore_index=True)


def _membership(market: SimulatedMarket, symbols: np.ndarray, sessions: np.ndarray) -> pd.DataFrame:
    """Return who was listed when; a symbol is known to be gone on the first session without it."""
    listed = np.flatnonzero(market.listing_session >= 0)
    last = market.delisting_session[listed]
    end = np.where(last >= 0, sessions[np.minimum(last + 1, sessions.size - 1)], np.datetime64("NaT"))
    spells = pd.DataFrame(
        {"symbol": symbols[listed], "start": sessions[market.listing_session[listed]], "end": end}
    )
    return spells.astype(dict(MEMBERSHIP_COLUMNS)).sort_values(["symbol", "start"], ignore_index=True)
