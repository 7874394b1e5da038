import pytest

from app.auth import known_users
from app.auth.known_users import KnownUsers
from models.domain.errors import DatabaseUnavailableError
from models.domain.users import Role, User
from services.queries.revision import Revision

ADA = User(1, "ada", Role.ADMIN)


class Watcher:
    current = Revision(database=True)


class LookUp:
    def __init__(self, *answers):
        self.answers = list(answers)
        self.n_calls = 0

    def __call__(self):
        self.n_calls += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def seconds(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(known_users.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def watcher():
    return Watcher()


def test_a_second_request_asks_nothing(watcher, seconds):
    known, look_up = KnownUsers(watcher), LookUp(ADA)
    assert known.get("s", look_up) == ADA
    seconds[0] += 9.0
    assert known.get("s", look_up) == ADA
    assert look_up.n_calls == 1


def test_a_changed_account_is_looked_up_at_once(watcher, seconds):
    known, look_up = KnownUsers(watcher), LookUp(ADA, None)
    known.get("s", look_up)
    watcher.current = Revision(database=True, subjects={"accounts": 1})
    assert known.get("s", look_up) is None


def test_after_ten_seconds_it_is_looked_up_again(watcher, seconds):
    known, look_up = KnownUsers(watcher), LookUp(ADA, None)
    known.get("s", look_up)
    seconds[0] += 10.0
    assert known.get("s", look_up) is None


def test_without_a_database_who_was_known_stays_so_for_ten_minutes(watcher, seconds):
    known, look_up = KnownUsers(watcher), LookUp(ADA, DatabaseUnavailableError("gone"))
    known.get("s", look_up)
    seconds[0] += 599.0
    assert known.get("s", look_up) == ADA
    seconds[0] += 2.0
    with pytest.raises(DatabaseUnavailableError):
        known.get("s", look_up)


def test_strangers_are_not_let_in_without_a_database(watcher, seconds):
    with pytest.raises(DatabaseUnavailableError):
        KnownUsers(watcher).get("s", LookUp(DatabaseUnavailableError("gone")))


def test_who_was_not_found_or_is_forgotten_is_asked_for_again(watcher, seconds):
    known = KnownUsers(watcher)
    missing = LookUp(None)
    assert known.get("s", missing) is None
    assert known.get("s", missing) is None
    assert missing.n_calls == 2
    found = LookUp(ADA)
    known.get("t", found)
    known.forget("t")
    known.get("t", found)
    assert found.n_calls == 2


def test_it_does_not_grow_without_end(watcher, seconds):
    known = KnownUsers(watcher)
    for number in range(2000):
        known.get(number, lambda: ADA)
    assert len(known._entries) <= 512
