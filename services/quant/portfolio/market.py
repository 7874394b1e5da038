"""Prices and signals of a whole market as matrices, one row a session and one column a symbol."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from models.domain.market import PriceBasis, PricePanel
from services.quant.features.context import CloseSeries
from services.quant.gaps import distinct_sessions, session_positions

NO_LABEL = -1
LEFT_UNIVERSE = -2
_UNKNOWN_SECTOR = ""
_BY_SYMBOL = {"symbols", "instrument_ids", "sector", "sector_names", "note"}
_BASIS_NOTES = {
    PriceBasis.RAW: "",
    PriceBasis.SPLIT_ADJUSTED: "Prices hold later splits: share counts are today's; dividends are paid.",
    PriceBasis.FULLY_ADJUSTED: (
        "Prices are adjusted for splits and dividends: no event exists, and share counts are notional."
    ),
}


@dataclass(frozen=True, eq=False)
class TradingMarket:
    """What a book trades in; columns stand in the order of the symbols' names, whatever the panel's was.

    Matrices are float64, shape (n_sessions, n_symbols). ``open`` and ``close``: as quoted, NaN without a bar.
    ``mark``: the last close so far, NaN before the first. ``dividend``: cash a share on the ex-date, in
    the shares of that day. ``split``: new shares for an old one. ``total_return``: close to close with
    dividends and splits, NaN where either close is missing. ``has_event``: bool, shape (n_sessions,).
    ``sector``: int64, shape (n_symbols,), index into ``sector_names``. ``benchmark``, ``vix``: closes at or
    before each session, float64, shape (n_sessions,), NaN where unknown.
    """

    symbols: tuple[str, ...]
    instrument_ids: np.ndarray
    sessions: np.ndarray
    open: np.ndarray
    close: np.ndarray
    mark: np.ndarray
    dividend: np.ndarray
    split: np.ndarray
    total_return: np.ndarray
    has_event: np.ndarray
    sector: np.ndarray
    sector_names: tuple[str, ...]
    benchmark: np.ndarray
    vix: np.ndarray
    note: str

    @property
    def n_sessions(self) -> int:
        """Number of sessions."""
        return int(self.sessions.size)


@dataclass(frozen=True, eq=False)
class SignalMatrix:
    """Signals known at each close, shape (n_sessions, n_symbols).

    ``label``: int8, places in ``LABELS``, ``NO_LABEL`` where there is none, ``LEFT_UNIVERSE`` where a holding
    has to go whatever its side. ``confluence``: float64 in [0, 1], NaN where there is none.
    """

    label: np.ndarray
    confluence: np.ndarray


def lay_out_market(
    panel: PricePanel,
    basis: PriceBasis = PriceBasis.RAW,
    *,
    sector_of: Mapping[str, str | None] | None = None,
    benchmark: CloseSeries | None = None,
    vix: CloseSeries | None = None,
) -> TradingMarket:
    """Lay a panel on its sessions.

    Parameters
    ----------
    panel : PricePanel
        The universe's bars. On a split-adjusted basis its splits are ignored, on a fully adjusted one its
        dividends too; the market's ``note`` says so.
    basis : PriceBasis
        What was done to the prices already.
    sector_of : mapping, optional
        Sector by symbol.
    benchmark, vix : CloseSeries, optional
        The market's index, or a fund on it, and the VIX.
    """
    n_symbols = len(panel.symbols)
    order = np.argsort(np.array(panel.symbols))
    place = np.empty(n_symbols, dtype=np.int64)
    place[order] = np.arange(n_symbols)
    position = session_positions(panel.session)
    sessions = distinct_sessions(panel.session, position)
    at = (position, place[panel.code])

    def spread(rows: np.ndarray, missing: float) -> np.ndarray:
        matrix = np.full((sessions.size, n_symbols), missing)
        matrix[at] = rows
        return matrix

    close = spread(panel.close, np.nan)
    has_split = basis is PriceBasis.RAW
    has_dividend = basis is not PriceBasis.FULLY_ADJUSTED
    split = spread(panel.split, 1.0) if has_split else np.ones_like(close)
    dividend = spread(panel.dividend, 0.0) if has_dividend else np.zeros_like(close)
    symbols = tuple(panel.symbols[i] for i in order.tolist())
    sectors = [(sector_of or {}).get(symbol) or _UNKNOWN_SECTOR for symbol in symbols]
    names = tuple(sorted(set(sectors)))
    unknown = np.full(sessions.size, np.nan)
    return TradingMarket(
        symbols=symbols,
        instrument_ids=panel.instrument_ids[order],
        sessions=sessions,
        open=spread(panel.open, np.nan),
        close=close,
        mark=_last_known(close),
        dividend=dividend,
        split=split,
        total_return=_total_returns(close, dividend, split),
        has_event=((split != 1.0) | (dividend != 0.0)).any(axis=1),
        sector=np.array([names.index(sector) for sector in sectors], dtype=np.int64),
        sector_names=names,
        benchmark=unknown if benchmark is None else benchmark.on(sessions),
        vix=unknown if vix is None else vix.on(sessions),
        note=_BASIS_NOTES[basis],
    )


def lay_out_signals(
    market: TradingMarket,
    panel: PricePanel,
    confluence: np.ndarray,
    label: np.ndarray,
    *,
    is_member: np.ndarray | None = None,
) -> SignalMatrix:
    """Lay the signals of a panel's rows on the market made of it.

    Parameters
    ----------
    market : TradingMarket
        Of ``lay_out_market(panel)``.
    panel : PricePanel
        The bars.
    confluence : float64 array, shape (n_rows,)
        NaN where there is no signal.
    label : int array, shape (n_rows,)
        Places in ``LABELS``; any number where there is no signal.
    is_member : bool array, shape (n_rows,), optional
        Who belonged to the universe that day; one that left it has no signal and is not kept.
    """
    session = np.searchsorted(market.sessions, panel.session)
    column = np.searchsorted(np.array(market.symbols), np.array(panel.symbols))[panel.code]
    shape = market.close.shape
    labels = np.full(shape, NO_LABEL, dtype=np.int8)
    scores = np.full(shape, np.nan)
    own_label = np.where(np.isnan(confluence), NO_LABEL, label)
    if is_member is not None:
        own_label = np.where(is_member, own_label, LEFT_UNIVERSE)
        confluence = np.where(is_member, confluence, np.nan)
    labels[session, column] = own_label
    scores[session, column] = confluence
    return SignalMatrix(labels, scores)


def cut_market(market: TradingMarket, n_sessions: int) -> TradingMarket:
    """Return the first sessions of a market, with all of its symbols."""
    by_session = {
        field.name: getattr(market, field.name)[:n_sessions]
        for field in fields(market)
        if field.name not in _BY_SYMBOL
    }
    return replace(market, **by_session)


def _last_known(close: np.ndarray) -> np.ndarray:
    row = np.arange(close.shape[0])[:, None]
    last = np.maximum.accumulate(np.where(np.isnan(close), 0, row), axis=0)
    return np.asarray(np.take_along_axis(close, last, axis=0))


def _total_returns(close: np.ndarray, dividend: np.ndarray, split: np.ndarray) -> np.ndarray:
    returns = np.full_like(close, np.nan)
    returns[1:] = (close[1:] + dividend[1:]) * split[1:] / close[:-1] - 1.0
    return returns
