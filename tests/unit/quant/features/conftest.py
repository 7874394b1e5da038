"""A panel with everything that goes wrong in panels, and its features."""

import numpy as np
import pytest

from services.quant.features.checks import Compute
from services.quant.features.compute import compute_features
from services.quant.features.context import CloseSeries, FeatureContext
from services.quant.gaps import fill_gaps
from tests.unit.quant.factories import frames_of_panel, make_panel, random_bars

N_SESSIONS = 520


def compute(panel, context):
    return compute_features(panel, fill_gaps(panel), context)


@pytest.fixture(scope="session")
def compute_all() -> Compute:
    return compute


def rough_market(seed, n_sessions=N_SESSIONS):
    """Eight symbols in three sectors and one without, with dividends, splits, short and long gaps, a late
    listing, an early end, members that join and leave, and one that never is a member."""
    rng = np.random.default_rng(seed)
    whole = frames_of_panel(make_panel({name: random_bars(rng, n_sessions) for name in "ABCDEFGH"}))
    for frame in whole.values():
        frame["volume"] += 1.0
        frame.loc[rng.integers(1, n_sessions, 4), "dividend"] = 0.3
        frame.loc[rng.integers(1, n_sessions), "split"] = 3.0
    whole["B"] = whole["B"].drop(index=rng.choice(np.arange(1, n_sessions), 40, replace=False))
    gap = n_sessions // 4
    whole["C"] = whole["C"].drop(index=range(gap, gap + 12))
    whole["D"] = whole["D"].iloc[90:]
    whole["E"] = whole["E"].iloc[: n_sessions - 60]
    panel = make_panel(whole)
    is_member = panel.code != 7
    is_member[panel.starts[0] : panel.starts[0] + 150] = False
    is_member[panel.starts[6] + 300 : panel.starts[7]] = False
    days = np.unique(panel.session)
    walk = np.exp(np.cumsum(rng.normal(0.0, 0.01, (2, days.size)), axis=1))
    vix = CloseSeries(np.delete(days, [40, 41, 200]), 20.0 * np.delete(walk[1], [40, 41, 200]))
    sector = np.array([0, 0, 0, 1, 1, 2, -1, 2])
    return panel, FeatureContext(sector, is_member, CloseSeries(days, 100.0 * walk[0]), vix)


@pytest.fixture(scope="session")
def market():
    return rough_market(1)


@pytest.fixture(scope="session")
def computed(market):
    return compute(*market)
