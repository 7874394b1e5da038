"""Accounts as the command line and the sign-in page use them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from models.domain.errors import DatabaseUnavailableError, InvalidRequestError
from models.domain.users import Role
from models.tables import audit_log, users
from services.commands.accounts import AccountCommands, SignInFailedError, SignInLimits, TooManyAttemptsError
from services.storage.engine import open_engine
from tests.integration.web.conftest import PASSWORD

CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture
def accounts(engine, clock):
    return AccountCommands(engine, clock, CHEAP)


@pytest.fixture
def ada(accounts):
    return accounts.add("Ada", PASSWORD, Role.ADMIN)


def stored_hash(engine):
    with engine.connect() as connection:
        return connection.execute(select(users.c.password_hash)).scalar_one()


def failures(engine):
    with engine.connect() as connection:
        count = select(func.count()).where(audit_log.c.action == "sign_in_failed")
        return connection.execute(count).scalar_one()


def test_an_account_signs_in_under_its_name_in_any_case(accounts, ada):
    for name in ("Ada", "ada", "ADA"):
        assert accounts.sign_in(name, PASSWORD, "10.0.0.1") == ada


def test_what_is_stored_is_an_argon2id_hash(engine, ada):
    assert stored_hash(engine).startswith("$argon2id$")


@pytest.mark.parametrize("password", ["", "short", "elevenchars", "x" * 1025, "no text \ud800 at all"])
def test_passwords_that_cannot_be_taken(accounts, ada, password):
    with pytest.raises(InvalidRequestError, match="password"):
        accounts.add("vera", password, Role.VIEWER)
    with pytest.raises(InvalidRequestError, match="password"):
        accounts.set_password("ada", password)
    assert accounts.users() == [ada]


@pytest.mark.parametrize("password", ["twelve chars", "ß" * 12, "x" * 1024, "a\0b" * 4, "🔑" * 12])
def test_passwords_that_can(accounts, ada, password):
    accounts.set_password("ada", password)
    assert accounts.sign_in("ada", password, "").id == ada.id
    with pytest.raises(SignInFailedError):
        accounts.sign_in("ada", password[:-1], "")
    with pytest.raises(SignInFailedError):
        accounts.sign_in("ada", password + "x", "")


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "ada\n", "\0", "äda", "a/b", "<b>"])
def test_names_that_cannot_be_taken(accounts, name):
    with pytest.raises(InvalidRequestError, match="name"):
        accounts.add(name, PASSWORD, Role.VIEWER)
    with pytest.raises(InvalidRequestError, match="no user"):
        accounts.set_password(name, PASSWORD)


def test_a_name_is_taken_in_any_case(accounts, ada):
    with pytest.raises(InvalidRequestError, match="'aDA' already"):
        accounts.add("aDA", PASSWORD, Role.VIEWER)


def test_an_unknown_name_cannot_be_changed(accounts):
    with pytest.raises(InvalidRequestError, match="no user 'bob'"):
        accounts.set_password("bob", PASSWORD)
    with pytest.raises(InvalidRequestError, match="no user 'bob'"):
        accounts.set_token("bob")


def test_a_new_password_raises_the_version_of_the_sessions(accounts, ada):
    assert accounts.set_password("ada", "another password").session_version == ada.session_version + 1
    assert accounts.session_user(ada.id, ada.session_version, "s") is None
    assert accounts.session_user(ada.id, ada.session_version + 1, "s") is not None


@pytest.mark.slow
def test_an_older_hash_is_renewed_when_its_owner_signs_in(engine, clock, accounts, ada):
    dearer = AccountCommands(engine, clock, PasswordHasher(time_cost=2, memory_cost=128, parallelism=1))
    with pytest.raises(SignInFailedError):
        dearer.sign_in("ada", "wrong", "")
    assert "m=64,t=1" in stored_hash(engine)
    signed_in = dearer.sign_in("ada", PASSWORD, "")
    assert "m=128,t=2" in stored_hash(engine)
    assert signed_in.session_version == ada.session_version
    assert dearer.sign_in("ada", PASSWORD, "") == ada


@pytest.mark.slow
def test_a_damaged_hash_opens_nothing(engine, accounts, ada):
    with engine.begin() as connection:
        connection.execute(users.update().values(password_hash=""))
    for password in ("", PASSWORD):
        with pytest.raises(SignInFailedError):
            accounts.sign_in("ada", password, "")


def test_tokens_are_long_and_only_their_hash_is_stored(engine, accounts, ada):
    token = accounts.set_token("ada")
    assert len(token) > 40
    assert accounts.token_user(token) == ada
    assert accounts.token_user(token + "x") is None
    assert accounts.token_user("") is None
    assert accounts.token_user("\0\ud800") is None
    with engine.connect() as connection:
        assert token not in str(connection.execute(select(users)).one())


def test_a_disabled_account_can_nothing(engine, accounts, ada):
    token = accounts.set_token("ada")
    with engine.begin() as connection:
        connection.execute(users.update().values(disabled=True))
    assert accounts.token_user(token) is None
    assert accounts.session_user(ada.id, ada.session_version, "s") is None
    with pytest.raises(SignInFailedError):
        accounts.sign_in("ada", PASSWORD, "")


def test_attempts_sent_at_once_are_counted_like_any_others(engine, accounts, ada):
    def attempt(number):
        try:
            accounts.sign_in("ada", f"wrong {number}", "10.0.0.1")
        except (SignInFailedError, TooManyAttemptsError) as error:
            return type(error)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(40)))
    assert outcomes.count(SignInFailedError) == 10
    assert outcomes.count(TooManyAttemptsError) == 30
    assert failures(engine) == 10


def test_the_wait_ends_when_the_oldest_of_the_counted_failures_leaves_the_window(engine, clock):
    accounts = AccountCommands(engine, clock, CHEAP, SignInLimits(per_name_and_address=2, per_address=5))
    for _ in range(2):
        with pytest.raises(SignInFailedError):
            accounts.sign_in("ada", "wrong", "10.0.0.1")
        clock.advance(minutes=5)
    with pytest.raises(TooManyAttemptsError, match="5 minutes") as refused:
        accounts.sign_in("ada", "wrong", "10.0.0.1")
    assert 295 <= refused.value.wait_s <= 300
    clock.advance(seconds=refused.value.wait_s)
    with pytest.raises(SignInFailedError):
        accounts.sign_in("ada", "wrong", "10.0.0.1")


def test_without_a_database_every_command_says_so(clock):
    nowhere = AccountCommands(open_engine("postgresql://x@127.0.0.1:9/x"), clock, CHEAP)
    for command in (
        lambda: nowhere.sign_in("ada", PASSWORD, ""),
        lambda: nowhere.add("ada", PASSWORD, Role.ADMIN),
        nowhere.users,
        lambda: nowhere.session_user(1, 1, "s"),
        lambda: nowhere.token_user("t"),
    ):
        with pytest.raises(DatabaseUnavailableError):
            command()
