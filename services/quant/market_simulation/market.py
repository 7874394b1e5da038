"""A whole market of companies that do not exist, from a seed."""

from dataclasses import dataclass

import numpy as np

from models.domain.market import GICS_SECTORS
from services.quant.market_simulation.companies import Companies, found_companies
from services.quant.market_simulation.prices import PriceProcess, Quotes
from services.quant.market_simulation.returns import ReturnProcess
from services.quant.market_simulation.settings import SimulationSettings
from services.quant.market_simulation.streams import SPAN

# To be raised by every change that moves a number: stored prices then belong to another dataset.
MODEL_VERSION = 1
_INDEX_START = 1000.0


@dataclass(frozen=True, eq=False)
class CompanyEvents:
    """Splits or dividends in order of session, then company; arrays of shape (n_events,)."""

    session: np.ndarray  # int64, number of the session
    company: np.ndarray  # int64
    value: np.ndarray  # float64: new shares for one, or cash a share


@dataclass(frozen=True, eq=False)
class SimulatedMarket:
    """What ``simulate_market`` returns; bars are float32 arrays of shape (n_sessions, n_symbols).

    Bars are NaN where the company is not listed. ``listing_session`` and ``delisting_session`` tell only what
    the simulated sessions have shown: -1 is not yet. ``score`` is the oracle's: what moves the sessions after
    it where ``signal_strength`` is not 0, NaN until 20 returns are known. The index is weighted by
    capitalisation, reinvests dividends, and stays where it is while no company trades.
    """

    sector: np.ndarray  # int64, shape (n_symbols,): GICS code
    listing_session: np.ndarray  # int64, shape (n_symbols,): the first with a bar
    delisting_session: np.ndarray  # int64, shape (n_symbols,): the last with a bar, before the last of all
    open: np.ndarray  # USD, whole cents, as quoted
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray  # shares
    score: np.ndarray
    dividends: CompanyEvents
    splits: CompanyEvents
    index_open: np.ndarray  # float64, shape (n_sessions,)
    index_close: np.ndarray


def simulate_market(settings: SimulationSettings, seed: int) -> SimulatedMarket:
    """Simulate every session of every company.

    Market, sector and own shocks, each Student's t with 6 degrees of freedom and a log volatility that is a
    first-order autoregression; jumps on the night before earnings, once a quarter; splits, dividends, late
    listings, and delistings that no price foretells. With ``signal_strength=0`` every later log return is
    symmetric around zero whatever the past, so that nothing tells its sign.

    Parameters
    ----------
    settings : SimulationSettings
        Size and strength of the planted effect.
    seed : int
        0 or more. Same settings and seed: the same market to the last bit.

    Returns
    -------
    SimulatedMarket
        More sessions only add to the end of a shorter simulation; more symbols only follow those of a smaller
        one (the index, which holds all of them, differs). ``signal_strength`` moves neither shocks nor
        listings nor, but for splits that come at another time, volumes.

    Notes
    -----
    10,000 symbols and 2,520 sessions need 0.8 GB of memory, of which the result is 0.6.
    """
    companies, generators = found_companies(settings, seed)
    returns = ReturnProcess(companies, generators, seed)
    prices = PriceProcess(companies, settings.signal_strength)
    tape = _Tape(settings, companies)
    for first in range(0, settings.n_sessions, SPAN):
        tape.record(first, prices.advance(first, returns.advance()))
    return tape.market()


class _Tape:
    """Collects what is quoted of listed companies."""

    def __init__(self, settings: SimulationSettings, companies: Companies) -> None:
        self._shape = (settings.n_sessions, settings.n_symbols)
        self._companies = companies
        self._bars = {
            name: np.empty(self._shape, dtype=np.float32)
            for name in ("open", "high", "low", "close", "volume", "score")
        }
        self._events: dict[str, list[np.ndarray]] = {"dividend": [], "split": []}
        self._index = np.empty((2, settings.n_sessions))
        self._index_level = _INDEX_START
        self._capitals = companies.shares * companies.price
        self._capitals[settings.n_symbols :] = 0.0  # those that only fill up the last block

    def record(self, first: int, quotes: Quotes) -> None:
        """Keep the quotes of the sessions from ``first`` on, as far as they are asked for."""
        n_sessions, n_symbols = self._shape
        rows = np.arange(first, min(first + SPAN, n_sessions))
        is_listed = self._companies.is_listed(rows)
        part = (slice(rows.size), slice(n_symbols))
        for name, kept in self._bars.items():
            kept[rows] = np.where(is_listed[part], getattr(quotes, name)[part], np.nan)
        for name, none in (("dividend", 0.0), ("split", 1.0)):
            values = getattr(quotes, name)[part]
            row, company = np.nonzero((values != none) & is_listed[part])
            self._events[name].append(np.stack([row + first, company, values[row, company]]))
        self._weigh(rows, is_listed, quotes)

    def _weigh(self, rows: np.ndarray, is_listed: np.ndarray, quotes: Quotes) -> None:
        was_listed = self._companies.is_listed(rows - 1)
        for row, session in enumerate(rows):
            held = np.where(is_listed[row] & was_listed[row], self._capitals, 0.0)
            total = held.sum()
            for place, growth in enumerate((quotes.night_growth[row], quotes.growth[row])):
                step = (held * growth).sum() / total if total else 1.0
                self._index[place, session] = self._index_level * step
            self._index_level = self._index[1, session]
            self._capitals = self._capitals * quotes.growth[row]

    def market(self) -> SimulatedMarket:
        """Return everything recorded."""
        n_sessions, n_symbols = self._shape
        listed, last = (
            traits[:n_symbols] for traits in (self._companies.listing_session, self._companies.last_session)
        )
        dividends, splits = (_events(self._events[name]) for name in ("dividend", "split"))
        return SimulatedMarket(
            sector=np.array(list(GICS_SECTORS))[self._companies.sector[:n_symbols]],
            listing_session=np.where(listed < n_sessions, listed, -1),
            delisting_session=np.where(last < n_sessions - 1, last, -1),
            **self._bars,
            dividends=dividends,
            splits=splits,
            index_open=self._index[0],
            index_close=self._index[1],
        )


def _events(parts: list[np.ndarray]) -> CompanyEvents:
    session, company, value = np.concatenate(parts, axis=1)
    return CompanyEvents(session.astype(np.int64), company.astype(np.int64), value)
