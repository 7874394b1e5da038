"""Planted leaks are found and named, and no registered feature is accused beside them."""

from dataclasses import replace

import numpy as np
import pytest

from services.quant.features import checks
from services.quant.features.compute import FeaturePanel
from services.quant.features.registry import METADATA
from tests.unit.quant.features import leaks
from tests.unit.quant.features.test_causality import CONVERGENCE, OF_CALENDAR


@pytest.fixture(scope="module")
def cuts(market):
    """One in the warm-up, one in the middle of a week and month, one near the end."""
    days = np.unique(market[0].session)
    return days[[12, 277, 430]]


def _nothing(panel, context):
    return FeaturePanel((), np.empty((panel.n_rows, 0), dtype=np.float32))


def _check_all(compute, market, cuts, convergence):
    def generator():
        return np.random.default_rng(0)

    days = np.unique(market[0].session)
    return (
        checks.truncation_check(compute, *market, cuts),
        checks.planted_future_check(compute, *market, cuts, generator()),
        checks.start_check(compute, *market, days[[20]], convergence),
        checks.scale_check(compute, *market, generator()),
        checks.order_check(compute, *market, generator()),
        checks.membership_check(compute, *market, generator()),
        checks.response_check(compute, *market, generator(), OF_CALENDAR),
    )


@pytest.fixture(scope="module")
def planted(market):
    table = {"table filled with hindsight": leaks.hindsight_table(*market)}
    return {
        **leaks.FUTURE,
        **leaks.LISTING,
        **leaks.START,
        **leaks.UNIT,
        **leaks.ORDER,
        **leaks.OUTSIDERS,
        **table,
    }


@pytest.fixture(scope="module")
def found(compute_all, market, cuts, planted):
    convergence = CONVERGENCE | dict.fromkeys(planted, 300)
    compute = leaks.with_leaks(compute_all, planted)
    return dict(
        zip(
            ("truncation", "future", "start", "scale", "order", "membership", "response"),
            _check_all(compute, market, cuts, convergence),
            strict=True,
        )
    )


def test_at_least_nineteen_ways_of_looking_ahead():
    assert len(leaks.FUTURE) >= 19


@pytest.mark.parametrize("name", leaks.FUTURE)
def test_what_looks_ahead_is_named(name, found):
    assert name in found["truncation"].failed
    assert name in found["future"].failed


@pytest.mark.parametrize(
    ("check", "planted_leaks"),
    [
        ("truncation", leaks.LISTING),
        ("start", leaks.START),
        ("scale", leaks.UNIT),
        ("order", leaks.ORDER),
        ("membership", leaks.OUTSIDERS),
        ("response", ["table filled with hindsight"]),
    ],
)
def test_the_other_leaks_are_named_by_their_check(check, planted_leaks, found):
    assert set(planted_leaks) <= set(found[check].failed)
    assert not found[check].passed


def test_a_leak_is_named_with_its_first_fault(found, planted):
    n_features = len(METADATA) + len(planted)
    assert found["response"].failed == ("sessions left", "place in the list", "table filled with hindsight")
    assert found["response"].detail == (f"3 of {n_features}: sessions left is the same for other prices")
    assert "centred average of A on 2010-01-" in found["truncation"].detail


def test_no_registered_feature_is_accused(found):
    assert not set(METADATA) & {name for check in found.values() for name in check.failed}


def test_a_table_filled_with_hindsight_hides_from_the_cut_and_the_future(found):
    assert "table filled with hindsight" not in found["truncation"].failed
    assert "table filled with hindsight" not in found["future"].failed


def test_a_panel_that_was_restated_before_it_was_cut(market, cuts):
    """Growth that ends at 1 today holds every later dividend; a cut leaves it so, another future does not."""
    panel, context = market
    today = panel.gross_growth[panel.starts[1:] - 1][panel.code]
    restated = replace(panel, gross_growth=panel.gross_growth / today)
    compute = leaks.with_leaks(_nothing, {"adjusted close": leaks.adjusted_level})
    assert checks.truncation_check(compute, restated, context, cuts).passed
    found = checks.planted_future_check(compute, restated, context, cuts, np.random.default_rng(1))
    assert found.failed == ("adjusted close",)
    assert checks.planted_future_check(compute, panel, context, cuts, np.random.default_rng(1)).passed


def test_a_universe_without_outsiders_cannot_be_checked_for_them(compute_all, market):
    panel, context = market
    everyone = replace(context, is_member=np.ones(panel.n_rows, dtype=bool))
    with pytest.raises(ValueError, match="needs one that never is"):
        checks.membership_check(compute_all, panel, everyone, np.random.default_rng(0))
