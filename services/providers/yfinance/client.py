"""The library ``yfinance``, asked for one symbol at a time; its failures as faults with their causes."""

import logging
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import yfinance  # type: ignore[import-untyped]
from curl_cffi.requests.exceptions import RequestException
from yfinance.const import _BASE_URL_, _QUERY1_URL_  # type: ignore[import-untyped]
from yfinance.data import YfData  # type: ignore[import-untyped]
from yfinance.exceptions import (  # type: ignore[import-untyped]
    YFException,
    YFPricesMissingError,
    YFRateLimitError,
)

from models.domain.market import EventKind
from models.domain.providers import QUOTE_COLUMNS
from services.providers.resilience.faults import FaultKind, ProviderFault
from services.providers.yfinance.session import Answer, FeedSession, answer_fault, request_fault
from services.providers.yfinance.universe import GICS_NAME, vendor_symbol

T = TypeVar("T")
_EXCHANGE_ZONE = "America/New_York"
_PRICES = ("open", "high", "low", "close")
# What the library lets through of an answer that is JSON, but not as agreed.
_MISREADINGS = (LookupError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True, eq=False)
class SymbolHistory:
    """One symbol's answer.

    ``bars``: session (datetime64[s]), open, high, low, close, volume. ``events``: session, kind, value; both
    by session. ``name``: empty where the vendor gives none. ``is_company``: shares, which have a sector.
    """

    bars: pd.DataFrame
    events: pd.DataFrame
    name: str
    is_company: bool


class YahooClient:
    """What the feed asks of Yahoo, through the library.

    The library keeps its session, its memory of answers and its folder per process: one client at a time.
    """

    def __init__(self, session: FeedSession, cache_folder: Path) -> None:
        """Take a folder for the library's cookies, which it pickles: nobody else may write there."""
        self._session = session
        cache_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        yfinance.set_tz_cache_location(str(cache_folder))
        yfinance.config.debug.hide_exceptions = False
        # Its warnings say what a fault says with its cause.
        logging.getLogger("yfinance").setLevel(logging.CRITICAL)
        # It lets its own use of what pandas 4 will drop be told on standard error: its authors' to mend.
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="yfinance")

    def history(self, symbol: str, first: date) -> SymbolHistory:
        """Return a symbol's daily bars and events from a date on.

        Raises
        ------
        ProviderFault
            If they cannot be had.
        """
        ticker = self._ticker(symbol)
        frame = self._ask(lambda: ticker.history(start=first, interval="1d", auto_adjust=False, actions=True))
        about = ticker.get_history_metadata()
        name = str(about.get("longName") or about.get("shortName") or "")
        return SymbolHistory(_bars(frame), _events(frame), name, about.get("instrumentType") == "EQUITY")

    def sector(self, symbol: str) -> str | None:
        """Return a company's sector in GICS's words, None where the vendor has none.

        Raises
        ------
        ProviderFault
            If it cannot be had.
        """
        # Of the library's `info` this is the one request, out of three, that knows sectors.
        address = f"{_BASE_URL_}/v10/finance/quoteSummary/{vendor_symbol(symbol)}"
        reader = YfData(session=self._session)

        def ask() -> str | None:
            answer = reader.get_raw_json(address, params={"modules": "assetProfile", "formatted": "false"})
            told = answer["quoteSummary"]["result"][0]["assetProfile"].get("sector")
            return GICS_NAME.get(told, str(told)) if told else None

        return self._ask(ask)

    def quotes(self, symbols: Sequence[str]) -> pd.DataFrame:
        """Return the newest prices by ``QUOTE_COLUMNS`` in one request; symbols without one are left out.

        Raises
        ------
        ProviderFault
            If they cannot be had.
        """
        named = {vendor_symbol(symbol): symbol for symbol in symbols}
        parameters = {"symbols": ",".join(named), "formatted": "false"}
        reader = YfData(session=self._session)

        def ask() -> pd.DataFrame:
            answer = reader.get_raw_json(f"{_QUERY1_URL_}/v7/finance/quote", params=parameters)
            return _quotes(answer["quoteResponse"]["result"], named)

        return self._ask(ask)

    def _ticker(self, symbol: str) -> Any:
        ticker = yfinance.Ticker(vendor_symbol(symbol), session=self._session)
        ticker._tz = _EXCHANGE_ZONE  # or the library asks for it, with a request a symbol
        return ticker

    def _ask(self, ask: Callable[[], T]) -> T:
        YfData.cache_get.cache_clear()  # it remembers bad answers too
        with self._session.attempt():
            try:
                return ask()
            except YFException as error:
                raise _library_fault(error, self._session.last_answer) from error
            except RequestException as error:
                raise request_fault(error, self._session.last_answer) from error
            except _MISREADINGS as error:
                what_came = f"an answer of another form than agreed ({type(error).__name__}: {error})"
                raise answer_fault(self._session.last_answer, what_came) from error


