"""``users``: accounts by hand."""

import json

import pytest

from tests.integration.cli.conftest import one_error
from tests.integration.processes.support import ask

PASSWORD = "correct horse battery"
ACCOUNTS = "SELECT username, role, password_hash, session_version, token_sha256 FROM users ORDER BY username"


@pytest.fixture
def users(call, database_url):
    """Run ``users`` with a password on standard input where one is given."""

    def run(*arguments, password=None):
        stdin = {} if password is None else {"stdin": f"{password}\n"}
        option = [] if password is None else ["--password-stdin"]
        return call("users", *arguments, *option, DATABASE_URL=database_url, **stdin)

    return run


def test_nobody_at_first(users):
    assert users("list").stdout == "No accounts yet.\n"
    assert json.loads(users("list", "--json").stdout) == {"users": []}


def test_add_list_and_a_new_password(users, database_url):
    added = users("add", "ada", "--role", "admin", "--json", password=PASSWORD)
    assert json.loads(added.stdout) == {"username": "ada", "role": "admin"}
    assert users("add", "vera", password=PASSWORD).stdout == "Added vera.\n"
    listed = json.loads(users("list", "--json").stdout)["users"]
    assert [(user["username"], user["role"]) for user in listed] == [("ada", "admin"), ("vera", "viewer")]
    assert users("list").stdout == "ada\tadmin\nvera\tviewer\n"
    before = ask(database_url, ACCOUNTS)
    assert users("passwd", "ADA", password="another one altogether").returncode == 0
    after = ask(database_url, ACCOUNTS)
    assert after[0][2] != before[0][2]
    assert after[0][3] == before[0][3] + 1
    assert after[1] == before[1]
    stored = str(after)
    assert PASSWORD not in stored
    assert "another one" not in stored


def test_a_token_is_printed_once_and_not_stored(users, database_url):
    users("add", "ada", password=PASSWORD)
    first = users("token", "ada").stdout.strip()
    second = json.loads(users("token", "ada", "--json").stdout)["token"]
    assert min(len(first), len(second)) >= 32
    assert first != second
    stored = str(ask(database_url, ACCOUNTS))
    assert first not in stored
    assert second not in stored


@pytest.mark.parametrize(
    ("arguments", "password", "said"),
    [
        (("add", "ada"), "short", "12"),
        (("add", "ada"), "", "12"),
        (("add", ""), PASSWORD, ""),
        (("add", "x" * 65), PASSWORD, "64"),
        (("passwd", "nobody"), PASSWORD, "nobody"),
        (("token", "nobody"), None, "nobody"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(users, database_url, arguments, password, said):
    error = one_error(users(*arguments, password=password), 2)
    assert said in error
    assert ask(database_url, ACCOUNTS) == []


def test_a_name_is_taken_whatever_its_case(users, database_url):
    users("add", "ada", password=PASSWORD)
    before = ask(database_url, ACCOUNTS)
    assert "ADA" in one_error(users("add", "ADA", password=PASSWORD), 2)
    assert ask(database_url, ACCOUNTS) == before


def test_what_is_done_is_in_the_audit_log_without_secrets(users, database_url):
    users("add", "ada", password=PASSWORD)
    users("token", "ada")
    users("passwd", "ada", password="another one altogether")
    entries = ask(database_url, "SELECT actor, action, subject, detail::text FROM audit_log ORDER BY id")
    assert len(entries) == 3
    assert {subject for _, _, subject, _ in entries} == {"ada"}
    assert "horse" not in str(entries)
