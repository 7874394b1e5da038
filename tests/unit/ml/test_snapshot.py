"""The snapshot changes with anything that a feature or label is made of, and with nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from models.domain.market import Dataset, PriceBasis
from services.ml.inputs import MarketInputs
from services.ml.snapshot import data_snapshot
from services.quant.features.context import CloseSeries, FeatureContext
from services.quant.gaps import fill_gaps
from tests.unit.quant.factories import make_panel, random_bars


@pytest.fixture
def inputs():
    rng = np.random.default_rng(0)
    panel = make_panel({symbol: random_bars(rng, 30) for symbol in ("AAA", "BBB")})
    days = np.unique(panel.session)
    context = replace(
        FeatureContext.of_whole_panel(panel), vix=CloseSeries(days, np.linspace(10.0, 20.0, days.size))
    )
    dataset = Dataset("files", "x", "x", PriceBasis.RAW)
    return MarketInputs(dataset, panel, fill_gaps(panel), context, {0: "Energy"})


def other(values):
    changed = values.copy()
    changed[-1] = not changed[-1] if changed.dtype == bool else changed[-1] + 1
    return changed


def test_the_same_data_have_the_same_snapshot(inputs):
    assert data_snapshot(inputs) == data_snapshot(replace(inputs, dataset=inputs.dataset))


@pytest.mark.parametrize("name", ["close", "volume", "dividend", "split"])
def test_a_changed_bar_or_event_changes_it(inputs, name):
    changed = replace(inputs.panel, **{name: other(getattr(inputs.panel, name))})
    assert data_snapshot(replace(inputs, panel=changed)) != data_snapshot(inputs)


@pytest.mark.parametrize(
    "change",
    [
        lambda context: {"is_member": other(context.is_member)},
        lambda context: {"sector": other(context.sector)},
        lambda context: {"vix": None},
        lambda context: {"vix": None, "benchmark": context.vix},
        lambda context: {"vix": CloseSeries(context.vix.session, other(context.vix.close))},
    ],
)
def test_what_features_know_beside_the_bars_changes_it(inputs, change):
    changed = replace(inputs.context, **change(inputs.context))
    assert data_snapshot(replace(inputs, context=changed)) != data_snapshot(inputs)
