"""Histories that grow and change, and a watch on what of them is computed."""

from dataclasses import replace

import numpy as np
import pytest

from models.domain.market import Dataset, PriceBasis
from services.ml.feature_store import store
from services.ml.inputs import MarketInputs
from services.quant.features.alterations import regrown
from services.quant.features.compute import compute_features
from services.quant.features.context import UNKNOWN_SECTOR
from services.quant.gaps import fill_gaps
from services.quant.panels import cut_panel, keep_rows
from tests.unit.quant.features.conftest import rough_market

N_SESSIONS = 700


def no_progress(done, total, message):
    """Report to nobody."""


def make_inputs(panel, context, fingerprint="f"):
    dataset = Dataset("files", fingerprint, "test", PriceBasis.RAW)
    codes = sorted(set(context.sector.tolist()) - {UNKNOWN_SECTOR})
    names = {code: f"Sector {code}" for code in codes}
    return MarketInputs(dataset, panel, fill_gaps(panel), context, names)


@pytest.fixture(scope="session")
def whole():
    """Eight symbols over 700 sessions, with all that goes wrong in panels."""
    return make_inputs(*rough_market(3, N_SESSIONS))


def sessions_of(inputs):
    return np.unique(inputs.panel.session)


def until(inputs, n_sessions):
    """What there was after so many sessions."""
    last = sessions_of(inputs)[n_sessions - 1]
    return make_inputs(cut_panel(inputs.panel, last), inputs.context.until(inputs.panel, last))


def with_rows(inputs, **columns):
    """The same with other values in a panel's columns, and the growth that follows."""
    return make_inputs(regrown(replace(inputs.panel, **columns)), inputs.context)


def with_context(inputs, **fields):
    return make_inputs(inputs.panel, replace(inputs.context, **fields))


def without_rows(inputs, gone):
    context = inputs.context.of_rows(inputs.panel, ~gone)
    return make_inputs(regrown(keep_rows(inputs.panel, ~gone)), context)


def directly(inputs):
    """Everything computed at once."""
    return compute_features(inputs.panel, inputs.filled, inputs.context).values


def assert_equal(found, inputs):
    """All within 1e-6, relative to 1 or the value, and the same values unknown."""
    expected = directly(inputs)
    assert found.shape == expected.shape
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    scale = np.maximum(1.0, np.abs(expected))
    worst = np.nanmax(np.abs(found - expected) / scale, initial=0.0)
    assert worst <= 1e-6, worst


class Watch:
    """Which sessions were computed for their own sake, not to lead up to others."""

    def __init__(self, monkeypatch):
        self.stretches = []
        genuine = store._computed

        def watched(inputs, wanted, months, valid, group):
            begin = months.session_edges[group[0]] + len(valid.digests)
            end = months.session_edges[group[-1] + 1] - 1
            self.stretches.append((wanted.sessions[begin], wanted.sessions[end]))
            return genuine(inputs, wanted, months, valid, group)

        monkeypatch.setattr(store, "_computed", watched)

    def take(self):
        """Return the stretches since the last time."""
        taken, self.stretches = self.stretches, []
        return taken


@pytest.fixture
def computed(monkeypatch):
    return Watch(monkeypatch)


@pytest.fixture
def features(tmp_path):
    """Features of inputs from one store."""

    def read(inputs):
        return store.features_for(inputs, tmp_path, no_progress).values

    return read
