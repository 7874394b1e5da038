import pytest

from callbacks.promotion import carry_out, present_actions, present_question
from models.domain.errors import DatabaseUnavailableError, InvalidRequestError
from models.domain.registry import ModelAction
from models.domain.users import Role
from services.commands.access import NotAllowedError
from tests.fakes_models import FakeModelDesk, FakeModelsQueries, only_baselines
from tests.fakes_quality import as_role

CHAMPION = {"key": "model:1"}
CHALLENGER = {"key": "model:2"}
GONE = FakeModelsQueries(fault=DatabaseUnavailableError("gone"))


@pytest.fixture(autouse=True)
def nobody():
    yield
    as_role(None)


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.TRADER])
def test_whoever_is_no_admin_is_offered_nothing(role):
    as_role(role)
    for shown in (CHAMPION, CHALLENGER):
        assert present_actions(FakeModelsQueries(), shown) == (True, True)
        assert present_question(FakeModelsQueries(), shown, "promote")[0] is False
        assert present_question(FakeModelsQueries(), shown, "roll_back")[0] is False


def test_a_champion_is_rolled_back_and_any_other_promoted():
    as_role(Role.ADMIN)
    assert present_actions(FakeModelsQueries(), CHAMPION) == (True, False)
    assert present_actions(FakeModelsQueries(), CHALLENGER) == (False, True)
    assert present_question(FakeModelsQueries(), CHAMPION, "promote")[0] is False
    assert present_question(FakeModelsQueries(), CHALLENGER, "roll_back")[0] is False


@pytest.mark.parametrize(
    "shown", [None, "model:1", {}, {"key": "trial:6"}, {"key": "model:99"}, {"key": "model:x"}, {"key": 7}]
)
def test_what_is_no_model_of_the_registry_has_no_buttons(shown):
    as_role(Role.ADMIN)
    assert present_actions(FakeModelsQueries(), shown) == (True, True)
    assert present_actions(GONE, CHAMPION) == (True, True)
    assert present_actions(FakeModelsQueries(only_baselines()), CHAMPION) == (True, True)


def test_before_force_the_dialog_says_what_the_gate_said():
    as_role(Role.ADMIN)
    is_open, title, text, answer, is_force_hidden, asked = present_question(
        FakeModelsQueries(), CHALLENGER, "promote"
    )
    assert is_open
    assert title == "Promote BiLSTM with attention (model 2)?"
    assert "No edge found: the lower bound is -0.0125" in str(text)
    assert "takes the place of Fast (model 1)" in str(text)
    assert "under your name" in str(text)
    assert (answer, is_force_hidden) == ("Ask the gate again", False)
    assert asked == {"action": "promote", "model": 2}


def test_a_roll_back_offers_no_force():
    as_role(Role.ADMIN)
    _, title, text, _, is_force_hidden, asked = present_question(FakeModelsQueries(), CHAMPION, "roll_back")
    assert title == "Roll back Fast (model 1)?"
    assert "restored" in str(text)
    assert is_force_hidden
    assert asked == {"action": "roll_back", "model": 1}


def test_what_is_confirmed_is_done_and_said():
    desk, queries = FakeModelDesk(), FakeModelsQueries()
    promote = {"action": "promote", "model": 2}
    assert "Promoted: Fast (model 2)" in str(carry_out(desk, queries, promote))
    assert "by force, against the gate" in str(carry_out(desk, queries, promote, force=True))
    assert "no model is the champion now" in str(
        carry_out(desk, queries, {"action": "roll_back", "model": 1})
    )
    assert desk.decided == [
        ("promote", 2, False, "unknown"),
        ("promote", 2, True, "unknown"),
        ("roll_back", "unknown"),
    ]


def test_a_refusal_is_no_error_and_says_why():
    desk = FakeModelDesk(action=ModelAction.REFUSE)
    said = str(carry_out(desk, FakeModelsQueries(), {"action": "promote", "model": 2}))
    assert "Refused: Fast (model 2) stays out." in said
    assert "The IC may be zero" in said


@pytest.mark.parametrize(
    "asked",
    [None, [], {}, {"model": True, "action": "promote"}, {"model": "2", "action": "promote"},
     {"model": 2, "action": "roll_back"}, {"model": 1, "action": "drop"}],
)  # fmt: skip
def test_what_was_not_asked_is_not_done(asked):
    desk = FakeModelDesk()
    assert "nothing was decided" in str(carry_out(desk, FakeModelsQueries(), asked))
    assert desk.decided == []


@pytest.mark.parametrize(
    "fault",
    [
        InvalidRequestError("no"),
        NotAllowedError("no"),
        DatabaseUnavailableError("x"),
    ],
)
def test_what_is_refused_is_said(fault):
    said = str(carry_out(FakeModelDesk(fault), FakeModelsQueries(), {"action": "promote", "model": 2}))
    assert "othing was decided" in said
