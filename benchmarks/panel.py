"""The panel that is measured on: real files beside the checkout, or a random walk that says so."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from models.domain.market import MarketData
from models.domain.settings import Settings
from services.providers.files import FilesProvider

_REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "sp500"
_FILES = ("sp500_daily.parquet", "sectors.csv", "benchmark.parquet")


@dataclass(frozen=True)
class Source:
    """Files to ingest, and what they are."""

    paths: tuple[Path, ...]
    label: str

    def provider(self) -> FilesProvider:
        """Return what reads them."""
        return FilesProvider(Settings(data_provider="files", data_path=self.paths))

    def fetch(self) -> MarketData:
        """Read the files through the provider."""
        return self.provider().fetch(lambda *_: None)


def find() -> Source:
    """Return the S&P 500 panel where it is there, else 100 random walks of 2,520 sessions."""
    paths = tuple(_REAL / name for name in _FILES)
    if all(path.is_file() for path in paths):
        return Source(paths, "S&P 500 panel, 504 symbols, 2.4 million bars, 17 reference symbols")
    path = Path(tempfile.mkdtemp()) / "random-walk.parquet"
    _random_walks().to_parquet(path)
    return Source((path,), "100 random walks of 2,520 sessions: not real prices")


def _random_walks() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    sessions = pd.bdate_range("2000-01-03", periods=2_600)
    holidays = sessions.isin(pd.to_datetime([f"{year}-12-25" for year in range(2000, 2011)]))
    days = sessions[~holidays][:2_520]
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.015, (100, days.size)), axis=1)).ravel()
    return pd.DataFrame(
        {
            "symbol": np.repeat([f"W{number:03d}" for number in range(100)], days.size),
            "date": np.tile(days, 100),
            "open": close,
            "high": close * 1.01,
            "low": close * 0.99,
            "close": close,
            "volume": 1e6,
        }
    )
