"""Four years of the sample in a real PostgreSQL, and the feature store beside it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.domain.market import MarketData
from services.ml.feature_store.newest import newest_features
from services.ml.feature_store.store import features_for
from services.ml.inputs import read_inputs
from services.providers.sample import SampleProvider
from services.quant.features.compute import compute_features
from services.quant.features.context import CloseSeries, FeatureContext
from services.quant.gaps import fill_gaps
from services.queries.exports import ExportRequest, export_frames
from tests.integration.scoring.conftest import Desk, no_progress

FIRST = "2010-01-04"


@pytest.fixture(scope="session")
def market() -> MarketData:
    whole = SampleProvider().fetch(no_progress)
    bars, events = (
        frame[frame["session"] >= FIRST].reset_index(drop=True) for frame in (whole.bars, whole.events)
    )
    instruments = tuple(
        replace(one, sector={"AAPL": "Hardware", "IBM": "Hardware"}.get(one.symbol))
        for one in whole.instruments
    )
    return replace(whole, bars=bars, events=events, instruments=instruments)


def until(market: MarketData, session: str) -> MarketData:
    bars, events = (
        frame[frame["session"] <= session].reset_index(drop=True) for frame in (market.bars, market.events)
    )
    return replace(market, bars=bars, events=events)


class FeatureDesk(Desk):
    """Features in every way there is, over one database and one store."""

    def __init__(self, engine, clock, data_dir):
        super().__init__(engine, clock)
        self.data_dir = data_dir

    def inputs(self, **arguments):
        with self.work() as work:
            return read_inputs(work, **arguments)

    def stored(self):
        return features_for(self.inputs(), self.data_dir, no_progress).values

    def newest(self, *arguments):
        with self.work() as work:
            return newest_features(work, *arguments)

    def parts(self, **request):
        request = ExportRequest(data_dir=self.data_dir, **request)
        return list(export_frames(self.engine, self.clock, "features", request))

    def export(self, **request):
        frame = pd.concat([part.to_pandas() for part in self.parts(**request)], ignore_index=True)
        return frame.astype({"session": "datetime64[s]"})

    def by_hand(self, **arguments):
        """Compute every feature of the stored bars, as known at a moment, past the store."""
        with self.work() as work:
            dataset = work.datasets.active().dataset
            panel = work.bars.panel(dataset.id, **arguments)
            index = work.bars.panel(dataset.id, symbols=[dataset.benchmark], **arguments)
        hardware = np.isin(panel.symbols, ["AAPL", "IBM"])
        context = FeatureContext(
            np.where(hardware, 0, -1),
            np.ones(panel.n_rows, dtype=bool),
            CloseSeries(index.session, index.close * index.gross_growth),
        )
        computed = compute_features(panel, fill_gaps(panel), context)
        symbol = np.array(panel.symbols, dtype=object)[panel.code]
        frame = pd.DataFrame(computed.values, columns=list(computed.names))
        frame.insert(0, "symbol", symbol)
        frame.insert(1, "session", panel.session.astype("datetime64[s]"))
        return frame.sort_values(["symbol", "session"], ignore_index=True)


@pytest.fixture
def desk(engine, clock, tmp_path) -> FeatureDesk:
    return FeatureDesk(engine, clock, tmp_path)


def assert_close(found, expected):
    """All within 1e-6, relative to 1 or the value, and the same values unknown."""
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    scale = np.maximum(1.0, np.abs(expected))
    assert np.nanmax(np.abs(found - expected) / scale, initial=0.0) <= 1e-6


def assert_same_table(found, expected):
    assert list(found.columns) == list(expected.columns)
    for name in ("symbol", "session"):
        assert found[name].tolist() == expected[name].tolist()
    assert_close(found.iloc[:, 2:].to_numpy(), expected.iloc[:, 2:].to_numpy())