def _library_fault(error: YFException, answer: Answer | None) -> ProviderFault:
    if isinstance(error, YFRateLimitError):
        wait_s = None if answer is None else answer.retry_after_s
        return ProviderFault(FaultKind.RATE_LIMITED, "too many requests (status 429)", wait_s)
    if isinstance(error, YFPricesMissingError) and (answer is None or answer.status in {200, 400, 404}):
        # Without the vendor's own words the library guesses at a delisting.
        guessed = str(error.rationale).startswith("no price data found")
        words = "no prices in the answer" if guessed else str(error.rationale)
        unknown = answer is not None and answer.status == 404
        return ProviderFault(FaultKind.NOT_FOUND if unknown else FaultKind.NO_DATA, words)
    return answer_fault(answer, str(error))


def _bars(frame: pd.DataFrame) -> pd.DataFrame:
    bars = pd.DataFrame({"session": _sessions(frame)})
    for name in _PRICES:
        bars[name] = _shortest(frame[name.title()].to_numpy(np.float64))
    bars["volume"] = frame["Volume"].to_numpy(np.float64)
    return bars


def _events(frame: pd.DataFrame) -> pd.DataFrame:
    session = _sessions(frame)
    dividend = frame["Dividends"].to_numpy(np.float64)
    if "Capital Gains" in frame:  # of funds: paid out like a dividend
        dividend = dividend + frame["Capital Gains"].to_numpy(np.float64)
    split = frame["Stock Splits"].to_numpy(np.float64)
    found = [
        pd.DataFrame({"session": session[rows], "kind": kind.value, "value": values[rows]})
        for kind, values, rows in (
            (EventKind.DIVIDEND, dividend, dividend > 0.0),
            (EventKind.SPLIT, split, (split > 0.0) & (split != 1.0)),
        )
    ]
    return pd.concat(found, ignore_index=True).sort_values(["session", "kind"], ignore_index=True)


def _sessions(frame: pd.DataFrame) -> np.ndarray:
    days: np.ndarray = pd.DatetimeIndex(frame.index).tz_localize(None).to_numpy("datetime64[D]")
    return days.astype("datetime64[s]")


def _shortest(price: np.ndarray) -> np.ndarray:
    """Return the shortest decimals that the vendor's single-precision prices stand for: 189.95 again."""
    texts = price.astype(np.float32).astype(str)
    decimals: np.ndarray = texts.astype(np.float64)
    return decimals


def _quotes(found: list[dict[str, Any]], named: dict[str, str]) -> pd.DataFrame:
    priced = [quote for quote in found if quote.get("symbol") in named and quote.get("regularMarketPrice")]
    frame = pd.DataFrame(
        {
            "symbol": [named[quote["symbol"]] for quote in priced],
            "quoted_at": pd.to_datetime([quote["regularMarketTime"] for quote in priced], unit="s"),
            "price": [quote["regularMarketPrice"] for quote in priced],
            "previous_close": [quote.get("regularMarketPreviousClose") for quote in priced],
            "volume": [quote.get("regularMarketVolume") for quote in priced],
        }
    )
    return frame.astype(dict(QUOTE_COLUMNS))
