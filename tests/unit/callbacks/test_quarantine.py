import pytest
from dash import no_update

from callbacks.quarantine import carry_out, present_question, present_row, read_key
from models.domain.errors import DatabaseUnavailableError, InvalidRequestError
from models.domain.market import BarRule, QuarantineKey, QuarantineStatus
from models.domain.users import Role
from services.commands.access import NotAllowedError
from tests.fakes_quality import FakeQualityQueries, FakeQuarantineDesk, as_role

RULE = BarRule.OUTSIDE_RANGE.value
WAITING = {"symbol": "AAA", "rule": RULE, "source": "AAA.csv:7"}
LACKING = {"symbol": "BBB", "rule": BarRule.MISSING_FIELD.value, "source": "BBB.csv:7"}
RELEASED = {**WAITING, "source": "AAA.csv:8"}
CONFIRMED = {**WAITING, "source": "AAA.csv:9"}


@pytest.fixture(autouse=True)
def _nobody_acts_afterwards():
    yield
    as_role(None)


@pytest.mark.parametrize(
    ("chosen", "hidden", "release_off", "confirm_off"),
    [
        (WAITING, False, False, False),
        (LACKING, False, True, False),
        (RELEASED, True, True, True),
        (CONFIRMED, False, False, True),
    ],
)
def test_an_admin_is_offered_what_can_be_decided(chosen, hidden, release_off, confirm_off):
    as_role(Role.ADMIN)
    view = present_row(FakeQualityQueries(), chosen)
    assert (view.are_actions_hidden, view.is_release_off, view.is_confirm_off) == (
        hidden, release_off, confirm_off,
    )  # fmt: skip


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.TRADER])
def test_others_are_told_who_decides_and_offered_nothing(role):
    as_role(role)
    view = present_row(FakeQualityQueries(), WAITING)
    assert view.are_actions_hidden
    assert view.is_release_off
    assert view.is_confirm_off
    assert "takes the role admin" in str(view.detail)
    for status in (QuarantineStatus.RELEASED, QuarantineStatus.CONFIRMED):
        is_open, *_, asked = present_question(FakeQualityQueries(), WAITING, status)
        assert not is_open
        assert asked is None


def test_a_row_stands_among_the_bars_around_it():
    detail = str(present_row(FakeQualityQueries(), WAITING).detail)
    assert detail.index("28 Feb 2013") < detail.index("this row") < detail.index("26 Feb 2013")
    assert "AAA.csv:7" in detail
    assert "Open or close lies outside low and high" in detail


def test_a_row_that_can_never_be_a_bar_says_why():
    as_role(Role.ADMIN)
    assert "it lacks open. Correct it at the source." in str(
        present_row(FakeQualityQueries(), LACKING).detail
    )


def test_what_will_happen_is_said_before_it_does():
    as_role(Role.ADMIN)
    is_open, title, text, answer, asked = present_question(
        FakeQualityQueries(), WAITING, QuarantineStatus.RELEASED
    )
    assert is_open
    assert title == "Release AAA of 27 Feb 2013?"
    assert "open 9, high 12, low 10, close 11, volume 100" in str(text)
    assert "audit log under your name" in str(text)
    assert answer == "Release it"
    assert asked == {**WAITING, "status": "released"}


@pytest.mark.parametrize("status", ["released", "confirmed"])
def test_what_was_asked_is_done_and_said(status):
    desk = FakeQuarantineDesk()
    said = str(carry_out(desk, {**WAITING, "status": status}))
    what = {"released": "release", "confirmed": "confirm"}[status]
    assert desk.decided == [(what, QuarantineKey("AAA", RULE, "AAA.csv:7"), "unknown")]
    assert said.lower().count(status) == 1


@pytest.mark.parametrize(
    "fault",
    [
        NotAllowedError("This needs the role admin: sign in with an account that has it."),
        InvalidRequestError("There is a sound bar of AAA on 2013-02-27."),
        DatabaseUnavailableError("gone"),
    ],
)
def test_a_refusal_ends_in_a_sentence_and_nothing_done(fault):
    desk = FakeQuarantineDesk(fault)
    said = str(carry_out(desk, {**WAITING, "status": "released"}))
    assert desk.decided == []
    assert "othing was decided" in said
    if not isinstance(fault, DatabaseUnavailableError):
        assert str(fault) in said


@pytest.mark.parametrize(
    "asked",
    [
        None, "row", 7, [], {}, {"symbol": "AAA"}, {**WAITING}, {**WAITING, "status": "quarantined"},
        {**WAITING, "status": None}, {**WAITING, "status": ["released"]},
        {**WAITING, "source": 7, "status": "released"},
        {**WAITING, "symbol": "A" * 10_000, "status": "released"},
    ],
    ids=range(12),
)  # fmt: skip
def test_a_forged_question_decides_nothing(asked):
    desk = FakeQuarantineDesk()
    assert "nothing was decided" in str(carry_out(desk, asked))
    assert desk.decided == []


def test_a_row_that_is_gone_says_so():
    assert "no longer in quarantine" in str(
        present_row(FakeQualityQueries(), {**WAITING, "source": "other"}).detail
    )
    assert read_key({**WAITING, "source": "other"}) == QuarantineKey("AAA", RULE, "other")


def test_a_fault_keeps_what_is_shown():
    view = present_row(FakeQualityQueries(fault=DatabaseUnavailableError("gone")), WAITING)
    assert view.detail is no_update
