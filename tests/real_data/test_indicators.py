"""Every indicator on real prices: no value is missing, none depends on where the history begins."""

from dataclasses import replace

import numpy as np
import pytest

from services.quant.gaps import fill_gaps
from services.quant.indicators.registry import METADATA, compute_indicators
from services.quant.panels import cut_panel
from services.quant.scoring import window_start
from tests.unit.providers.files.writing import fetch
from tests.unit.quant.convergence import converging
from tests.unit.quant.factories import frames_of, frames_of_panel, make_panel

pytestmark = pytest.mark.real_data

EVERY = 12  # of 504 symbols
NAMES = list(METADATA)


@pytest.fixture(scope="module")
def panel(real_data):
    names = ("sp500_daily.parquet", "sectors.csv", "benchmark.parquet")
    market = fetch(*(real_data / "sp500" / name for name in names))
    members = [member.symbol for member in market.instruments if member.in_universe][::EVERY]
    bars = market.bars[market.bars["symbol"].isin(members)]
    return make_panel(frames_of(replace(market, bars=bars), members))


def _sessions_so_far(panel, filled):
    place = np.arange(filled.source.size)
    return (place - window_start(filled) + 1)[~filled.is_filled]


@pytest.fixture(scope="module")
def computed(panel):
    return compute_indicators(panel, fill_gaps(panel))


@pytest.mark.parametrize("name", NAMES)
def test_nan_in_the_warm_up_and_nowhere_else(name, panel, computed):
    in_warm_up = _sessions_so_far(panel, fill_gaps(panel)) < METADATA[name].warm_up_sessions
    np.testing.assert_array_equal(np.isnan(computed[name]), in_warm_up)
    assert not np.isinf(computed[name]).any()


@pytest.mark.parametrize("first", ["2004-03-01", "2008-10-10"])
def test_the_start_does_not_matter_after_the_declared_convergence(first, panel, computed):
    """Quotes in cents hold many equal changes, which the rounding of other factors must not tell apart."""
    keep = panel.session >= np.datetime64(first)
    frames = {symbol: frame[frame["session"] >= first] for symbol, frame in frames_of_panel(panel).items()}
    later = make_panel({symbol: frame for symbol, frame in frames.items() if len(frame)})
    assert later.n_rows == keep.sum()
    filled = fill_gaps(later)
    values, n_sessions = compute_indicators(later, filled), _sessions_so_far(later, filled)
    for name, column in METADATA.items():
        wholly, partly = converging(name, panel, computed)[keep], converging(name, later, values)
        settled = n_sessions >= column.convergence_sessions + column.cumulative
        assert settled.sum() > 1e4
        np.testing.assert_allclose(partly[settled], wholly[settled], rtol=0.0, atol=1e-6, err_msg=name)


def test_later_bars_change_nothing(panel, computed):
    cut = np.datetime64("2012-05-04")
    part = cut_panel(panel, cut)
    values = compute_indicators(part, fill_gaps(part))
    for name in NAMES:
        np.testing.assert_array_equal(values[name], computed[name][panel.session <= cut], err_msg=name)
