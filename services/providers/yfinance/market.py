"""Answers about single symbols put together into one provider's data."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.domain.market import (
    BAR_COLUMNS,
    EVENT_COLUMNS,
    Dataset,
    EventKind,
    Instrument,
    MarketData,
    PriceBasis,
    empty_frame,
)
from models.domain.providers import StoredMarket
from services.providers.resilience.faults import ProviderFault
from services.providers.yfinance.incremental import GONE_AFTER_SESSIONS
from services.providers.yfinance.universe import (
    BENCHMARK_NAMES,
    DEFAULT_UNIVERSE,
    VOLATILITY_INDEX,
    UniverseChoice,
)
from services.quant.sessions import exchange_sessions, session_closes

if TYPE_CHECKING:  # the library below the client takes a second to import
    from services.providers.yfinance.client import SymbolHistory

FEED = "yfinance"
# The source's address and what is asked of it: another basis would be another dataset.
FINGERPRINT = hashlib.sha256(b"query2.finance.yahoo.com/v8/finance/chart 1d split-adjusted").hexdigest()
_SETTLED_AFTER = np.timedelta64(30, "m")  # the closing auction and late prints are in by then


@dataclass(frozen=True, eq=False)
class SymbolAnswer:
    """What the vendor said of a symbol; ``sector`` only where nobody knew it before."""

    history: "SymbolHistory"
    sector: str | None


def assemble(
    choice: UniverseChoice,
    answers: Mapping[str, SymbolAnswer],
    faults: Mapping[str, ProviderFault],
    known: StoredMarket | None,
    now: datetime,
) -> MarketData:
    """Return the feed's data.

    A symbol that the vendor no longer finds, and that ends over five sessions before what is stored of the
    others, counts as delisted: it is kept, and its last session and close recorded. Until then it is a
    failure like others, also after a time in which nobody asked.
    """
    moment = np.datetime64(now.replace(tzinfo=None), "us")
    tails = tails_of(known)
    bars = _stack(answers, lambda answer: answer.history.bars, BAR_COLUMNS)
    events = _stack(answers, lambda answer: answer.history.events, EVENT_COLUMNS)
    gone = {
        symbol: str(fault)
        for symbol, fault in faults.items()
        if not fault.blames_provider and symbol in tails and _n_missing(tails, symbol) > GONE_AFTER_SESSIONS
    }
    settled = [_settled(events, moment).assign(detail=""), *_delistings(gone, tails)]
    return MarketData(
        _dataset(choice),
        tuple(_instrument(symbol, choice, answers.get(symbol), known) for symbol in choice.symbols),
        _settled(bars, moment),
        pd.concat(settled, ignore_index=True),
        notes=tuple(
            f"{symbol}: no longer traded, kept as it is stored ({words})" for symbol, words in gone.items()
        ),
        failures={symbol: str(fault) for symbol, fault in faults.items() if symbol not in gone},
    )


def tails_of(known: StoredMarket | None) -> dict[str, pd.DataFrame]:
    """Return the last stored sessions and closes of each symbol."""
    if known is None:
        return {}
    return {str(symbol): tail for symbol, tail in known.recent_bars.groupby("symbol")}


def _instrument(
    symbol: str, choice: UniverseChoice, answer: SymbolAnswer | None, known: StoredMarket | None
) -> Instrument:
    in_universe = symbol in choice.members
    public = {VOLATILITY_INDEX.symbol: VOLATILITY_INDEX, **DEFAULT_UNIVERSE}.get(symbol)
    if public is not None:
        return replace(public, in_universe=in_universe)
    before = known.instruments.get(symbol) if known else None
    told = answer.history.name if answer else ""
    name = BENCHMARK_NAMES.get(symbol) or told or (before.name if before else symbol)
    sector = (answer.sector if answer else None) or (before.sector if before else None)
    return Instrument(symbol, name, sector, in_universe)


def _dataset(choice: UniverseChoice) -> Dataset:
    n = len(choice.members)
    return Dataset(
        provider=FEED,
        fingerprint=FINGERPRINT,
        label=f"Yahoo Finance, {n} US stock{'' if n == 1 else 's'}",
        price_basis=PriceBasis.SPLIT_ADJUSTED,
        benchmark=choice.benchmark,
        survivorship_note=(
            "The universe was picked with hindsight: companies that failed are missing, and past results "
            "flatter."
        ),
    )


def _stack(
    answers: Mapping[str, SymbolAnswer],
    part: Callable[[SymbolAnswer], pd.DataFrame],
    columns: MappingProxyType[str, str],
) -> pd.DataFrame:
    frames = [part(answer).assign(symbol=symbol) for symbol, answer in answers.items()]
    if not frames:
        return empty_frame(columns)
    whole = pd.concat(frames, ignore_index=True)
    if "adj_close" in columns:
        whole["adj_close"] = np.nan
    return whole[list(columns)].astype(dict(columns)).sort_values(list(columns)[:2], ignore_index=True)


def _settled(facts: pd.DataFrame, now: np.datetime64) -> pd.DataFrame:
    """Return the facts of sessions that are over: an unfinished bar is no bar."""
    over = session_closes(facts["session"].to_numpy("datetime64[D]")) + _SETTLED_AFTER <= now
    return facts.iloc[np.flatnonzero(over)].reset_index(drop=True)


def _n_missing(tails: Mapping[str, pd.DataFrame], symbol: str) -> int:
    """Return of how many sessions bars of others are stored, and none of this symbol."""
    last, newest = (
        np.datetime64(session.date(), "D")
        for session in (
            tails[symbol]["session"].iloc[-1],
            max(tail["session"].iloc[-1] for tail in tails.values()),
        )
    )
    sessions = exchange_sessions()
    return int(((sessions > last) & (sessions <= newest)).sum())


def _delistings(gone: Mapping[str, str], tails: Mapping[str, pd.DataFrame]) -> list[pd.DataFrame]:
    return [
        pd.DataFrame(
            {
                "symbol": [symbol],
                "session": [tails[symbol]["session"].iloc[-1]],
                "kind": [EventKind.DELISTING.value],
                "value": [tails[symbol]["close"].iloc[-1]],
                "detail": [words],
            }
        )
        for symbol, words in gone.items()
    ]
