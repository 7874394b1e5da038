"""Bars for tests, and files that hold them in any dialect."""

import csv
import gzip
import io
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from models.domain.settings import Settings
from services.providers.bar_validation import is_session
from services.providers.files import FilesProvider

PRICES = ("open", "high", "low", "close")


class StandingClock:
    def now(self):
        return datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def fetch(*paths, **settings):
    """Read the files as a provider does."""
    chosen = Settings(data_provider="files", data_path=paths, **settings)
    return FilesProvider(chosen, StandingClock()).fetch(lambda *_: None)


def sessions(n, first="2020-01-02"):
    """Return n sessions of the exchange from a day on."""
    days = np.datetime64(first, "D") + np.arange(2 * n + 20)
    return days[is_session(days)][:n]


def make_bars(symbols=("AAPL", "MSFT"), n=30, seed=0, first="2020-01-02", decimals=2):
    """Return sound bars, sorted, their prices in whole cents."""
    rng = np.random.default_rng(seed)
    frames = []
    for symbol in symbols:
        close = np.round(50 * np.exp(np.cumsum(rng.normal(0, 0.02, n))), decimals)
        open_ = np.round(close * np.exp(rng.normal(0, 0.01, n)), decimals)
        frame = pd.DataFrame(
            {
                "symbol": symbol,
                "session": sessions(n, first).astype("datetime64[s]"),
                "open": open_,
                "high": np.maximum(open_, close) + 0.5,
                "low": np.minimum(open_, close) - 0.5,
                "close": close,
                "volume": rng.integers(100, 10_000_000, n).astype(float),
            }
        )
        frames.append(frame)
    return pd.concat(frames, ignore_index=True).round(dict.fromkeys(PRICES, decimals))


@dataclass(frozen=True)
class Dialect:
    """How somebody writes a table."""

    delimiter: str = ","
    decimal: str = "."
    thousands: str = ""
    dates: str = "%Y-%m-%d"
    encoding: str = "utf-8"
    line_end: str = "\n"
    quote_all: bool = False
    preamble: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = (("session", "date"),)
    order: tuple[str, ...] = ()
    packed: bool = False
    decimals: int = 2


def write(path, bars, dialect=Dialect()):
    """Write bars to a file in a dialect."""
    table = pd.DataFrame(index=bars.index)
    for name in dialect.order or bars.columns:
        column = bars[name]
        if name == "session":
            texts = column.dt.strftime(dialect.dates)
        elif name == "volume":
            texts = column.map(lambda value: f"{value:,.0f}".replace(",", dialect.thousands))
        elif column.dtype.kind == "f":
            texts = column.map(lambda value: number(value, dialect))
        else:
            texts = column
        table[dict(dialect.names).get(name, name)] = texts
    quoting = csv.QUOTE_ALL if dialect.quote_all else csv.QUOTE_MINIMAL
    text = io.StringIO()
    table.to_csv(text, index=False, sep=dialect.delimiter, quoting=quoting, lineterminator=dialect.line_end)
    whole = "".join(line + dialect.line_end for line in dialect.preamble) + text.getvalue()
    raw = whole.encode(dialect.encoding)
    path.write_bytes(gzip.compress(raw) if dialect.packed else raw)
    return path


def number(value, dialect):
    """Write a number as the dialect does."""
    if np.isnan(value):
        return ""
    whole, _, fraction = f"{value:,.{dialect.decimals}f}".partition(".")
    return whole.replace(",", dialect.thousands) + dialect.decimal + fraction
