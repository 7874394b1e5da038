from dataclasses import replace
from datetime import date

import pytest

from callbacks.what_if import may_ask, present_answer, present_ground
from components.what_if import answer_card
from models.domain.errors import DatabaseUnavailableError, InvalidRequestError
from models.domain.users import Role
from services.commands.access import Actor, act_as
from tests.fakes_explanations import FakeWhatIfQueries

SHOWN = {"symbol": "AAPL", "session": "2013-03-01", "model": 2, "has_data": True}
TRADER = Actor("tom", Role.TRADER)


@pytest.fixture(autouse=True)
def trader():
    act_as(TRADER)
    yield
    act_as(None)


def test_sliders_span_what_training_has_seen_and_a_little_more():
    (rows, _) = present_ground(FakeWhatIfQueries(), SHOWN)
    slider = rows.children[0].children[1]
    assert slider.min < 0.2
    assert slider.max > 0.8
    assert slider.value == 0.5
    assert list(slider.marks) == [0.2, 0.8]


def test_the_answer_is_marked_as_hypothetical_and_names_what_was_changed():
    card = str(present_answer(FakeWhatIfQueries(), SHOWN, {"rsi_14": 0.7}))
    assert "Hypothetical" in card
    assert "RSI 14 70" in card
    assert "turn from Hold to Buy (score 0.500 to 0.560)" in card


def test_nothing_changed_asks_for_a_move():
    assert "Move a slider" in str(present_answer(FakeWhatIfQueries(), SHOWN, {"rsi_14": 0.5}))


def test_outside_the_training_range_it_is_refused_with_its_reason():
    card = str(present_answer(FakeWhatIfQueries(), SHOWN, {"rsi_14": 0.9}))
    assert "RSI 14: 90 lies outside what training has seen (20 to 80)" in card
    assert "Hypothetical" not in card


def test_a_model_without_weight_leaves_the_signal_as_it_is():
    answer = FakeWhatIfQueries().answer("AAPL", date(2013, 3, 1), 2, {"rsi_14": 0.7})
    assert "would stay Hold: an unproven model has no weight" in str(
        answer_card(replace(answer, counts=False))
    )
    same = replace(answer, then=replace(answer.then, label=answer.now.label))
    assert "would stay Hold (score" in str(answer_card(same))
    none = replace(answer, then=replace(answer.then, label=None))
    assert "no signal to change" in str(answer_card(none))


def test_whoever_may_only_look_is_not_answered_and_a_guest_of_this_machine_is():
    queries = FakeWhatIfQueries()
    for actor in (None, Actor("vera", Role.VIEWER)):
        act_as(actor)
        assert "role trader" in str(present_ground(queries, SHOWN))
        assert "role trader" in str(present_answer(queries, SHOWN, {"rsi_14": 0.7}))
    assert queries.n_asked == 0
    act_as(Actor("guest", Role.VIEWER, guest=True))
    assert may_ask()
    act_as(Actor("ada", Role.ADMIN))
    assert may_ask()


def test_what_cannot_be_asked_says_why():
    none = FakeWhatIfQueries(fault=InvalidRequestError("lightgbm is no network"))
    assert "lightgbm is no network." in str(present_ground(none, SHOWN))
    gone = FakeWhatIfQueries(fault=DatabaseUnavailableError("gone"))
    assert "out of reach" in str(present_answer(gone, SHOWN, {"rsi_14": 0.7}))
