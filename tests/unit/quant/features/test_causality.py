"""No feature looks ahead, remembers its start, has a unit, or minds who else is listed."""

from dataclasses import replace

import numpy as np
import pytest

from models.domain.features import FeatureFamily
from services.quant.features import checks
from services.quant.features.context import FeatureContext
from services.quant.features.registry import LONGEST_CONVERGENCE_SESSIONS, METADATA
from tests.unit.quant.factories import make_panel, random_bars
from tests.unit.quant.features.conftest import rough_market

CONVERGENCE = {name: metadata.convergence_sessions for name, metadata in METADATA.items()}
OF_CALENDAR = {name for name, m in METADATA.items() if m.family is FeatureFamily.CALENDAR}


@pytest.fixture(scope="module", params=[False, True], ids=["with benchmark", "without"])
def subject(request, market):
    panel, context = market
    return (panel, replace(context, benchmark=None)) if request.param else market


def _cuts(panel, seed, n=3):
    days = np.unique(panel.session)
    return np.random.default_rng(seed).choice(days[20:-1], n, replace=False)


def test_no_value_changes_when_later_bars_arrive(compute_all, subject):
    panel, context = subject
    assert checks.truncation_check(compute_all, panel, context, _cuts(panel, 2)).detail == _pass()


def test_no_value_changes_with_another_future(compute_all, subject):
    panel, context = subject
    rng = np.random.default_rng(3)
    found = checks.planted_future_check(compute_all, panel, context, _cuts(panel, 3, 2), rng)
    assert found.detail == _pass()


def test_the_start_is_forgotten(compute_all):
    panel, context = rough_market(4, 1000)
    days = np.unique(panel.session)
    for subject in ((panel, context), (panel, replace(context, benchmark=None))):
        found = checks.start_check(compute_all, *subject, days[[7, 200, 431]], CONVERGENCE)
        assert found.detail == _pass()


def test_ties_are_the_same_wherever_the_history_begins(compute_all):
    """Cheap shares in whole cents tie all the time; the rounding of adjusted prices must not decide."""
    rng = np.random.default_rng(8)
    frames = {}
    for name in "ABCD":
        frame = random_bars(rng, 900, price=3.0, spread=0.01).round(2).assign(dividend=0.0, split=1.0)
        frame.loc[rng.integers(1, 900, 30), "dividend"] = 0.01
        frames[name] = frame
    panel = make_panel(frames)
    ties = frames["A"]["close"].diff() == 0.0
    assert ties.mean() > 0.05
    context = replace(FeatureContext.of_whole_panel(panel), sector=np.zeros(4, dtype=int))
    days = np.unique(panel.session)
    found = checks.start_check(compute_all, panel, context, days[[3, 250]], CONVERGENCE)
    assert found.detail == _pass()


RECURSIVE = [name for name, m in METADATA.items() if m.convergence_sessions > m.warm_up_sessions]


def test_convergence_lengths_are_not_idle(compute_all):
    """A quarter of the declared length is too short for what never quite forgets."""
    panel, context = rough_market(9, 1000)
    start = np.unique(panel.session)[400]
    short = CONVERGENCE | {name: CONVERGENCE[name] // 4 for name in RECURSIVE}
    assert set(checks.start_check(compute_all, panel, context, [start], short).failed) == set(RECURSIVE)


def test_the_newest_session_needs_no_more_than_the_longest_convergence(compute_all, sample_panel):
    days = np.unique(sample_panel.session)
    context = FeatureContext.of_whole_panel(sample_panel)
    start = days[-LONGEST_CONVERGENCE_SESSIONS]
    needed = dict.fromkeys(METADATA, LONGEST_CONVERGENCE_SESSIONS)
    found = checks.start_check(compute_all, sample_panel, context, [start], needed)
    assert found.detail == _pass()


def test_units_do_not_matter(compute_all, subject):
    assert checks.scale_check(compute_all, *subject, np.random.default_rng(5)).detail == _pass()


def test_the_order_of_the_symbols_does_not_matter(compute_all, subject):
    for seed in range(3):
        assert checks.order_check(compute_all, *subject, np.random.default_rng(seed)).detail == _pass()


def test_who_is_no_member_does_not_matter(compute_all, subject):
    assert checks.membership_check(compute_all, *subject, np.random.default_rng(6)).detail == _pass()


def test_every_feature_follows_its_data(compute_all, market):
    found = checks.response_check(compute_all, *market, np.random.default_rng(7), OF_CALENDAR)
    assert found.detail == _pass()
    assert set(checks.response_check(compute_all, *market, np.random.default_rng(7)).failed) == OF_CALENDAR


def _pass():
    return f"{len(METADATA)} features pass"
