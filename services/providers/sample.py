"""Real prices inside installed packages: five US companies and the S&P 500 index.

Prices: ``bokeh_sampledata.stocks``, public domain, 2000-03-01 to 2013-03-01, raw, with adjusted closes that
already hold the events of later years; splits and dividends are recovered from their ratios and only those
within the data are used. Benchmark: the S&P 500 in the ``arch`` package, a price index.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import pandas as pd

from models.domain.errors import InvalidMarketDataError, InvalidRequestError
from models.domain.market import (
    BAR_COLUMNS,
    EVENT_COLUMNS,
    Dataset,
    EventKind,
    Instrument,
    MarketData,
    PriceBasis,
)
from services.ports import Progress, StoredHistory
from services.quant.adjustment import derive_events

_RECLASSIFIED = (
    "Sector by today's classification; Information Technology until the GICS change of 28 September 2018."
)
_INSTRUMENTS = (
    Instrument("AAPL", "Apple", "Information Technology"),
    Instrument("FB", "Facebook (now Meta Platforms)", "Communication Services", note=_RECLASSIFIED),
    Instrument("GOOG", "Google (now Alphabet)", "Communication Services", note=_RECLASSIFIED),
    Instrument("IBM", "International Business Machines", "Information Technology"),
    Instrument("MSFT", "Microsoft", "Information Technology"),
)
SYMBOLS = tuple(instrument.symbol for instrument in _INSTRUMENTS)
_BENCHMARK = Instrument("^GSPC", "S&P 500 (price index)", in_universe=False)
_STOCKS_FILE = ("bokeh_sampledata", "bokeh_sampledata/_data/stocks.csv.gz")
_INDEX_FILE = ("arch", "arch/data/sp500/sp500.csv.gz")


class SampleProvider:
    """``MarketDataProvider`` over packaged files; needs no network."""

    name = "sample"

    def __init__(self, universe: Sequence[str] = ()) -> None:
        """Take UNIVERSE: the symbols to score; all five without it."""
        unknown = sorted(set(universe) - set(SYMBOLS))
        if unknown:
            raise InvalidRequestError(
                f"UNIVERSE names {', '.join(unknown)}, which the sample does not have; "
                f"it has {', '.join(SYMBOLS)}"
            )
        self._universe = frozenset(universe or SYMBOLS)

    def fetch(self, progress: Progress, stored: StoredHistory | None = None) -> MarketData:
        """Return five symbols and the index, cut at the symbols' last session."""
        n_files = 2
        progress(0, n_files, "reading packaged prices")
        stocks_path, index_path = _locate(*_STOCKS_FILE), _locate(*_INDEX_FILE)
        fingerprint = hashlib.sha256(stocks_path.read_bytes() + index_path.read_bytes()).hexdigest()
        stocks = _read_stocks()
        progress(1, n_files, "reading the benchmark")
        index = _read_index(index_path, last_session=stocks["session"].max())
        progress(2, n_files, "deriving splits and dividends")
        bars = pd.concat([stocks, index], ignore_index=True).astype(dict(BAR_COLUMNS))
        bars = bars.sort_values(["symbol", "session"], ignore_index=True)
        members = [
            replace(instrument, in_universe=instrument.symbol in self._universe)
            for instrument in _INSTRUMENTS
        ]
        return MarketData(_dataset(fingerprint), (*members, _BENCHMARK), bars, _derive(stocks))


def _dataset(fingerprint: str) -> Dataset:
    return Dataset(
        provider="sample",
        fingerprint=fingerprint,
        label="Sample, 5 US stocks",
        price_basis=PriceBasis.RAW,
        historical=True,
        benchmark=_BENCHMARK.symbol,
        survivorship_note="Five companies picked with hindsight: results on them flatter.",
        banner="Sample data: real prices that end on 1 March 2013. “Today” is that day.",
    )


def _locate(package: str, file: str) -> Path:
    # Through the package's metadata: importing arch just to find its file takes two seconds.
    try:
        path = Path(str(distribution(package).locate_file(file)))
    except PackageNotFoundError as error:
        raise InvalidMarketDataError(f"The sample needs the package {package}; run `make setup`") from error
    if not path.is_file():
        raise InvalidMarketDataError(f"The package {package} has no {file}; install the pinned version")
    return path


def _read_stocks() -> pd.DataFrame:
    from bokeh_sampledata import stocks  # noqa: PLC0415 - reads its file when it is imported

    frames = []
    for instrument in _INSTRUMENTS:
        frame = pd.DataFrame(getattr(stocks, instrument.symbol)).rename(columns={"date": "session"})
        frame["session"] = pd.to_datetime(frame["session"], format="%Y-%m-%d")
        frames.append(frame.assign(symbol=instrument.symbol)[list(BAR_COLUMNS)])
    return pd.concat(frames, ignore_index=True)


def _read_index(path: Path, last_session: pd.Timestamp) -> pd.DataFrame:
    frame = pd.read_csv(path, parse_dates=["Date"])
    frame.columns = frame.columns.str.lower().str.replace(" ", "_")
    frame = frame.rename(columns={"date": "session"}).assign(symbol=_BENCHMARK.symbol)
    return frame.loc[frame["session"] <= last_session, list(BAR_COLUMNS)]


def _derive(stocks: pd.DataFrame) -> pd.DataFrame:
    found = []
    for symbol, frame in stocks.groupby("symbol"):
        dividend, split = derive_events(frame["close"].to_numpy(), frame["adj_close"].to_numpy())
        for kind, value, none in ((EventKind.DIVIDEND, dividend, 0.0), (EventKind.SPLIT, split, 1.0)):
            rows = np.flatnonzero(value != none)
            found.append(
                pd.DataFrame(
                    {
                        "symbol": symbol,
                        "session": frame["session"].to_numpy()[rows],
                        "kind": kind.value,
                        "value": value[rows],
                    }
                )
            )
    events = pd.concat(found, ignore_index=True).astype(dict(EVENT_COLUMNS))
    return events.sort_values(["symbol", "session", "kind"], ignore_index=True)
