import threading

import pytest

from models.domain.users import Role
from services.commands.access import Actor, NotAllowedError, act_as, current_actor, current_role, require_role


@pytest.fixture(autouse=True)
def _nobody():
    act_as(None)
    yield
    act_as(None)


def test_nobody_has_no_role():
    assert current_role() is None
    with pytest.raises(NotAllowedError, match="viewer"):
        require_role(Role.VIEWER)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("asked", Role)
def test_a_role_may_do_what_those_below_it_may(role, asked):
    act_as(Actor("ada", role))
    assert current_role() is role
    if tuple(Role).index(role) >= tuple(Role).index(asked):
        assert require_role(asked).username == "ada"
    else:
        with pytest.raises(NotAllowedError, match=asked.value):
            require_role(asked)


def test_another_thread_acts_for_nobody():
    act_as(Actor("ada", Role.ADMIN))
    seen = []
    thread = threading.Thread(target=lambda: seen.append(current_actor()))
    thread.start()
    thread.join()
    assert seen == [None]
