"""Evidence beside a signal is of its own class and confidence, or says of what else it is, and why."""

import numpy as np
import pytest

from models.domain.explanation_views import Shortage
from services.queries.signal_evidence import evidence_of
from tests.explanation_records import explanation_of
from tests.registry_records import evaluation, record


def cell(shown, low=0.5, high=0.55, n_sessions=400, **changes):
    values = {
        "shown": shown,
        "confidence_from": low,
        "confidence_to": high,
        "n": 3 * n_sessions,
        "n_sessions": n_sessions,
        "accuracy": {"value": 0.44, "low": 0.41, "high": 0.47},
        "base_rate": 0.36,
        "excess": {"value": 0.08, "low": 0.04, "high": 0.12},
    }
    return {**values, **changes}


def judged(*cells):
    return record(1, evaluation={**evaluation(), "by_signal": list(cells), "first_session": "2003-05-29"})


def signal(shown, probability):
    rest = (1.0 - probability) / 2.0
    names = ("Down", "Neutral", "Up")
    return explanation_of(
        shown_class=shown, probabilities=np.array([probability if name == shown else rest for name in names])
    )


def test_it_is_of_the_class_and_the_confidence():
    model = judged(cell(0), cell(2, n_sessions=300), cell(None), cell(2, 0.55, 0.6))
    found = evidence_of(model, signal("Up", 0.52))
    assert (found.shown, found.bin, found.n_sessions, found.shortage) == ("Up", "0.50 to 0.55", 300, None)
    assert (found.excess_low, found.excess_high, found.verdict) == (0.04, 0.12, "above")
    assert found.first_session == "2003-05-29"
    assert evidence_of(model, signal("Up", 0.55)).bin == "0.55 to 0.60"
    assert evidence_of(model, signal("Down", 0.5)).shown == "Down"


@pytest.mark.parametrize(
    ("of_class", "shortage"),
    [
        ((cell(2, n_sessions=29),), Shortage("Up", 87, 29)),
        ((cell(2, excess={"value": 0.1, "low": None, "high": None}),), Shortage("Up", 1_200, 400)),
        ((), Shortage("Up", 0, 0)),
    ],
)
def test_with_too_few_of_the_class_any_class_stands_in_and_is_called_so(of_class, shortage):
    found = evidence_of(judged(*of_class, cell(0), cell(None, n_sessions=900)), signal("Up", 0.52))
    assert (found.shown, found.n_sessions, found.shortage) == ("", 900, shortage)


def test_too_few_of_all_have_no_interval():
    found = evidence_of(judged(cell(None, n_sessions=8)), signal("Up", 0.52))
    assert (found.n, found.low, found.high, found.verdict) == (24, None, None, "too few")


def test_a_certain_forecast_lies_in_the_last_bin():
    assert evidence_of(judged(cell(2, 0.7, 1.0)), signal("Up", 1.0)).bin == "0.70 to 1.00"


def test_never_judged_at_this_confidence_is_nothing():
    assert evidence_of(judged(cell(2), cell(None)), signal("Up", 0.8)) is None
    assert evidence_of(record(1, evaluation=None), signal("Up", 0.52)) is None
    assert evidence_of(record(1), signal("Up", 0.52)) is None
