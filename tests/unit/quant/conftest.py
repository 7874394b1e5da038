"""The sample, read once."""

import pandas as pd
import pytest

from models.domain.market import MarketData, PricePanel
from services.providers.sample import SampleProvider
from tests.unit.quant.factories import compute_scores, frames_of, make_panel

SYMBOLS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")


@pytest.fixture(scope="session")
def sample_market() -> MarketData:
    return SampleProvider().fetch(lambda done, total, message: None)


@pytest.fixture(scope="session")
def sample_frames(sample_market: MarketData) -> dict[str, pd.DataFrame]:
    return frames_of(sample_market, SYMBOLS)


@pytest.fixture(scope="session")
def sample_panel(sample_frames: dict[str, pd.DataFrame]) -> PricePanel:
    return make_panel(sample_frames)


@pytest.fixture(scope="session")
def sample_scores(sample_panel: PricePanel) -> tuple[pd.DataFrame, pd.DataFrame]:
    return compute_scores(sample_panel)
